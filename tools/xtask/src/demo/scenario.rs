//! The eleven steps.

use anyhow::{Context, Result};
use local_resources::random_hex;
use serde_json::{Value, json};

use super::credentials::Credentials;
use super::data::DemoData;
use super::products::{add_product, print_catalogue};
use super::purchase::{Order, follow, place};
use super::report::Report;
use super::snapshot::{quantity, slot};
use super::{expectation, money};
use crate::client::{Body, Client};
use crate::terminal::Table;

const PRICE: i64 = 250_000;
const DEPOSIT: i64 = 1_000_000;
/// The order is for the first day with a free courier, from this many days from now on.
const DAYS_AHEAD: usize = 3;

/// Runs the steps; returns what they have made.
pub fn run(client: &Client, admin: &Credentials, report: &mut Report) -> Result<DemoData> {
    report.step(
        1,
        "Администратор входит и добавляет товар",
        "The admin logs in and adds a product",
    );
    let admin_token = client.log_in(&admin.email, &admin.password)?;
    let name = report
        .language
        .pick("Самовар на шишках", "Samovar")
        .to_owned();
    let (bought, currency) = add_product(client, &admin_token, &name, PRICE)?;
    report.fact(&format!("{name}, {}, 1", money::shown(PRICE, &currency)));

    report.step(2, "…и курьера", "… and a courier");
    let courier_name = report.language.pick("Иван Быстров", "Ivan Swift");
    let added = client.post(
        "/api/delivery/couriers",
        Some(&admin_token),
        &json!({"name": courier_name}),
    )?;
    let courier = added.expect(&[201])?;
    report.fact(&format!(
        "{courier_name}, availabilitySlot {}",
        courier.value["availabilitySlot"]
    ));

    report.step(3, "Покупатель регистрируется", "A customer registers");
    let (email, password) = (
        format!("anna.{}@example.com", random_hex(4)?),
        random_hex(8)?,
    );
    let account =
        json!({"email": email, "password": password, "name": report.language.pick("Анна", "Anna")});
    let user = client
        .post("/api/auth/register", None, &account)?
        .expect(&[201])?;
    report.fact(&format!("{email}, {}", user.text("role")?));

    report.step(4, "…и входит", "… and logs in");
    let customer_token = client.log_in(&email, &password)?;
    let beginning: String = customer_token.chars().take(36).collect();
    report.fact(&format!("Bearer {beginning}…"));

    report.step(5, "…получает кошелёк", "… gets a wallet");
    let wallet = client
        .press("/api/billing/wallet", Some(&customer_token))?
        .expect(&[200, 201])?;
    let balance = wallet.number("balance")?;
    report.fact(&money::shown(balance, &currency));
    report.check(balance == 0, "новый кошелёк пуст", "a new wallet is empty");

    report.step(6, "…и пополняет его", "… and tops it up");
    let deposit = client.post(
        "/api/billing/wallet/deposits",
        Some(&customer_token),
        &json!({"amount": DEPOSIT}),
    )?;
    let balance = deposit.expect(&[201])?.number("balance")?;
    report.fact(&format!(
        "+{} = {}",
        money::shown(DEPOSIT, &currency),
        money::shown(balance, &currency)
    ));
    report.check(
        balance == DEPOSIT,
        "баланс равен пополнению",
        "the balance is what was paid in",
    );

    report.step(
        7,
        "Смотрит каталог и свободные дни",
        "Looks at the catalogue and the free days",
    );
    print_catalogue(client, &currency)?;
    let date = free_date(client, report)?;

    report.step(8, "Оформляет заказ на дату", "Places an order for a date");
    let order = Order {
        token: &customer_token,
        date: &date,
        courier: None,
    };
    let placed = place(client, &order, &bought)?;
    let id = placed.text("id")?;
    report.fact(&format!(
        "{id}, {date}, {}",
        money::shown(placed.number("total")?, &currency)
    ));

    report.step(9, "Следит за заказом", "Watches the order");
    let ended = follow(client, &customer_token, &id, report)?;
    report.check_all(
        expectation::READY.differences(&ended.order.value),
        "PENDING → AWAITING_PAYMENT → AWAITING_ITEM_RESERVATION → AWAITING_COURIER_RESERVATION → READY",
        "PENDING → AWAITING_PAYMENT → AWAITING_ITEM_RESERVATION → AWAITING_COURIER_RESERVATION → READY",
    );

    report.step(
        10,
        "Смотрит операции по кошельку",
        "Looks at the wallet's transactions",
    );
    let ledger = client
        .get("/api/billing/wallet/transactions", Some(&customer_token))?
        .expect(&[200])?;
    show_ledger(&ledger, &currency)?;
    report.check(
        entries(&ledger)?
            == [
                ("CHARGE".into(), PRICE, DEPOSIT - PRICE),
                ("DEPOSIT".into(), DEPOSIT, DEPOSIT),
            ],
        "списана стоимость заказа, и только она",
        "the order's total was charged, and nothing else",
    );

    report.step(
        11,
        "Товар зарезервирован, курьер занят",
        "The product is reserved, the courier is taken",
    );
    let courier_id = ended
        .order
        .text("courierId")
        .context("the order is not READY, so the demo cannot go on")?;
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
    report.fact(&format!("{}: quantity {left}", bought.name));
    report.fact(&format!(
        "{courier_name}: availabilitySlot [{}]",
        slot.join(", ")
    ));
    report.check(
        left == 0,
        "товара больше нет: quantity 0",
        "none is left: quantity 0",
    );
    report.check(
        slot.contains(&date),
        "дата занята у курьера",
        "the date is in the courier's slot",
    );
    Ok(DemoData {
        admin_token,
        customer_token,
        currency,
        bought,
        courier_id,
        courier_name,
        date,
    })
}

/// The first day with a free courier, not too soon.
fn free_date(client: &Client, report: &Report) -> Result<String> {
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
    report.fact(&shown.join("  "));
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
