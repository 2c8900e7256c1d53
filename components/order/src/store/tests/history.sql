-- A history of $orders orders, one every 2 ms until an hour ago, as the component would have written it: of
-- twenty, eighteen are ready, one was refused its courier and one was cancelled when it was ready; one of a
-- hundred was charged at the second try. Nothing of it is published.
insert into orders (
    id, user_id, status, cancellation_code, total, currency, delivery_date, created_at, updated_at
)
select lpad(to_hex(n), 32, '0')::uuid, gen_random_uuid(),
    case when n % 20 > 1 then 'READY' else 'CANCELLED' end,
    case n % 20 when 0 then 'COURIER_RESERVATION_FAILED' when 1 then 'CANCELLED_BY_USER' end,
    1000, 'RUB', current_date + 7, at, at
from generate_series(1, $orders) as n
cross join lateral (select now() - interval '1 hour' - ($orders - n) * interval '2 ms') as moment (at);

insert into sagas (order_id, state, definition, saga, epoch, seq, created_at, updated_at, ended_at)
select id, case status when 'READY' then 'COMPLETED' else 'COMPENSATED' end, 1,
    '{"phase": "COMPLETED", "definition": 1, "seed": 1, "deadline": 300000, "steps": []}', 1, 8,
    created_at, created_at, created_at
from orders;

insert into saga_journal (order_id, seq, epoch, definition, entry, at)
select id, row_number() over (partition by id order by place), 1, 1, entry, created_at
from orders
cross join lateral (
    select cancellation_code is not null as cancelled,
        cancellation_code is not distinct from 'COURIER_RESERVATION_FAILED' as refused,
        ('x' || right(id::text, 6))::bit(24)::int % 100 = 7 as repeated
) as fate
cross join lateral (
    values (1, true, jsonb_build_object('type', 'STARTED', 'at', 0, 'seed', 1, 'deadline', 300000)),
        (2, true, '{"type": "SENT", "at": 0, "step": "CHARGE", "attempt": 1}'),
        (3, repeated, '{"type": "UNKNOWN", "at": 4, "step": "CHARGE", "error": "HTTP 500", "dueAt": 5}'),
        (4, repeated, '{"type": "SENT", "at": 5, "step": "CHARGE", "attempt": 2}'),
        (5, true, '{"type": "DONE", "at": 7, "step": "CHARGE"}'),
        (6, true, '{"type": "SENT", "at": 7, "step": "RESERVE_ITEMS", "attempt": 1}'),
        (7, true, '{"type": "DONE", "at": 40, "step": "RESERVE_ITEMS"}'),
        (8, true, '{"type": "SENT", "at": 40, "step": "RESERVE_COURIER", "attempt": 1}'),
        (9, not refused, '{"type": "DONE", "at": 44, "step": "RESERVE_COURIER"}'),
        (10, not refused, '{"type": "COMPLETED", "at": 44}'),
        (11, refused, '{"type": "REFUSED", "at": 44, "step": "RESERVE_COURIER", "code": "NO_COURIER_AVAILABLE"}'),
        (12, cancelled, jsonb_build_object(
            'type', 'COMPENSATION_STARTED', 'at', 44, 'reason', jsonb_build_object('code', cancellation_code)
        )),
        (13, cancelled, '{"type": "UNDO_SENT", "at": 44, "step": "RESERVE_COURIER", "attempt": 1}'),
        (14, cancelled, '{"type": "UNDONE", "at": 45, "step": "RESERVE_COURIER"}'),
        (15, cancelled, '{"type": "COMPENSATED", "at": 45}')
) as entries (place, written, entry)
where written;

insert into timeline (order_id, seq, status, at)
select order_id, 1, 'READY', at
from saga_journal
where entry ->> 'type' = 'COMPLETED';

insert into outbox (order_id, seq, event, created_at)
select id, n, '{"specversion": "1.0"}', created_at
from orders
cross join generate_series(1, 5) as n;

vacuum analyze;
