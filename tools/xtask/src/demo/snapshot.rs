//! What can change with an order: a balance, quantities, a courier's days.

use anyhow::Result;
use serde_json::Value;

use super::data::{DemoData, Product};
use super::language::Language;
use super::money;
use crate::client::Client;
use crate::terminal::Table;

/// The values at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub balance: i64,
    pub quantity: i64,
    /// The dates on which the courier is taken.
    pub slot: Vec<String>,
}

impl Snapshot {
    /// The customer's balance, how many of `product` there are, and the courier's days.
    pub fn take(client: &Client, data: &DemoData, product: &Product) -> Result<Self> {
        Ok(Self {
            balance: client
                .get("/api/billing/wallet", Some(&data.customer_token))?
                .expect(&[200])?
                .number("balance")?,
            quantity: quantity(client, &product.id)?,
            slot: slot(client, &data.admin_token, &data.courier_id)?,
        })
    }

    /// Prints two moments side by side.
    pub fn compare(
        before: &Self,
        after: &Self,
        data: &DemoData,
        product: &Product,
        language: Language,
    ) {
        let mut table = Table::new([
            "",
            language.pick("до", "before"),
            language.pick("после", "after"),
        ]);
        let money = |amount| money::shown(amount, &data.currency);
        table.row([
            language.pick("баланс", "balance").into(),
            money(before.balance),
            money(after.balance),
        ]);
        let quantity = format!(
            "{} ({})",
            language.pick("количество", "quantity"),
            product.name
        );
        table.row([
            quantity,
            before.quantity.to_string(),
            after.quantity.to_string(),
        ]);
        let days = |slot: &[String]| {
            if slot.is_empty() {
                "—".to_owned()
            } else {
                slot.join(", ")
            }
        };
        let courier = format!(
            "{} ({})",
            language.pick("дни курьера", "courier's days"),
            data.courier_name
        );
        table.row([courier, days(&before.slot), days(&after.slot)]);
        table.print();
    }
}

/// How many of a product can be bought.
pub fn quantity(client: &Client, product: &str) -> Result<i64> {
    client
        .get(&format!("/api/warehouse/products/{product}"), None)?
        .expect(&[200])?
        .number("quantity")
}

/// The dates on which a courier is taken.
pub fn slot(client: &Client, admin_token: &str, courier: &str) -> Result<Vec<String>> {
    let body = client
        .get(
            &format!("/api/delivery/couriers/{courier}"),
            Some(admin_token),
        )?
        .expect(&[200])?;
    Ok(body
        .list("availabilitySlot")?
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect())
}
