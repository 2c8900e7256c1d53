-- Reserves a courier for an order. p_courier: the courier that the order asks for; null: any. Outcomes: RESERVED,
-- REPEATED (both with `courierId`), NO_COURIER_AVAILABLE (also when the one asked for is retired), COURIER_NOT_FOUND,
-- RESERVATION_MISMATCH, ALREADY_COMPENSATED.
--
-- Locks: the date, then the courier, then the barrier, by inserting it. The insert waits only for another insert of the
-- same order, whose session waits for nothing that is locked here: a release that inserts locks nothing else, and another
-- reservation has locked its own courier before. So there is no deadlock. Under the date's lock no other order takes a
-- courier on it, so none is refused while a courier is free; under the courier's he is not retired.
create or replace function reserve(p_order uuid, p_date date, p_courier uuid) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    barrier reservations;
    chosen uuid;
    is_active boolean;
begin
    perform from days where date = p_date for update;
    if not found then
        insert into days (date) values (p_date) on conflict (date) do nothing;
        perform from days where date = p_date for update;
    end if;
    select * into barrier from reservations where order_id = p_order;
    if not found then
        if p_courier is not null then
            select active into is_active from couriers where id = p_courier for no key update;
            if not found then
                return jsonb_build_object('outcome', 'COURIER_NOT_FOUND');
            elsif not is_active or exists (
                select from reservations
                where courier_id = p_courier and date = p_date and status = 'RESERVED'
            ) then
                return jsonb_build_object('outcome', 'NO_COURIER_AVAILABLE');
            end if;
            chosen := p_courier;
        else
            loop
                select courier.id
                into chosen
                from couriers courier
                where courier.active and not exists (
                    select from reservations slot
                    where slot.courier_id = courier.id and slot.date = p_date and slot.status = 'RESERVED'
                )
                order by courier.load, courier.number
                limit 1;
                if not found then
                    return jsonb_build_object('outcome', 'NO_COURIER_AVAILABLE');
                end if;
                perform from couriers where id = chosen and active for no key update;
                exit when found;
                -- He was retired meanwhile.
            end loop;
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
