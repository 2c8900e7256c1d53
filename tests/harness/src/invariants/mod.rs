//! What is always true, read from the five databases themselves once every saga has ended. Each check
//! gives a readable line for everything that breaks it.

mod across;
mod billing;
mod delivery;
mod order;
mod warehouse;

use std::time::Duration;

use crate::{
    databases::{Database, Service},
    eventually::eventually,
    stack::Stack,
};

/// Connections to all five databases.
pub struct Databases {
    pub auth: Database,
    pub billing: Database,
    pub warehouse: Database,
    pub delivery: Database,
    pub order: Database,
}

impl Databases {
    pub async fn open() -> Self {
        Self {
            auth: Database::open(Service::Auth).await,
            billing: Database::open(Service::Billing).await,
            warehouse: Database::open(Service::Warehouse).await,
            delivery: Database::open(Service::Delivery).await,
            order: Database::open(Service::Order).await,
        }
    }

    /// Everything that is broken; only meaningful while no saga runs.
    pub async fn violations(&self) -> Vec<String> {
        let mut found = billing::violations(&self.billing).await;
        found.extend(warehouse::violations(&self.warehouse).await);
        found.extend(delivery::violations(&self.delivery).await);
        found.extend(order::violations(&self.order).await);
        found.extend(across::violations(self).await);
        found
    }

    /// How many sagas have not ended.
    pub async fn unfinished(&self) -> i64 {
        self.order
            .number("select count(*) from sagas where ended_at is null", &[])
            .await
    }
}

/// Waits until every saga has ended, having the due ones taken up as the CronJob does, and then expects
/// that nothing is broken.
///
/// # Panics
/// When a saga does not end within `patience`, or with every violation that is found.
pub async fn hold(stack: &Stack, patience: Duration) {
    let databases = Databases::open().await;
    eventually("every saga ends", patience, || async {
        match databases.unfinished().await {
            0 => Ok(()),
            left => {
                stack.recover().await;
                Err(format!(
                    "{left} are unfinished: {:#?}",
                    order::unfinished(&databases.order).await
                ))
            }
        }
    })
    .await;
    let violations = databases.violations().await;
    assert!(
        violations.is_empty(),
        "{} violations:\n{}",
        violations.len(),
        violations.join("\n")
    );
}

/// The one text column of each row.
async fn lines(database: &Database, sql: &str) -> Vec<String> {
    database
        .rows(sql, &[])
        .await
        .iter()
        .map(|row| row.get(0))
        .collect()
}
