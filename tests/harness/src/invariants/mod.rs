//! Invariants, read from the five databases once every saga has ended. Each check returns a line for each violation.

mod billing;
mod cross_service;
mod delivery;
mod order;
mod warehouse;

use std::time::Duration;

use crate::{databases::Databases, eventually::eventually, system::System};

/// All violations. Meaningful only while no saga runs.
pub async fn violations(databases: &Databases) -> Vec<String> {
    let mut found = billing::violations(&databases.billing).await;
    found.extend(warehouse::violations(&databases.warehouse).await);
    found.extend(delivery::violations(&databases.delivery).await);
    found.extend(order::violations(&databases.order).await);
    found.extend(cross_service::violations(databases).await);
    found
}

/// Waits until every saga has ended, calling `recover` as the CronJob does, and then expects no violation.
///
/// # Panics
/// When a saga does not end within `patience`, or with every violation that is found.
pub async fn assert_hold(system: &System, patience: Duration) {
    let databases = Databases::open().await;
    eventually("every saga ends", patience, || async {
        match databases.unfinished().await {
            0 => Ok(()),
            left => {
                system.recover().await;
                Err(format!(
                    "{left} are unfinished: {:#?}",
                    order::unfinished(&databases.order).await
                ))
            }
        }
    })
    .await;
    let found = violations(&databases).await;
    assert!(
        found.is_empty(),
        "{} violations:\n{}",
        found.len(),
        found.join("\n")
    );
}
