//! Billing: charges the customer's wallet, and refunds it.

use contract::billing::{Charge, ChargeRequest, ChargeStatus, Refund, charge_path};
use serde_json::{Value, to_value};
use service::Domain;

use super::participant::{OrderContents, OrderUpdate, Participant, UnexpectedAnswer, expect};

pub static CHARGE: Participant = Participant {
    service: Domain::Billing,
    url: "billing_url",
    path: charge_path,
    body,
    done,
    undone,
};

fn body(order: &OrderContents) -> serde_json::Result<Value> {
    to_value(ChargeRequest {
        user_id: order.user_id,
        amount: order.total,
    })
}

fn done(order: &OrderContents, body: &[u8]) -> Result<OrderUpdate, UnexpectedAnswer> {
    expect(body, |charge: &Charge| {
        charge.order_id == order.order_id
            && charge.status == ChargeStatus::Charged
            && charge.amount == order.total
    })?;
    Ok(OrderUpdate::default())
}

fn undone(order: &OrderContents, body: &[u8]) -> Result<(), UnexpectedAnswer> {
    expect(body, |refund: &Refund| {
        refund.order_id == order.order_id && refund.status != ChargeStatus::Charged
    })?;
    Ok(())
}
