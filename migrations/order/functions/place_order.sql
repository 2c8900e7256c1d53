-- Places an order with the first transition of its saga, under the lease of p_owner. p_facts: items, currency,
-- deliveryDate, courierId, traceparent, tracestate. Parallel calls with one key wait for the first of them.
--
-- Outcomes: PLACED (now, or by an earlier run of the same call), REPLAYED (the key has made this order before),
-- KEY_REUSED (for another body), NOT_DELIVERABLE (a new order for a date that is over or too far ahead; nothing is
-- written).
create or replace function place_order(
    p_order uuid, p_user uuid, p_key text, p_fingerprint text, p_facts jsonb,
    p_change jsonb, p_owner uuid, p_lease_ms int
) returns table (outcome text, order_id text, created_at_ms bigint)
    language plpgsql
    set enable_seqscan = off
as $$
#variable_conflict use_column
declare
    at timestamptz = clock_ms();
    lease_end timestamptz = at + p_lease_ms * interval '1 ms';
    placed orders;
begin
    if not is_deliverable((p_facts ->> 'deliveryDate')::date) and not exists (
        select from orders where id = p_order
        union all
        select from orders where user_id = p_user and idempotency_key = p_key
    ) then
        return query select 'NOT_DELIVERABLE', null::text, null::bigint;
        return;
    end if;
    insert into orders (
        id, user_id, status, total, currency, delivery_date, wanted_courier_id,
        idempotency_key, fingerprint, created_at, updated_at
    )
    select p_order, p_user, p_change #>> '{statuses,-1,status}',
        sum((item ->> 'unitPrice')::bigint * (item ->> 'quantity')::int),
        p_facts ->> 'currency', (p_facts ->> 'deliveryDate')::date, (p_facts ->> 'courierId')::uuid,
        p_key, p_fingerprint, at, at
    from jsonb_array_elements(p_facts -> 'items') as item
    on conflict do nothing
    returning * into placed;

    if placed.id is null then
        select * into strict placed from orders
        where id = p_order or (user_id = p_user and idempotency_key = p_key);
        return query select
            case
                when placed.id = p_order then 'PLACED'
                when placed.fingerprint = p_fingerprint then 'REPLAYED'
                else 'KEY_REUSED'
            end,
            placed.id::text,
            epoch_ms(placed.created_at);
        return;
    end if;

    insert into order_items (order_id, line, product_id, name, unit_price, quantity)
    select p_order, item.line, (item.it ->> 'productId')::uuid, item.it ->> 'name',
        (item.it ->> 'unitPrice')::bigint, (item.it ->> 'quantity')::int
    from jsonb_array_elements(p_facts -> 'items') with ordinality as item (it, line);

    perform check_change('RUNNING', p_change);
    insert into sagas (
        order_id, state, definition, saga, epoch, seq,
        lease_owner, lease_until, due_at, traceparent, tracestate, created_at, updated_at
    )
    values (
        p_order, p_change ->> 'state', (p_change ->> 'definition')::int, p_change -> 'saga', 1,
        jsonb_array_length(p_change -> 'entries'), p_owner, lease_end, lease_end,
        p_facts ->> 'traceparent', p_facts ->> 'tracestate', at, at
    );
    perform add_entries(p_order, 0, 1, p_change, at);
    perform add_statuses(p_order, p_user, p_change -> 'statuses', at);
    return query select 'PLACED', p_order::text, epoch_ms(at);
end
$$;
