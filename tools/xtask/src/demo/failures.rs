//! The three ways in which an order fails, and what is left of it.

use anyhow::Result;

use super::cast::{Cast, Ended, Product};
use super::money;
use super::purchase::{Order, place, watch};
use super::scenario::add_product;
use super::snapshot::Snapshot;
use super::story::Story;
use super::verdict::{COURIER_TAKEN, Ending, PRODUCT_RESERVED, TOO_LITTLE_MONEY};
use crate::client::Client;

/// More than the customer has.
const DEAR: i64 = 5_000_000;
/// Less.
const CHEAP: i64 = 100_000;

pub fn tell(client: &Client, cast: &Cast, story: &mut Story) -> Result<()> {
    story.part("Не хватает денег", "Too little money");
    let name = story.language.pick("Рояль", "Grand piano");
    let (piano, _) = add_product(client, &cast.admin_token, name, DEAR)?;
    attempt(
        client,
        cast,
        story,
        &piano,
        &Order::of(cast),
        &TOO_LITTLE_MONEY,
        &[],
    )?;

    story.part(
        "Товар уже зарезервирован",
        "The product is reserved already",
    );
    attempt(
        client,
        cast,
        story,
        &cast.bought,
        &Order::of(cast),
        &PRODUCT_RESERVED,
        &["REFUND", "CHARGE"],
    )?;

    story.part("Курьер в этот день занят", "The courier is taken that day");
    let name = story.language.pick("Баранки, связка", "Bagels on a string");
    let (bagels, _) = add_product(client, &cast.admin_token, name, CHEAP)?;
    let order = Order {
        courier: Some(&cast.courier_id),
        ..Order::of(cast)
    };
    attempt(
        client,
        cast,
        story,
        &bagels,
        &order,
        &COURIER_TAKEN,
        &["REFUND", "CHARGE"],
    )
}

/// Places an order that must fail as `ending` says, leaving `entries` in the ledger (newest first) and all else as
/// it was.
fn attempt(
    client: &Client,
    cast: &Cast,
    story: &mut Story,
    product: &Product,
    order: &Order,
    ending: &Ending,
    entries: &[&str],
) -> Result<()> {
    let before = Snapshot::take(client, cast, product)?;
    let courier = order
        .courier
        .map(|_| format!(", {}", cast.courier_name))
        .unwrap_or_default();
    story.fact(&format!(
        "{}, {}, {}{courier}",
        product.name,
        money::shown(product.price, &cast.currency),
        cast.date
    ));
    let id = place(client, order, product)?.text("id")?;
    let ended = watch(client, &cast.customer_token, &id, story)?;
    let after = Snapshot::take(client, cast, product)?;

    show_reason(&ended, story);
    Snapshot::compare(&before, &after, cast, product, story.language);
    let status = format!(
        "{} · {}",
        ending.timeline.join(" → "),
        ending.cancellation.map_or("", |(code, _)| code)
    );
    story.judge(ending.differences(&ended.order.value), &status, &status);
    story.must(
        before == after,
        "баланс, количество и дни курьера прежние",
        "balance, quantity and the courier's days are as before",
    );
    let (ru, en) = if entries.is_empty() {
        ("деньги не списывались", "no money was ever taken")
    } else {
        (
            "деньги списаны и возвращены полностью",
            "the money was charged and refunded in full",
        )
    };
    story.must(
        ledger_of(client, cast, &id)? == expected(entries, product.price),
        ru,
        en,
    );
    Ok(())
}

fn show_reason(ended: &Ended, story: &Story) {
    let cancellation = &ended.order.value["cancellation"];
    let text = |name: &str| cancellation[name].as_str().unwrap_or("—");
    story.fact(&format!(
        "{}: {} ({})",
        text("code"),
        text("message"),
        text("detail")
    ));
    let steps = ended.order.value["saga"]["steps"]
        .as_array()
        .into_iter()
        .flatten();
    let steps: Vec<String> = steps
        .map(|step| {
            format!(
                "{} {}",
                step["name"].as_str().unwrap_or("?"),
                step["state"].as_str().unwrap_or("?")
            )
        })
        .collect();
    story.aside(&steps.join(" · "));
}

fn expected(entries: &[&str], amount: i64) -> Vec<(String, i64)> {
    entries
        .iter()
        .map(|kind| ((*kind).to_owned(), amount))
        .collect()
}

/// The customer's ledger entries for one order, newest first.
fn ledger_of(client: &Client, cast: &Cast, order: &str) -> Result<Vec<(String, i64)>> {
    let page = client
        .get(
            "/api/billing/wallet/transactions?limit=100",
            Some(&cast.customer_token),
        )?
        .expect(&[200])?;
    let of_order = page
        .list("items")?
        .iter()
        .filter(|item| item["orderId"] == order);
    Ok(of_order
        .map(|item| {
            (
                item["type"].as_str().unwrap_or("?").to_owned(),
                item["amount"].as_i64().unwrap_or(-1),
            )
        })
        .collect())
}
