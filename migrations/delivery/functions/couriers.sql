-- A courier as the API shows it.
create or replace function courier_document(p_courier couriers) returns jsonb
    language plpgsql stable
    set enable_seqscan = off
as $$
begin
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
        'active', p_courier.active,
        'createdAt', rfc3339(p_courier.created_at)
    );
end
$$;

-- Keeps what a change has answered, and forgets what is older than a day.
create or replace function remember_change(p_change uuid, p_courier uuid, p_answer jsonb) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
begin
    delete from courier_changes
    where courier_id = p_courier and created_at < clock_timestamp() - interval '1 day';
    insert into courier_changes (id, courier_id, answer) values (p_change, p_courier, p_answer);
    return p_answer;
end
$$;

-- Makes a courier. When an earlier run of the same call has made him, answers as that one did.
--
-- Locks: the making of couriers, so that a later one has a higher number and no earlier time.
create or replace function create_courier(p_id uuid, p_name text) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    courier couriers;
begin
    perform pg_advisory_xact_lock(hashtext('create_courier'));
    insert into couriers (id, name, created_at)
    values (
        p_id, p_name,
        greatest(clock_timestamp(), (select created_at from couriers order by number desc limit 1))
    )
    on conflict (id) do nothing
    returning * into courier;
    if found then
        return remember_change(p_id, p_id, courier_document(courier));
    end if;
    select * into strict courier from couriers where id = p_id;
    return coalesce((select answer from courier_changes where id = p_id), courier_document(courier));
end
$$;

-- Changes a courier, once for each p_change: when an earlier run of the same call has changed him, answers as that one
-- did. Null leaves a column as it is. Returns null when there is no such courier.
--
-- Locks: the courier, so that a second run waits for the first, and a reservation for either.
create or replace function update_courier(p_change uuid, p_id uuid, p_name text, p_active boolean) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    courier couriers;
    earlier jsonb;
begin
    perform from couriers where id = p_id for no key update;
    if not found then
        return null;
    end if;
    select answer into earlier from courier_changes where id = p_change;
    if found then
        return earlier;
    end if;
    update couriers
    set name = coalesce(p_name, name),
        active = coalesce(p_active, active)
    where id = p_id
    returning * into courier;
    return remember_change(p_change, p_id, courier_document(courier));
end
$$;
