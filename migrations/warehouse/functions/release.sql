-- Releases the reservation of an order. Outcomes: RELEASED (now or before), VOID (nothing was reserved, and
-- nothing can be later).
--
-- Locks: the barrier, then the products in the order of their ids.
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
        perform from products
        where id in (select product_id from reservation_lines where order_id = p_order)
        order by id for no key update;
        update products
        set reserved = reserved - line.quantity
        from reservation_lines line
        where line.order_id = p_order and id = line.product_id;
        update reservations set status = 'RELEASED', updated_at = now() where order_id = p_order;
        return 'RELEASED';
    end if;
    return barrier.status;
end
$$;
