//! The products and couriers of a load: enough of some, too few of others.

use std::time::Duration;

use chrono::NaiveDate;
use harness::admin::Admin;
use harness::dates;
use serde_json::{Value, json};
use uuid::Uuid;

use super::random::Random;

const PRODUCTS: u64 = 16;
/// Couriers for each minute of the load: so many that they are reserved on most dates only towards its end.
const COURIERS: u64 = 40;
const DATES: u64 = 60;
/// More than most wallets hold.
const HIGHEST_PRICE: u64 = 2_000;

pub struct Catalogue {
    products: Vec<Uuid>,
    couriers: Vec<Uuid>,
    dates: Vec<NaiveDate>,
}

impl Catalogue {
    /// Adds them, for a load of about this length.
    pub async fn open(admin: &Admin, lasting: Duration) -> Self {
        let (mut products, mut couriers) = (Vec::new(), Vec::new());
        for number in 0..PRODUCTS {
            // Some products run out.
            let quantity = if number % 8 == 0 { 50 } else { 100_000 };
            let price = 1 + number * HIGHEST_PRICE / PRODUCTS;
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

    /// The body of a random order.
    pub fn order(&self, random: &mut Random) -> Value {
        let mut items: Vec<(Uuid, u64)> = Vec::new();
        for _ in 0..1 + random.below(3) {
            let product = *random.pick(&self.products).unwrap_or(&Uuid::nil());
            let quantity = 1 + random.below(2);
            if items.iter().all(|(known, _)| *known != product) {
                items.push((product, quantity));
            }
        }
        let items: Vec<Value> = items
            .into_iter()
            .map(|(product, quantity)| json!({"productId": product, "quantity": quantity}))
            .collect();
        let mut body = json!({"items": items, "deliveryDate": random.pick(&self.dates)});
        if random.percent(50) {
            body["courierId"] = json!(random.pick(&self.couriers));
        }
        body
    }
}
