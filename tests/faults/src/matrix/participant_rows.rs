//! What the participants' databases have of an order.

use std::time::Duration;

use anyhow::{Result, ensure};
use harness::databases::{Database, Service};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::proxy::Participant;

/// Expects that the other compensations are done while one is stuck.
pub(super) async fn others_are_compensated(order: Uuid, stuck: Participant) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(10);
    for participant in Participant::ALL.into_iter().filter(|it| *it != stuck) {
        loop {
            let held = status_at(participant, order).await;
            if matches!(held.as_deref(), Some("REFUNDED" | "RELEASED" | "VOID")) {
                break;
            }
            ensure!(
                Instant::now() < end,
                "{stuck} is stuck, and blocks {participant}: {held:?}"
            );
            sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}

/// The status of an order's row at a participant.
pub(super) async fn status_at(participant: Participant, order: Uuid) -> Option<String> {
    let (service, table) = match participant {
        Participant::Billing => (Service::Billing, "charges"),
        Participant::Warehouse => (Service::Warehouse, "reservations"),
        Participant::Delivery => (Service::Delivery, "reservations"),
    };
    let database = Database::open(service).await;
    let sql = format!("select status from {table} where order_id = $1");
    database
        .rows(&sql, &[&order])
        .await
        .first()
        .map(|row| row.get(0))
}
