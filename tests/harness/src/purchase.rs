//! Everything that an order needs, made for one test: a customer with money, a product and a courier.

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{admin::Admin, customer::Customer, dates, order::Order, stack::Stack};

/// The price of a purchase's product.
pub const PRICE: i64 = 1_500;

/// An order that can be placed, and what it touches.
#[derive(Clone)]
pub struct Purchase {
    pub customer: Customer,
    pub admin: Admin,
    pub product: Uuid,
    pub courier: Uuid,
    pub date: NaiveDate,
}

/// What an order moves: money, pieces and a courier's date.
#[derive(Debug, Clone, PartialEq)]
pub struct Holdings {
    pub balance: i64,
    pub quantity: i64,
    pub taken: bool,
}

impl Purchase {
    /// One piece of a product that costs [`PRICE`], and a customer who has exactly that.
    pub async fn affordable(stack: &Stack) -> Self {
        Self::with(stack, PRICE, 1).await
    }

    /// A customer who has `money` and a product of which there are `quantity` pieces at [`PRICE`] each.
    pub async fn with(stack: &Stack, money: i64, quantity: i64) -> Self {
        let admin = stack.admin().await;
        let customer = stack.customer();
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

    /// The body of its order: one piece, by its courier, on its date.
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
            taken: self
                .admin
                .slot(self.courier)
                .await
                .contains(&self.date.to_string()),
        }
    }
}
