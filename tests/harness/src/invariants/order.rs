//! Orders and their sagas: all have ended, and their timelines are possible ones.

use crate::databases::Database;

const CHECKS: [&str; 6] = [
    "select format('order %s: its saga is %s and has not ended', order_id, state) from sagas where ended_at is null",
    "select format('order %s has no saga', id) from orders where id not in (select order_id from sagas)",
    "select format('order %s is %s and its saga %s', orders.id, status, state)
     from orders
     join sagas on order_id = orders.id
     where ended_at is not null and (status, state) not in (('READY', 'COMPLETED'), ('CANCELLED', 'COMPENSATED'))",
    // One entry per change of status, numbered from 1: the statuses in order, perhaps ending early with CANCELLED.
    "select format('order %s is %s and went %s', orders.id, orders.status, way.statuses)
     from orders
     cross join lateral (
         select
             string_agg(status, ' ' order by seq) as statuses,
             (array_agg(status order by seq desc))[1] as newest,
             max(seq) = count(*) and min(seq) = 1 as numbered,
             bool_and(at >= before) is not false as forward
         from (select *, lag(at) over (order by seq) as before from timeline where order_id = orders.id) entries
     ) way
     where not numbered or not forward or newest <> orders.status
         or statuses !~ '^PENDING AWAITING_PAYMENT( AWAITING_ITEM_RESERVATION( AWAITING_COURIER_RESERVATION( READY)?)?)?( CANCELLED)?$'",
    "select format('order %s: entry %s of the timeline is not in the outbox', entry.order_id, entry.seq)
     from timeline entry
     left join outbox using (order_id, seq)
     where outbox.position is null",
    // The journal has no gap but where tries of a call were deleted that had been repeated often, and its epochs never
    // decrease.
    "select format('order %s: entry %s of the journal is out of order', order_id, seq)
     from (
         select order_id, seq, epoch,
             row_number() over saga as place,
             lag(epoch) over saga as before
         from saga_journal
         window saga as (partition by order_id order by seq)
     ) events
     where epoch < before
         or seq <> place and not exists (
             select
             from saga_journal as tries
             where tries.order_id = events.order_id and (tries.entry ->> 'attempt')::int > 20
         )",
];

pub(super) async fn violations(order: &Database) -> Vec<String> {
    let mut found = Vec::new();
    for check in CHECKS {
        found.extend(order.texts(check, &[]).await);
    }
    found
}

/// Some of the sagas that have not ended, with their state.
pub(super) async fn unfinished(order: &Database) -> Vec<String> {
    let sql = "select format('%s %s, due in %s s: %s', order_id, state,
                   round(extract(epoch from due_at - clock_timestamp()), 1), saga)
               from sagas where ended_at is null order by due_at limit 3";
    order.texts(sql, &[]).await
}
