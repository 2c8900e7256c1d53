//! What all databases hold, as numbers that can be compared.

use anyhow::Result;

use crate::books::Books;
use crate::installation::Installation;

/// What the databases hold, to be found again.
#[derive(Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub orders: i64,
    /// The sums of all that an order changes.
    sums: Vec<String>,
}

impl Snapshot {
    pub async fn take(installation: &Installation) -> Result<Self> {
        let books = Books::open(installation).await?;
        let databases = &books.databases;
        let orders = databases
            .order
            .number("select count(*) from orders", &[])
            .await;
        let order =
            "select coalesce(md5(string_agg(id || status, ',' order by id)), '') from orders";
        let billing = "select coalesce(md5(string_agg(id || ' ' || balance, ',' order by id)), '') from wallets";
        let mut sums = databases.order.texts(order, &[]).await;
        sums.extend(databases.billing.texts(billing, &[]).await);
        sums.extend(
            databases
                .auth
                .texts("select count(*)::text from users", &[])
                .await,
        );
        let products = "select coalesce(md5(string_agg(id || ' ' || stocked, ',' order by id)), '') from products";
        sums.extend(databases.warehouse.texts(products, &[]).await);
        sums.extend(
            databases
                .delivery
                .texts("select count(*)::text from couriers", &[])
                .await,
        );
        Ok(Self { orders, sums })
    }
}
