//! Who and what the story is about.

use crate::client::Body;

/// A product that the admin added for the story.
#[derive(Clone, Debug)]
pub struct Product {
    pub id: String,
    pub name: String,
    /// In minor units.
    pub price: i64,
}

/// Everything the failures need from the eleven steps.
pub struct Cast {
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
pub struct Ended {
    pub order: Body,
}
