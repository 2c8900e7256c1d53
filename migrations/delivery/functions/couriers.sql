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
        'createdAt', rfc3339(p_courier.created_at)
    );
end
$$;

-- Makes a courier, or returns it when an earlier run of the same call has made it.
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
    on conflict (id) do nothing;
    select * into strict courier from couriers where id = p_id;
    return courier_document(courier);
end
$$;
