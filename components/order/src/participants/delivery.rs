//! Delivery: reserves a courier for the delivery date, and releases the courier.

use contract::delivery::{
    Release, Reservation, ReservationRequest, ReservationStatus, reservation_path,
};
use serde_json::{Value, to_value};
use service::Domain;

use super::participant::{OrderContents, OrderUpdate, Participant, UnexpectedAnswer, expect};

pub static RESERVATION: Participant = Participant {
    service: Domain::Delivery,
    url: "delivery_url",
    path: reservation_path,
    body,
    done,
    undone,
};

fn body(order: &OrderContents) -> serde_json::Result<Value> {
    to_value(ReservationRequest {
        date: order.delivery_date,
        courier_id: order.courier_id,
    })
}

fn done(order: &OrderContents, body: &[u8]) -> Result<OrderUpdate, UnexpectedAnswer> {
    let reservation = expect(body, |reservation: &Reservation| {
        reservation.order_id == order.order_id
            && reservation.status == ReservationStatus::Reserved
            && reservation.date == order.delivery_date
            && order
                .courier_id
                .is_none_or(|wanted| wanted == reservation.courier_id)
    })?;
    Ok(OrderUpdate {
        courier_id: Some(reservation.courier_id),
    })
}

fn undone(order: &OrderContents, body: &[u8]) -> Result<(), UnexpectedAnswer> {
    expect(body, |release: &Release| {
        release.order_id == order.order_id && release.status != ReservationStatus::Reserved
    })?;
    Ok(())
}
