//! The warehouse: reserves the items, and releases them.

use contract::warehouse::{
    ItemsRequest, Release, Reservation, ReservationStatus, reservation_path,
};
use serde_json::{Value, to_value};
use service::Domain;

use super::participant::{OrderContents, OrderUpdate, Participant, UnexpectedAnswer, expect};

pub static RESERVATION: Participant = Participant {
    service: Domain::Warehouse,
    url: "warehouse_url",
    path: reservation_path,
    body,
    done,
    undone,
};

fn body(order: &OrderContents) -> serde_json::Result<Value> {
    to_value(ItemsRequest {
        items: order.items.clone(),
    })
}

fn done(order: &OrderContents, body: &[u8]) -> Result<OrderUpdate, UnexpectedAnswer> {
    expect(body, |reservation: &Reservation| {
        reservation.order_id == order.order_id && reservation.status == ReservationStatus::Reserved
    })?;
    Ok(OrderUpdate::default())
}

fn undone(order: &OrderContents, body: &[u8]) -> Result<(), UnexpectedAnswer> {
    expect(body, |release: &Release| {
        release.order_id == order.order_id && release.status != ReservationStatus::Reserved
    })?;
    Ok(())
}
