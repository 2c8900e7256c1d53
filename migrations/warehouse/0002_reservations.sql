-- Item reservations: one row an order, the barrier between holding its items and letting them go. The row
-- is never deleted; VOID is the tombstone of an order that was undone before anything was held.

create table reservations (
    order_id uuid primary key,
    status text not null check (status in ('RESERVED', 'RELEASED', 'VOID')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- What was held, kept after its release as well.
create table reservation_lines (
    order_id uuid not null references reservations,
    product_id uuid not null references products,
    quantity integer not null check (quantity between 1 and 1000),
    primary key (order_id, product_id)
);

create index reservation_lines_products on reservation_lines (product_id);

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

create trigger reservation_lines_are_immutable
    before update or delete or truncate on reservation_lines
    for each statement execute function refuse_change();

create trigger reservations_only_end
    before update on reservations
    for each row when (old.status <> 'RESERVED' or new.status <> 'RELEASED')
    execute function refuse_change();

-- p_items: a list of {productId, quantity}, each product once. Outcomes: RESERVED, REPEATED, OUT_OF_STOCK
-- (`lines`: the place in p_items, from 0, of each product that lacks, and what is `left` of it),
-- PRODUCT_NOT_FOUND (`lines`: those that do not exist), RESERVATION_MISMATCH, ALREADY_COMPENSATED.
--
-- Locks: the products in the order of their ids, then the barrier by inserting it. The insert waits for
-- another one of the same order only, and whoever made that waits for nothing that is held here; so no
-- deadlock.
create function reserve(p_order uuid, p_items jsonb) returns jsonb
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
        where not exists (select from products where id = asked.product_id);
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
        -- Somebody wrote the barrier between the look and the insert.
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

-- Outcomes: RELEASED (now or before), VOID (nothing was held, and nothing will be).
--
-- Locks: the barrier, then the products in the order of their ids.
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
