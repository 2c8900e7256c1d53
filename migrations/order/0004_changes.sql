-- Every change of an order and its saga: one function a change, one statement a call.
--
-- What a driver has decided comes as `p_change`:
--   state        how the saga is shown
--   definition   the version of the saga's definition
--   saga         the state machine's new state
--   events       the entries for the journal
--   statuses     the entries for the timeline, [{status, note}]
--   cancellation {code, detail} when this cancels the order, else null
--   courierId    the courier, once there is one, else null
--   dueIn        milliseconds to the next thing to do; null when the driver keeps the saga or it has ended
--   ended        whether the saga has ended
-- Nothing in it is checked against the rules of the saga but this: an order is READY exactly when its
-- saga is COMPLETED.
--
-- Locks: the saga's row, then the order's.

create function check_change(p_before text, p_change jsonb) returns void
    language plpgsql immutable
as $$
declare
    completes boolean = p_change ->> 'state' = 'COMPLETED';
    makes_ready boolean = coalesce(p_change #>> '{statuses,-1,status}' = 'READY', false);
    cancels boolean = jsonb_typeof(p_change -> 'cancellation') = 'object';
begin
    if completes <> makes_ready or (p_before = 'COMPLETED' and not cancels) then
        raise exception 'an order is READY exactly when its saga is COMPLETED'
            using errcode = 'check_violation';
    end if;
end
$$;

create function enter_events(p_order uuid, p_seq int, p_epoch bigint, p_change jsonb, p_at timestamptz)
    returns void
    language sql
begin atomic
    insert into saga_events (order_id, seq, epoch, definition, event, at)
    select p_order, p_seq + entry.number, p_epoch, (p_change ->> 'definition')::int, entry.it, p_at
    from jsonb_array_elements(p_change -> 'events') with ordinality as entry (it, number);
end;

-- Writes a change over the saga that the caller has locked, under this epoch. The saga stays with the
-- owner, if there is one, unless it has ended.
create function write_change(
    p_held sagas, p_epoch bigint, p_owner uuid, p_lease_ms int, p_change jsonb
) returns void
    language plpgsql
as $$
declare
    at timestamptz = clock_ms();
    ended boolean = (p_change ->> 'ended')::boolean;
    keeper uuid = case when not ended then p_owner end;
    lease_end timestamptz = case when keeper is not null then at + p_lease_ms * interval '1 ms' end;
    customer uuid;
begin
    perform check_change(p_held.state, p_change);
    perform enter_events(p_held.order_id, p_held.seq, p_epoch, p_change, at);
    update sagas
    set state = p_change ->> 'state',
        definition = (p_change ->> 'definition')::int,
        saga = p_change -> 'saga',
        epoch = p_epoch,
        seq = p_held.seq + jsonb_array_length(p_change -> 'events'),
        lease_owner = keeper,
        lease_until = lease_end,
        due_at = case
            when not ended then coalesce(lease_end, at + (p_change ->> 'dueIn')::bigint * interval '1 ms')
        end,
        hurry = false,
        updated_at = at,
        ended_at = case when ended then at end
    where order_id = p_held.order_id;

    if p_change -> 'statuses' <> '[]' or p_change -> 'courierId' <> 'null' then
        update orders
        set status = coalesce(p_change #>> '{statuses,-1,status}', status),
            cancellation_code = coalesce(p_change #>> '{cancellation,code}', cancellation_code),
            cancellation_detail = coalesce(p_change #>> '{cancellation,detail}', cancellation_detail),
            courier_id = coalesce((p_change ->> 'courierId')::uuid, courier_id),
            updated_at = at
        where id = p_held.order_id
        returning user_id into strict customer;
        perform enter_statuses(p_held.order_id, customer, p_change -> 'statuses', at);
    end if;
end
$$;

-- Places an order with its saga's first decision, under the lease of p_owner. p_facts: items, currency,
-- deliveryDate, courierId, traceparent, tracestate. Twins with one key wait for the first of them.
--
-- Outcomes: PLACED (now, or by this very call before its answer was lost), REPLAYED (the order that the
-- key has made), KEY_REUSED (by another body).
create function place_order(
    p_order uuid, p_user uuid, p_key text, p_fingerprint text, p_facts jsonb,
    p_change jsonb, p_owner uuid, p_lease_ms int
) returns table (outcome text, order_id text, created_at_ms bigint)
    language plpgsql
as $$
#variable_conflict use_column
declare
    at timestamptz = clock_ms();
    lease_end timestamptz = at + p_lease_ms * interval '1 ms';
    placed orders;
begin
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
        jsonb_array_length(p_change -> 'events'), p_owner, lease_end, lease_end,
        p_facts ->> 'traceparent', p_facts ->> 'tracestate', at, at
    );
    perform enter_events(p_order, 0, 1, p_change, at);
    perform enter_statuses(p_order, p_user, p_change -> 'statuses', at);
    return query select 'PLACED', p_order::text, epoch_ms(at);
end
$$;

-- Writes a decision that was based on the entry p_seq of the journal, under this epoch. Answers one row
-- when it is written (now, or by this very call before its answer was lost), none when the saga has
-- passed into other hands: then nothing has changed. With p_keep the lease begins anew, else anyone may
-- take the saga when it is due.
create function record_saga(
    p_order uuid, p_epoch bigint, p_seq int, p_change jsonb, p_keep boolean, p_lease_ms int
) returns setof boolean
    language plpgsql
as $$
declare
    held sagas;
begin
    select * into held from sagas where order_id = p_order for update;
    if held.epoch is distinct from p_epoch then
        return;
    end if;
    if held.seq = p_seq then
        perform write_change(held, p_epoch, case when p_keep then held.lease_owner end, p_lease_ms, p_change);
        return next true;
    elsif held.seq = p_seq + jsonb_array_length(p_change -> 'events') and held.saga = p_change -> 'saga' then
        return next true;
    end if;
end
$$;

-- Takes one saga if it is due and no newer build's: its document, or no row.
create function claim_saga(p_order uuid, p_owner uuid, p_lease_ms int, p_definition int) returns setof jsonb
    language plpgsql
as $$
declare
    held sagas;
    at timestamptz;
begin
    select * into held from sagas where order_id = p_order for update;
    at = clock_ms();
    if held.due_at <= at and held.definition <= p_definition then
        update sagas
        set epoch = epoch + 1,
            lease_owner = p_owner,
            lease_until = at + p_lease_ms * interval '1 ms',
            due_at = at + p_lease_ms * interval '1 ms'
        where order_id = p_order
        returning * into held;
    elsif held.lease_owner is distinct from p_owner then
        return;
    end if;
    return next claim_document(held);
end
$$;

-- Takes the sagas that have been due for longest, as many as p_limit, and leaves alone those that
-- somebody else is just taking.
create function claim_due_sagas(p_owner uuid, p_lease_ms int, p_definition int, p_limit int)
    returns setof jsonb
    language plpgsql
as $$
declare
    at timestamptz = clock_ms();
begin
    return query
    with due as (
        select order_id
        from sagas
        where due_at <= at and definition <= p_definition
        order by due_at
        limit p_limit
        for update skip locked
    ),
    taken as (
        update sagas
        set epoch = sagas.epoch + 1,
            lease_owner = p_owner,
            lease_until = at + p_lease_ms * interval '1 ms',
            due_at = at + p_lease_ms * interval '1 ms'
        from due
        where sagas.order_id = due.order_id
        returning sagas.*
    )
    select claim_document(taken.*::sagas) from taken;
end
$$;

-- Makes sagas due now that wait for their next attempt, and tells whoever takes them that a person
-- asked: p_order's, or as many as p_limit of all. Those that are being driven are left to it. One row
-- for each; to be called until there is none.
create function hurry_sagas(p_order uuid, p_definition int, p_limit int) returns setof boolean
    language plpgsql
as $$
declare
    at timestamptz = clock_ms();
begin
    return query
    with waiting as (
        select order_id
        from sagas
        where due_at is not null
            and not hurry
            and (lease_until is null or lease_until <= at)
            and definition <= p_definition
            and (p_order is null or order_id = p_order)
        limit p_limit
        for update skip locked
    )
    update sagas
    set hurry = true, due_at = at, lease_owner = null, lease_until = null
    from waiting
    where sagas.order_id = waiting.order_id
    returning true;
end
$$;
