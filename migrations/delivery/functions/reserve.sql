-- Reserves a courier for an order. p_courier: the courier that the order asks for; null: any. Outcomes: RESERVED,
-- REPEATED (both with `courierId`), NO_COURIER_AVAILABLE, COURIER_NOT_FOUND, RESERVATION_MISMATCH,
-- ALREADY_COMPENSATED.
--
-- Locks: the date, then the barrier, by inserting it, then the courier. The insert waits only for another insert
-- of the same order, whose session waits for nothing that is locked here. So there is no deadlock. Under the
-- date's lock no other order takes a courier on it, so none is refused while a courier is free.
create or replace function reserve(p_order uuid, p_date date, p_courier uuid) returns jsonb
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
        -- Another session has written the barrier since it was read above.
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
