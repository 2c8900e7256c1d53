//! What orders are placed on: products, couriers, customers with or without money.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use chrono::NaiveDate;
use harness::admin::Admin;
use harness::customer::Customer;
use harness::dates;
use harness::purchase::PRICE;
use harness::stack::Stack;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::matrix::Course;
use crate::proxy::Participant;

const COURIERS: usize = 4;
/// Dates from here on are handed out with a courier each.
const FIRST_DAY: u64 = 30;
const DAYS: u64 = 300;

pub struct Ground {
    stack: Stack,
    admin: Admin,
    /// Of this there is enough, and of that nothing.
    plenty: Uuid,
    nothing: Uuid,
    couriers: Vec<Uuid>,
    handed_out: AtomicU64,
    /// A courier who is taken on a date, by this customer's order.
    taken: (Uuid, NaiveDate),
    holder: Customer,
    holding: Uuid,
}

impl Ground {
    pub async fn prepare(stack: &Stack) -> Self {
        let admin = stack.admin().await;
        let plenty = admin.product(PRICE, 100_000).await;
        let nothing = admin.product(PRICE, 0).await;
        let mut couriers = Vec::new();
        for _ in 0..COURIERS {
            couriers.push(admin.courier().await);
        }
        let taken = (couriers[0], dates::in_days(FIRST_DAY - 1));
        let holder = stack.customer();
        holder.deposit(PRICE).await;
        let order = holder.place_and_wait(&body(plenty, taken)).await;
        assert!(order.is_ready(), "nothing stands in its way: {order:#?}");
        Self {
            stack: stack.clone(),
            admin,
            plenty,
            nothing,
            couriers,
            handed_out: AtomicU64::new(0),
            taken,
            holding: order.id,
            holder,
        }
    }

    /// An order that nothing stands in the way of, but for money.
    pub fn order_of_plenty(&self) -> Value {
        body(self.plenty, self.free_slot())
    }

    /// A customer, and an order that goes the course.
    pub async fn order(&self, course: Course) -> (Customer, Value) {
        let customer = self.stack.customer();
        let money = if course == Course::FailsAt(Participant::Billing) {
            PRICE - 1
        } else {
            PRICE
        };
        customer.deposit(money).await;
        let product = match course {
            Course::FailsAt(Participant::Warehouse) => self.nothing,
            _ => self.plenty,
        };
        let slot = match course {
            Course::FailsAt(Participant::Delivery) => self.taken,
            _ => self.free_slot(),
        };
        (customer, body(product, slot))
    }

    fn free_slot(&self) -> (Uuid, NaiveDate) {
        let number = self.handed_out.fetch_add(1, Ordering::Relaxed);
        let courier = (number / DAYS) as usize % self.couriers.len();
        (
            self.couriers[courier],
            dates::in_days(FIRST_DAY + number % DAYS),
        )
    }

    /// Takes away whatever made participants refuse, but for the customers' want of money.
    pub async fn lift_obstacles(&self) -> Result<()> {
        let path = format!("/api/warehouse/products/{}", self.nothing);
        self.admin
            .patch(path)
            .json(&json!({"quantity": 100_000}))
            .send()
            .await
            .status(200);
        self.holder.cancel(self.holding).await.status(200);
        self.holder.ended(self.holding).await;
        Ok(())
    }
}

fn body(product: Uuid, (courier, date): (Uuid, NaiveDate)) -> Value {
    json!({
        "items": [{"productId": product, "quantity": 1}],
        "deliveryDate": date,
        "courierId": courier,
    })
}
