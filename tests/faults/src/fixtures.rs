//! Test data: products, couriers, and customers with or without money.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use chrono::NaiveDate;
use harness::admin::Admin;
use harness::customer::Customer;
use harness::dates;
use harness::purchase::PRICE;
use harness::system::System;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::proxy::Participant;
use crate::scenario::Scenario;

const COURIERS: usize = 4;
/// Days from today. From this one on, each date is given to one order, with a courier.
const FIRST_DAY: u64 = 30;
const DAYS: u64 = 300;

pub struct Fixtures {
    stack: System,
    admin: Admin,
    /// A product in stock.
    in_stock: Uuid,
    sold_out: Uuid,
    couriers: Vec<Uuid>,
    handed_out: AtomicU64,
    /// A courier who is reserved on a date by the order `holding` of the customer `holder`.
    reserved: (Uuid, NaiveDate),
    holder: Customer,
    holding: Uuid,
}

impl Fixtures {
    pub async fn prepare(stack: &System) -> Self {
        let admin = stack.admin().await;
        let in_stock = admin.product(PRICE, 100_000).await;
        let sold_out = admin.product(PRICE, 0).await;
        let mut couriers = Vec::new();
        for _ in 0..COURIERS {
            couriers.push(admin.courier().await);
        }
        let reserved = (couriers[0], dates::in_days(FIRST_DAY - 1));
        let holder = stack.customer();
        holder.deposit(PRICE).await;
        let order = holder.place_and_wait(&body(in_stock, reserved)).await;
        assert!(order.is_ready(), "no participant refuses it: {order:#?}");
        Self {
            stack: stack.clone(),
            admin,
            in_stock,
            sold_out,
            couriers,
            handed_out: AtomicU64::new(0),
            reserved,
            holding: order.id,
            holder,
        }
    }

    /// The body of an order that succeeds if its customer can pay.
    pub fn affordable_order(&self) -> Value {
        body(self.in_stock, self.free_slot())
    }

    /// A customer, and the body of an order that goes as the scenario says.
    pub async fn order(&self, scenario: Scenario) -> (Customer, Value) {
        let customer = self.stack.customer();
        let money = if scenario == Scenario::FailsAt(Participant::Billing) {
            PRICE - 1
        } else {
            PRICE
        };
        customer.deposit(money).await;
        let product = match scenario {
            Scenario::FailsAt(Participant::Warehouse) => self.sold_out,
            _ => self.in_stock,
        };
        let slot = match scenario {
            Scenario::FailsAt(Participant::Delivery) => self.reserved,
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

    /// Adds stock and frees the reserved courier, so that only missing money makes a participant refuse.
    pub async fn remove_refusal_causes(&self) -> Result<()> {
        let path = format!("/api/warehouse/products/{}", self.sold_out);
        self.admin
            .patch(path)
            .json(&json!({"quantity": 100_000}))
            .send()
            .await
            .status(200);
        self.holder.cancel(self.holding).await.status(200);
        self.holder.wait_for_end(self.holding).await;
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
