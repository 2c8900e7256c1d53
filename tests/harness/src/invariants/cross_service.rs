//! Across services: what an order holds at each participant agrees with how it ended.

use std::collections::HashMap;

use uuid::Uuid;

use crate::databases::{Database, Databases};

/// An order whose saga has ended.
struct Ended {
    id: Uuid,
    status: String,
    /// The steps whose PUT was ever sent.
    sent: Vec<String>,
    /// Who pays and how much.
    money: String,
    /// The products and quantities, in one line.
    items: String,
    /// The date and the courier.
    delivery: String,
}

/// An order's row at a participant: its status, and what is charged or reserved.
struct Held {
    status: String,
    what: Option<String>,
}

impl Held {
    fn is_active(&self) -> bool {
        matches!(self.status.as_str(), "CHARGED" | "RESERVED")
    }
}

pub(super) async fn violations(databases: &Databases) -> Vec<String> {
    let orders = ended(&databases.order).await;
    let charges = held(
        &databases.billing,
        "select order_id, status, user_id || ' pays ' || amount from charges",
    )
    .await;
    let items = held(
        &databases.warehouse,
        "select order_id, status, (
             select string_agg(quantity || ' of ' || product_id, ', ' order by product_id)
             from reservation_lines line where line.order_id = reservation.order_id
         )
         from reservations reservation",
    )
    .await;
    let couriers = held(
        &databases.delivery,
        "select order_id, status, courier_id || ' on ' || date from reservations",
    )
    .await;

    let mut found = Vec::new();
    for order in &orders {
        for (step, name, wanted, participant) in [
            ("CHARGE", "charge", &order.money, &charges),
            ("RESERVE_ITEMS", "item reservation", &order.items, &items),
            (
                "RESERVE_COURIER",
                "courier reservation",
                &order.delivery,
                &couriers,
            ),
        ] {
            let held = participant.get(&order.id);
            let broken = match order.status.as_str() {
                "READY" => ready_violation(held, wanted),
                _ => cancelled_violation(held, order.sent.iter().any(|sent| sent == step)),
            };
            found.extend(broken.map(|broken| {
                format!(
                    "order {} is {}: its {name} {broken}",
                    order.id, order.status
                )
            }));
        }
    }
    let known: HashMap<Uuid, ()> = orders.iter().map(|order| (order.id, ())).collect();
    for (name, participant) in [
        ("charge", &charges),
        ("item reservation", &items),
        ("courier reservation", &couriers),
    ] {
        let orphans = participant
            .iter()
            .filter(|(id, held)| held.is_active() && !known.contains_key(id));
        found.extend(
            orphans.map(|(id, _)| {
                format!("an active {name} of {id}, which is no order that has ended")
            }),
        );
    }
    found
}

/// READY: exactly one active row at each participant, for what the order says.
fn ready_violation(held: Option<&Held>, wanted: &str) -> Option<String> {
    match held {
        None => Some("is not there".into()),
        Some(held) if !held.is_active() => Some(format!("is {}", held.status)),
        Some(held) if held.what.as_deref() != Some(wanted) => {
            Some(format!("is for {:?} instead of {wanted:?}", held.what))
        }
        Some(_) => None,
    }
}

/// CANCELLED and ended: nothing is active, and every step whose PUT was sent has a row, so that a late copy is refused.
/// The row of a refused step may be undone instead of void: a copy of it may have succeeded before the compensation.
fn cancelled_violation(held: Option<&Held>, sent: bool) -> Option<String> {
    match held {
        Some(held) if held.is_active() => Some(format!("is still {}", held.status)),
        Some(held) if !sent => Some(format!("was never requested and is {}", held.status)),
        None if sent => Some("has no tombstone".into()),
        _ => None,
    }
}

async fn ended(order: &Database) -> Vec<Ended> {
    let sql = "select orders.id, status, array(
                   select distinct entry ->> 'step' from saga_journal
                   where saga_journal.order_id = orders.id and entry ->> 'type' = 'SENT'
               ), user_id || ' pays ' || total, (
                   select string_agg(quantity || ' of ' || product_id, ', ' order by product_id)
                   from order_items where order_id = orders.id
               ), coalesce(courier_id || ' on ' || delivery_date, '')
               from orders
               join sagas on order_id = orders.id
               where ended_at is not null";
    let rows = order.rows(sql, &[]).await;
    rows.iter()
        .map(|row| Ended {
            id: row.get(0),
            status: row.get(1),
            sent: row.get(2),
            money: row.get(3),
            items: row.get(4),
            delivery: row.get(5),
        })
        .collect()
}

async fn held(participant: &Database, sql: &str) -> HashMap<Uuid, Held> {
    let rows = participant.rows(sql, &[]).await;
    rows.iter()
        .map(|row| {
            (
                row.get(0),
                Held {
                    status: row.get(1),
                    what: row.get(2),
                },
            )
        })
        .collect()
}
