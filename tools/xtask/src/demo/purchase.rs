//! An order, from its placing to its end, with its timeline as it happens.

use anyhow::Result;
use serde_json::{Value, json};

use super::cast::{Cast, Ended, Product};
use super::story::Story;
use crate::client::{Body, Client};

/// Places an order for one `product`; with a courier if one is named.
pub fn place(client: &Client, cast: &Order, product: &Product) -> Result<Body> {
    let mut body = json!({"items": [{"productId": product.id}], "deliveryDate": cast.date});
    if let Some(courier) = cast.courier {
        body["courierId"] = json!(courier);
    }
    client
        .post("/api/orders", Some(cast.token), &body)?
        .expect(&[201])
}

/// What an order asks for besides the product.
pub struct Order<'a> {
    pub token: &'a str,
    pub date: &'a str,
    pub courier: Option<&'a str>,
}

impl<'a> Order<'a> {
    /// The customer's, for the date of the story.
    pub fn of(cast: &'a Cast) -> Self {
        Self {
            token: &cast.customer_token,
            date: &cast.date,
            courier: None,
        }
    }
}

/// Shows every entry of the order's timeline as it comes, until the saga has ended.
pub fn watch(client: &Client, token: &str, id: &str, story: &Story) -> Result<Ended> {
    client.follow(&format!("/api/orders/{id}/events"), token, |event, data| {
        if event == "status" {
            story.fact(&entry(&data));
        }
        Ok(())
    })?;
    let order = client
        .get(&format!("/api/orders/{id}"), Some(token))?
        .expect(&[200])?;
    Ok(Ended { order })
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
