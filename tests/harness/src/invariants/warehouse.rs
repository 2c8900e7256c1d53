//! Stock: the stocked quantity is the available and the reserved one.

use crate::databases::Database;

const CHECKS: [&str; 2] = [
    "select format('product %s: %s are stocked, %s counted as reserved and %s held by active reservations', product.id, product.stocked, product.reserved, held.pieces)
     from products product
     cross join lateral (
         select coalesce(sum(line.quantity), 0) as pieces
         from reservation_lines line
         join reservations reservation using (order_id)
         where line.product_id = product.id and reservation.status = 'RESERVED'
     ) held
     where product.reserved <> held.pieces or product.stocked < held.pieces",
    "select format('reservation of order %s is %s with %s lines', reservation.order_id, reservation.status, lines.count)
     from reservations reservation
     cross join lateral (
         select count(*) from reservation_lines where order_id = reservation.order_id
     ) lines
     where (reservation.status = 'VOID') <> (lines.count = 0)",
];

pub(super) async fn violations(warehouse: &Database) -> Vec<String> {
    let mut found = Vec::new();
    for check in CHECKS {
        found.extend(warehouse.texts(check, &[]).await);
    }
    found
}
