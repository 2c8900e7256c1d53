//! An order from its placing to its end, with its timeline as it grows.

use anyhow::Result;
use serde_json::{Value, json};

use super::data::{DemoData, EndedOrder, Product};
use super::report::Report;
use crate::client::{Body, Client};

/// Places an order for one `product`; with a courier if one is named.
pub fn place(client: &Client, order: &Order, product: &Product) -> Result<Body> {
    let mut body = json!({"items": [{"productId": product.id}], "deliveryDate": order.date});
    if let Some(courier) = order.courier {
        body["courierId"] = json!(courier);
    }
    client
        .post("/api/orders", Some(order.token), &body)?
        .expect(&[201])
}

/// What an order asks for besides the product.
pub struct Order<'a> {
    pub token: &'a str,
    pub date: &'a str,
    pub courier: Option<&'a str>,
}

impl<'a> Order<'a> {
    /// The customer's, for the date of the demo.
    pub fn of(data: &'a DemoData) -> Self {
        Self {
            token: &data.customer_token,
            date: &data.date,
            courier: None,
        }
    }
}

/// Shows every entry of the order's timeline as it comes, until the saga has ended.
pub fn follow(client: &Client, token: &str, id: &str, report: &Report) -> Result<EndedOrder> {
    client.follow(&format!("/api/orders/{id}/events"), token, |event, data| {
        if event == "status" {
            report.fact(&entry(&data));
        }
        Ok(())
    })?;
    let order = client
        .get(&format!("/api/orders/{id}"), Some(token))?
        .expect(&[200])?;
    Ok(EndedOrder { order })
}

/// `09:30:00.123  AWAITING_PAYMENT  Ожидание оплаты`
fn entry(entry: &Value) -> String {
    let text = |name: &str| entry[name].as_str().unwrap_or("?");
    let time = text("at")
        .split_once('T')
        .map_or("", |(_, time)| time.trim_end_matches('Z'));
    let note = entry["note"]
        .as_str()
        .filter(|note| !note.is_empty())
        .map(|note| format!("   {note}"))
        .unwrap_or_default();
    format!(
        "{time:12}   {:30} {}{note}",
        text("status"),
        text("statusLabel")
    )
    .trim_end()
    .to_owned()
}
