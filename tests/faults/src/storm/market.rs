//! What there is to buy in a storm: enough of some things, too little of others.

use std::time::Duration;

use chrono::NaiveDate;
use harness::dates;
use harness::stack::Stack;
use serde_json::{Value, json};
use uuid::Uuid;

use super::dice::Dice;

const PRODUCTS: u64 = 16;
/// Couriers for each minute of the storm: by its end they are taken on most dates, and not long before.
const COURIERS: u64 = 40;
const DATES: u64 = 60;
/// More than most wallets hold for long.
const DEAREST: u64 = 2_000;

pub struct Market {
    products: Vec<Uuid>,
    couriers: Vec<Uuid>,
    dates: Vec<NaiveDate>,
}

impl Market {
    pub async fn open(stack: &Stack, lasting: Duration) -> Self {
        let admin = stack.admin().await;
        let (mut products, mut couriers) = (Vec::new(), Vec::new());
        for number in 0..PRODUCTS {
            // Some run out.
            let quantity = if number % 8 == 0 { 50 } else { 100_000 };
            let price = 1 + number * DEAREST / PRODUCTS;
            products.push(
                admin
                    .product(i64::try_from(price).unwrap_or(1), quantity)
                    .await,
            );
        }
        for _ in 0..COURIERS * lasting.as_secs().div_ceil(60) {
            couriers.push(admin.courier().await);
        }
        let dates = (0..DATES).map(|day| dates::in_days(10 + day)).collect();
        Self {
            products,
            couriers,
            dates,
        }
    }

    /// The body of some order.
    pub fn order(&self, dice: &mut Dice) -> Value {
        let mut items: Vec<(Uuid, u64)> = Vec::new();
        for _ in 0..1 + dice.below(3) {
            let product = *dice.pick(&self.products).unwrap_or(&Uuid::nil());
            let quantity = 1 + dice.below(2);
            if items.iter().all(|(known, _)| *known != product) {
                items.push((product, quantity));
            }
        }
        let items: Vec<Value> = items
            .into_iter()
            .map(|(product, quantity)| json!({"productId": product, "quantity": quantity}))
            .collect();
        let mut body = json!({"items": items, "deliveryDate": dice.pick(&self.dates)});
        if dice.percent(50) {
            body["courierId"] = json!(dice.pick(&self.couriers));
        }
        body
    }
}
