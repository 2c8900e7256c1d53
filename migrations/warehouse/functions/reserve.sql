-- Reserves the items of an order, all or none. p_items: a list of {productId, quantity}, each product once.
-- Outcomes: RESERVED, REPEATED, RESERVATION_MISMATCH, ALREADY_COMPENSATED;
-- OUT_OF_STOCK, with `lines`: the `place` in p_items, from 0, of each product that lacks, and how many are `left`;
-- PRODUCT_NOT_FOUND, with `lines`: the `place` of each product that does not exist or is retired.
--
-- Locks: the products in the order of their ids, then the barrier, by inserting it. The insert waits only for
-- another insert of the same order, whose session waits for nothing that is locked here. So there is no
-- deadlock.
create or replace function reserve(p_order uuid, p_items jsonb) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    products_asked uuid[];
    quantities integer[];
    barrier reservations;
    lacking jsonb;
begin
    select array_agg((item ->> 'productId')::uuid order by place),
        array_agg((item ->> 'quantity')::integer order by place)
    into strict products_asked, quantities
    from jsonb_array_elements(p_items) with ordinality as asked (item, place);

    perform from products where id = any (products_asked) order by id for no key update;
    select * into barrier from reservations where order_id = p_order;
    if not found then
        select jsonb_agg(jsonb_build_object('place', place - 1) order by place)
        into lacking
        from unnest(products_asked) with ordinality as asked (product_id, place)
        where not exists (select from products where id = asked.product_id and active);
        if lacking is not null then
            return jsonb_build_object('outcome', 'PRODUCT_NOT_FOUND', 'lines', lacking);
        end if;

        select jsonb_agg(jsonb_build_object('place', place - 1, 'left', stocked - reserved) order by place)
        into lacking
        from unnest(products_asked, quantities) with ordinality as asked (product_id, quantity, place)
        join products on id = asked.product_id
        where stocked - reserved < asked.quantity;
        if lacking is not null then
            return jsonb_build_object('outcome', 'OUT_OF_STOCK', 'lines', lacking);
        end if;

        insert into reservations (order_id, status) values (p_order, 'RESERVED')
        on conflict (order_id) do nothing;
        if found then
            insert into reservation_lines (order_id, product_id, quantity)
            select p_order, * from unnest(products_asked, quantities);
            update products
            set reserved = reserved + asked.quantity
            from unnest(products_asked, quantities) as asked (product_id, quantity)
            where id = asked.product_id;
            return jsonb_build_object('outcome', 'RESERVED');
        end if;
        -- Another session has written the barrier since it was read above.
        select * into strict barrier from reservations where order_id = p_order;
    end if;
    return jsonb_build_object('outcome', case
        when barrier.status <> 'RESERVED' then 'ALREADY_COMPENSATED'
        when exists (
            select
            from (select product_id, quantity from reservation_lines where order_id = p_order) held
            full join unnest(products_asked, quantities) as asked (product_id, quantity)
                using (product_id, quantity)
            where held is null or asked is null
        ) then 'RESERVATION_MISMATCH'
        else 'REPEATED'
    end);
end
$$;
