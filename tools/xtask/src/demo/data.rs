//! What the steps of the demo pass on to each other.

use crate::client::Body;

/// A product that the admin has added.
#[derive(Clone, Debug)]
pub struct Product {
    pub id: String,
    pub name: String,
    /// In minor units.
    pub price: i64,
}

/// What the failures need from the eleven steps.
pub struct DemoData {
    pub admin_token: String,
    pub customer_token: String,
    pub currency: String,
    /// Bought in the eleven steps, so there is none left.
    pub bought: Product,
    /// Taken on `date` by the order of the eleven steps.
    pub courier_id: String,
    pub courier_name: String,
    /// `YYYY-MM-DD`
    pub date: String,
}

/// An order that has ended, as the API shows it.
pub struct EndedOrder {
    pub order: Body,
}
