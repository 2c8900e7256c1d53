-- Releases the reservation of an order. Outcomes: RELEASED (now or before), VOID (nothing was reserved, and
-- nothing can be later).
--
-- Locks: the barrier, then the courier.
create or replace function release(p_order uuid) returns text
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
