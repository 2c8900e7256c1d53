-- Courier reservations: one row an order, the barrier between taking a courier and letting the courier go.
-- The row is never deleted; VOID is the tombstone of an order that was undone before anybody was taken.
--
-- Functions of hot paths `set enable_seqscan = off`: a session keeps the plans that it made while the tables
-- were small, and they must not read whole tables when these have grown.

create table reservations (
    order_id uuid primary key,
    status text not null check (status in ('RESERVED', 'RELEASED', 'VOID')),
    date date check ((date is null) = (status = 'VOID')),
    courier_id uuid references couriers check ((courier_id is null) = (status = 'VOID')),
    -- Whom the order asked for; null: anybody.
    asked_courier_id uuid check (asked_courier_id = courier_id),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- A courier has one active reservation a date at the most.
create unique index reservations_slots on reservations (courier_id, date) where status = 'RESERVED';

create index reservations_dates on reservations (date) where status = 'RESERVED';

-- One row a date that anybody was ever wanted on: those who decide about a date take turns on it.
create table days (
    date date primary key
);

create function refuse_change() returns trigger
    language plpgsql
as $$
begin
    raise exception '% of % is not allowed: its rows are kept as they were written', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end
$$;

create trigger reservations_stay
    before delete or truncate on reservations
    for each statement execute function refuse_change();

create trigger reservations_only_end
    before update on reservations
    for each row when (old.status <> 'RESERVED' or new.status <> 'RELEASED')
    execute function refuse_change();

create function courier_document(p_courier couriers) returns jsonb
    language sql stable
    return jsonb_build_object(
        'number', p_courier.number,
        'id', p_courier.id,
        'name', p_courier.name,
        'availabilitySlot', coalesce(
            (
                select jsonb_agg(slot.date order by slot.date)
                from reservations slot
                where slot.courier_id = p_courier.id and slot.status = 'RESERVED'
            ),
            '[]'
        ),
        'createdAt', rfc3339(p_courier.created_at)
    );

create function create_courier(p_id uuid, p_name text) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    courier couriers;
begin
    insert into couriers (id, name) values (p_id, p_name)
    on conflict (id) do nothing;
    select * into strict courier from couriers where id = p_id;
    return courier_document(courier);
end
$$;

-- p_courier: whom the order asks for; null: anybody. Outcomes: RESERVED, REPEATED (both with `courierId`),
-- NO_COURIER_AVAILABLE, COURIER_NOT_FOUND, RESERVATION_MISMATCH, ALREADY_COMPENSATED.
--
-- Locks: the date, then the barrier by inserting it, then the courier. The insert waits for another one of
-- the same order only, and whoever made that waits for nothing that is held here; so no deadlock. Under
-- the date's lock nobody else takes a courier on it, so nobody is refused while one is free.
create function reserve(p_order uuid, p_date date, p_courier uuid) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    barrier reservations;
    chosen uuid;
begin
    perform from days where date = p_date for update;
    if not found then
        insert into days (date) values (p_date) on conflict (date) do nothing;
        perform from days where date = p_date for update;
    end if;
    select * into barrier from reservations where order_id = p_order;
    if not found then
        if p_courier is not null and not exists (select from couriers where id = p_courier) then
            return jsonb_build_object('outcome', 'COURIER_NOT_FOUND');
        elsif p_courier is not null then
            chosen := p_courier;
            if exists (
                select from reservations
                where courier_id = p_courier and date = p_date and status = 'RESERVED'
            ) then
                return jsonb_build_object('outcome', 'NO_COURIER_AVAILABLE');
            end if;
        else
            select courier.id
            into chosen
            from couriers courier
            where not exists (
                select from reservations slot
                where slot.courier_id = courier.id and slot.date = p_date and slot.status = 'RESERVED'
            )
            order by courier.load, courier.number
            limit 1;
            if not found then
                return jsonb_build_object('outcome', 'NO_COURIER_AVAILABLE');
            end if;
        end if;
        insert into reservations (order_id, status, date, courier_id, asked_courier_id)
        values (p_order, 'RESERVED', p_date, chosen, p_courier)
        on conflict (order_id) do nothing;
        if found then
            update couriers set load = load + 1 where id = chosen;
            return jsonb_build_object('outcome', 'RESERVED', 'courierId', chosen);
        end if;
        -- Somebody wrote the barrier between the look and the insert.
        select * into strict barrier from reservations where order_id = p_order;
    end if;
    return case
        when barrier.status <> 'RESERVED' then jsonb_build_object('outcome', 'ALREADY_COMPENSATED')
        when barrier.date = p_date and barrier.asked_courier_id is not distinct from p_courier
            then jsonb_build_object('outcome', 'REPEATED', 'courierId', barrier.courier_id)
        else jsonb_build_object('outcome', 'RESERVATION_MISMATCH')
    end;
end
$$;

-- Outcomes: RELEASED (now or before), VOID (nobody was taken, and nobody will be).
--
-- Locks: the barrier, then the courier.
create function release(p_order uuid) returns text
    language plpgsql
    set enable_seqscan = off
as $$
declare
    barrier reservations;
begin
    insert into reservations (order_id, status) values (p_order, 'VOID')
    on conflict (order_id) do nothing;
    if found then
        return 'VOID';
    end if;
    select * into strict barrier from reservations where order_id = p_order for update;
    if barrier.status = 'RESERVED' then
        update reservations set status = 'RELEASED', updated_at = now() where order_id = p_order;
        update couriers set load = load - 1 where id = barrier.courier_id;
        return 'RELEASED';
    end if;
    return barrier.status;
end
$$;

-- How many couriers are free on each date from p_from to p_to.
create function availability(p_from date, p_to date) returns setof jsonb
    language plpgsql stable
as $$
declare
    everybody bigint := (select count(*) from couriers);
begin
    return query
    select jsonb_build_object('date', day::date, 'freeCouriers', everybody - (
        select count(*) from reservations where date = day::date and status = 'RESERVED'
    ))
    from generate_series(p_from::timestamp, p_to::timestamp, interval '1 day') day
    order by day;
end
$$;
