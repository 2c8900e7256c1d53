//! What an order needs, made for one test: a customer with money, a product and a courier.

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{admin::Admin, customer::Customer, dates, order::Order, system::System};

/// The price of a purchase's product.
pub const PRICE: i64 = 1_500;

/// An order that can be placed, and the customer, product and courier of it.
#[derive(Clone)]
pub struct Purchase {
    pub customer: Customer,
    pub admin: Admin,
    pub product: Uuid,
    pub courier: Uuid,
    pub date: NaiveDate,
}

/// What an order changes: a balance, a quantity and a courier's date.
#[derive(Debug, Clone, PartialEq)]
pub struct Holdings {
    pub balance: i64,
    pub quantity: i64,
    pub courier_reserved: bool,
}

impl Purchase {
    /// A product at [`PRICE`] with quantity 1, and a customer who has exactly that much money.
    pub async fn affordable(system: &System) -> Self {
        Self::with(system, PRICE, 1).await
    }

    /// A product at [`PRICE`] with this quantity, and a customer with `money`.
    pub async fn with(system: &System, money: i64, quantity: i64) -> Self {
        let admin = system.admin().await;
        let customer = system.customer();
        if money > 0 {
            customer.deposit(money).await;
        }
        let product = admin.product(PRICE, quantity).await;
        let courier = admin.courier().await;
        Self {
            customer,
            admin,
            product,
            courier,
            date: dates::any(),
        }
    }

    /// The body of its order.
    pub fn body(&self) -> Value {
        json!({
            "items": [{"productId": self.product, "quantity": 1}],
            "deliveryDate": self.date,
            "courierId": self.courier,
        })
    }

    pub async fn place(&self) -> Order {
        self.customer.place(&self.body()).await
    }

    pub async fn place_and_wait(&self) -> Order {
        self.customer.place_and_wait(&self.body()).await
    }

    pub async fn holdings(&self) -> Holdings {
        Holdings {
            balance: self.customer.balance().await,
            quantity: self.admin.quantity(self.product).await,
            courier_reserved: self
                .admin
                .slot(self.courier)
                .await
                .contains(&self.date.to_string()),
        }
    }
}
