//! The eleven steps.

use anyhow::{Context, Result};
use local_resources::random_hex;
use serde_json::{Value, json};

use super::Credentials;
use super::cast::{Cast, Product};
use super::purchase::{Order, place, watch};
use super::snapshot::{quantity, slot};
use super::story::Story;
use super::{money, verdict};
use crate::client::{Body, Client};
use crate::terminal::Table;

const PRICE: i64 = 250_000;
const DEPOSIT: i64 = 1_000_000;
/// The order is for the first day with a free courier, from this many days from now on.
const DAYS_AHEAD: usize = 3;

/// Tells the steps; returns who and what is in the story now.
pub fn tell(client: &Client, admin: &Credentials, story: &mut Story) -> Result<Cast> {
    story.step(
        1,
        "Администратор входит и добавляет товар",
        "The admin logs in and adds a product",
    );
    let admin_token = client.log_in(&admin.email, &admin.password)?;
    let name = story
        .language
        .pick("Самовар на шишках", "Samovar")
        .to_owned();
    let (bought, currency) = add_product(client, &admin_token, &name, PRICE)?;
    story.fact(&format!("{name}, {}, 1", money::shown(PRICE, &currency)));

    story.step(2, "…и курьера", "… and a courier");
    let courier_name = story.language.pick("Иван Быстров", "Ivan Swift");
    let added = client.post(
        "/api/delivery/couriers",
        Some(&admin_token),
        &json!({"name": courier_name}),
    )?;
    let courier = added.expect(&[201])?;
    story.fact(&format!(
        "{courier_name}, availabilitySlot {}",
        courier.value["availabilitySlot"]
    ));

    story.step(3, "Покупатель регистрируется", "A customer registers");
    let (email, password) = (
        format!("anna.{}@example.com", random_hex(4)?),
        random_hex(8)?,
    );
    let account =
        json!({"email": email, "password": password, "name": story.language.pick("Анна", "Anna")});
    let user = client
        .post("/api/auth/register", None, &account)?
        .expect(&[201])?;
    story.fact(&format!("{email}, {}", user.text("role")?));

    story.step(4, "…и входит", "… and logs in");
    let customer_token = client.log_in(&email, &password)?;
    let beginning: String = customer_token.chars().take(36).collect();
    story.fact(&format!("Bearer {beginning}…"));

    story.step(5, "…получает кошелёк", "… gets a wallet");
    let wallet = client
        .press("/api/billing/wallet", Some(&customer_token))?
        .expect(&[200, 201])?;
    let balance = wallet.number("balance")?;
    story.fact(&money::shown(balance, &currency));
    story.must(balance == 0, "новый кошелёк пуст", "a new wallet is empty");

    story.step(6, "…и пополняет его", "… and tops it up");
    let deposit = client.post(
        "/api/billing/wallet/deposits",
        Some(&customer_token),
        &json!({"amount": DEPOSIT}),
    )?;
    let balance = deposit.expect(&[201])?.number("balance")?;
    story.fact(&format!(
        "+{} = {}",
        money::shown(DEPOSIT, &currency),
        money::shown(balance, &currency)
    ));
    story.must(
        balance == DEPOSIT,
        "баланс равен пополнению",
        "the balance is what was paid in",
    );

    story.step(
        7,
        "Смотрит каталог и свободные дни",
        "Looks at the catalogue and the free days",
    );
    catalogue(client, &currency)?;
    let date = free_date(client, story)?;

    story.step(8, "Оформляет заказ на дату", "Places an order for a date");
    let order = Order {
        token: &customer_token,
        date: &date,
        courier: None,
    };
    let placed = place(client, &order, &bought)?;
    let id = placed.text("id")?;
    story.fact(&format!(
        "{id}, {date}, {}",
        money::shown(placed.number("total")?, &currency)
    ));

    story.step(9, "Следит за заказом", "Watches the order");
    let ended = watch(client, &customer_token, &id, story)?;
    story.judge(
        verdict::READY.differences(&ended.order.value),
        "PENDING → AWAITING_PAYMENT → AWAITING_ITEM_RESERVATION → AWAITING_COURIER_RESERVATION → READY",
        "PENDING → AWAITING_PAYMENT → AWAITING_ITEM_RESERVATION → AWAITING_COURIER_RESERVATION → READY",
    );

    story.step(
        10,
        "Смотрит операции по кошельку",
        "Looks at the wallet's transactions",
    );
    let ledger = client
        .get("/api/billing/wallet/transactions", Some(&customer_token))?
        .expect(&[200])?;
    show_ledger(&ledger, &currency)?;
    story.must(
        entries(&ledger)?
            == [
                ("CHARGE".into(), PRICE, DEPOSIT - PRICE),
                ("DEPOSIT".into(), DEPOSIT, DEPOSIT),
            ],
        "списана стоимость заказа, и только она",
        "the order's total was charged, and nothing else",
    );

    story.step(
        11,
        "Товар зарезервирован, курьер занят",
        "The product is reserved, the courier is taken",
    );
    let courier_id = ended
        .order
        .text("courierId")
        .context("the order is not READY, so the story cannot go on")?;
    let taken = client
        .get(
            &format!("/api/delivery/couriers/{courier_id}"),
            Some(&admin_token),
        )?
        .expect(&[200])?;
    let courier_name = taken.text("name")?;
    let (left, slot) = (
        quantity(client, &bought.id)?,
        slot(client, &admin_token, &courier_id)?,
    );
    story.fact(&format!("{}: quantity {left}", bought.name));
    story.fact(&format!(
        "{courier_name}: availabilitySlot [{}]",
        slot.join(", ")
    ));
    story.must(
        left == 0,
        "товара больше нет: quantity 0",
        "none is left: quantity 0",
    );
    story.must(
        slot.contains(&date),
        "дата занята у курьера",
        "the date is in the courier's slot",
    );
    Ok(Cast {
        admin_token,
        customer_token,
        currency,
        bought,
        courier_id,
        courier_name,
        date,
    })
}

/// Adds a product of which there is one; returns it and the currency of its price.
pub fn add_product(
    client: &Client,
    admin_token: &str,
    name: &str,
    price: i64,
) -> Result<(Product, String)> {
    let body = client.post(
        "/api/warehouse/products",
        Some(admin_token),
        &json!({"name": name, "price": price}),
    )?;
    let product = body.expect(&[201])?;
    let currency = product.text("currency")?;
    Ok((
        Product {
            id: product.text("id")?,
            name: name.to_owned(),
            price,
        },
        currency,
    ))
}

fn catalogue(client: &Client, currency: &str) -> Result<()> {
    let page = client
        .get("/api/warehouse/products?available=true&limit=5", None)?
        .expect(&[200])?;
    let mut table = Table::new(["name", "price", "quantity"]);
    for item in page.list("items")? {
        let name = item["name"].as_str().unwrap_or_default();
        let price = money::shown(item["price"].as_i64().unwrap_or_default(), currency);
        table.row([name.to_owned(), price, item["quantity"].to_string()]);
    }
    table.print();
    Ok(())
}

/// The first day with a free courier, not too soon.
fn free_date(client: &Client, story: &Story) -> Result<String> {
    let answer = client
        .get("/api/delivery/availability", None)?
        .expect(&[200])?;
    let days = answer.list("items")?;
    let shown: Vec<String> = days
        .iter()
        .take(7)
        .map(|day| {
            format!(
                "{} ({})",
                day["date"].as_str().unwrap_or("?"),
                day["freeCouriers"]
            )
        })
        .collect();
    story.fact(&shown.join("  "));
    let free = days
        .iter()
        .skip(DAYS_AHEAD)
        .find(|day| day["freeCouriers"].as_i64().unwrap_or(0) > 0);
    let date = free
        .and_then(|day| day["date"].as_str())
        .context("no courier is free on any day that is offered")?;
    Ok(date.to_owned())
}

/// Type, amount and the balance after it, newest first.
fn entries(ledger: &Body) -> Result<Vec<(String, i64, i64)>> {
    let items = ledger.list("items")?.iter();
    let number = |item: &Value, name: &str| item[name].as_i64().unwrap_or(-1);
    Ok(items
        .map(|item| {
            (
                item["type"].as_str().unwrap_or("?").to_owned(),
                number(item, "amount"),
                number(item, "balanceAfter"),
            )
        })
        .collect())
}

/// Prints a wallet's entries.
pub fn show_ledger(ledger: &Body, currency: &str) -> Result<()> {
    let mut table = Table::new(["type", "amount", "balanceAfter"]);
    for (kind, amount, after) in entries(ledger)? {
        table.row([
            kind,
            money::shown(amount, currency),
            money::shown(after, currency),
        ]);
    }
    table.print();
    Ok(())
}
