//! The three ways in which an order fails, and what remains of it.

use anyhow::Result;

use super::data::{DemoData, EndedOrder, Product};
use super::expectation::{COURIER_TAKEN, ExpectedOrder, PRODUCT_RESERVED, TOO_LITTLE_MONEY};
use super::money;
use super::products::add_product;
use super::purchase::{Order, follow, place};
use super::report::Report;
use super::snapshot::Snapshot;
use crate::client::Client;

/// More than the customer has.
const DEAR: i64 = 5_000_000;
/// Less.
const CHEAP: i64 = 100_000;

/// Places the three orders; each must fail as expected and leave everything else as it was.
pub fn run(client: &Client, data: &DemoData, report: &mut Report) -> Result<()> {
    report.section("Не хватает денег", "Too little money");
    let name = report.language.pick("Рояль", "Grand piano");
    let (piano, _) = add_product(client, &data.admin_token, name, DEAR)?;
    attempt(
        client,
        data,
        report,
        &piano,
        &Order::of(data),
        &TOO_LITTLE_MONEY,
        &[],
    )?;

    report.section(
        "Товар уже зарезервирован",
        "The product is reserved already",
    );
    attempt(
        client,
        data,
        report,
        &data.bought,
        &Order::of(data),
        &PRODUCT_RESERVED,
        &["REFUND", "CHARGE"],
    )?;

    report.section("Курьер в этот день занят", "The courier is taken that day");
    let name = report
        .language
        .pick("Баранки, связка", "Bagels on a string");
    let (bagels, _) = add_product(client, &data.admin_token, name, CHEAP)?;
    let order = Order {
        courier: Some(&data.courier_id),
        ..Order::of(data)
    };
    attempt(
        client,
        data,
        report,
        &bagels,
        &order,
        &COURIER_TAKEN,
        &["REFUND", "CHARGE"],
    )
}

/// Places an order that must fail as `expected`, leaving `entries` in the ledger (newest first) and all else as
/// it was.
fn attempt(
    client: &Client,
    data: &DemoData,
    report: &mut Report,
    product: &Product,
    order: &Order,
    expected: &ExpectedOrder,
    entries: &[&str],
) -> Result<()> {
    let before = Snapshot::take(client, data, product)?;
    let courier = order
        .courier
        .map(|_| format!(", {}", data.courier_name))
        .unwrap_or_default();
    report.fact(&format!(
        "{}, {}, {}{courier}",
        product.name,
        money::shown(product.price, &data.currency),
        data.date
    ));
    let id = place(client, order, product)?.text("id")?;
    let ended = follow(client, &data.customer_token, &id, report)?;
    let after = Snapshot::take(client, data, product)?;

    show_reason(&ended, report);
    Snapshot::compare(&before, &after, data, product, report.language);
    let status = format!(
        "{} · {}",
        expected.timeline.join(" → "),
        expected.cancellation.map_or("", |(code, _)| code)
    );
    report.check_all(expected.differences(&ended.order.value), &status, &status);
    report.check(
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
    report.check(
        ledger_of(client, data, &id)? == ledger_entries(entries, product.price),
        ru,
        en,
    );
    Ok(())
}

fn show_reason(ended: &EndedOrder, report: &Report) {
    let cancellation = &ended.order.value["cancellation"];
    let text = |name: &str| cancellation[name].as_str().unwrap_or("—");
    report.fact(&format!(
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
    report.detail(&steps.join(" · "));
}

fn ledger_entries(entries: &[&str], amount: i64) -> Vec<(String, i64)> {
    entries
        .iter()
        .map(|kind| ((*kind).to_owned(), amount))
        .collect()
}

/// The customer's ledger entries for one order, newest first.
fn ledger_of(client: &Client, data: &DemoData, order: &str) -> Result<Vec<(String, i64)>> {
    let page = client
        .get(
            "/api/billing/wallet/transactions?limit=100",
            Some(&data.customer_token),
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
