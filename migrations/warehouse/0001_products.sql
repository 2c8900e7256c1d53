-- The catalogue and the stock.
--
-- Functions of hot paths `set enable_seqscan = off`: a session keeps the plans that it made while the tables
-- were small, and they must not read whole tables when these have grown.

create function rfc3339(p_at timestamptz) returns text
    language sql stable
    return to_char(p_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- What can be bought (`quantity` outside) is stocked less reserved. `folded_name` is the name as searches
-- compare it; the service folds it, since case in a database depends on how its cluster was made.
create table products (
    id uuid primary key,
    number bigint not null generated always as identity unique,
    name text not null check (length(name) between 1 and 200),
    folded_name text not null,
    description text,
    price bigint not null check (price between 1 and 1000000000000),
    stocked bigint not null check (stocked >= 0),
    reserved bigint not null default 0 check (reserved >= 0),
    created_at timestamptz not null default now(),
    constraint no_more_is_reserved_than_stocked check (reserved <= stocked)
);

create index products_available on products (number) where stocked > reserved;

create function product_document(p_product products) returns jsonb
    language sql stable
    return jsonb_build_object(
        'number', p_product.number,
        'id', p_product.id,
        'name', p_product.name,
        'description', p_product.description,
        'price', p_product.price,
        'quantity', p_product.stocked - p_product.reserved,
        'createdAt', rfc3339(p_product.created_at)
    );

create function create_product(
    p_id uuid,
    p_name text,
    p_folded_name text,
    p_description text,
    p_price bigint,
    p_quantity bigint
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    product products;
begin
    insert into products (id, name, folded_name, description, price, stocked)
    values (p_id, p_name, p_folded_name, p_description, p_price, p_quantity)
    on conflict (id) do nothing;
    select * into strict product from products where id = p_id;
    return product_document(product);
end
$$;

-- Null leaves a column as it is; for the description p_describe says so, since null clears it. Null when
-- there is no such product.
create function change_product(
    p_id uuid,
    p_name text,
    p_folded_name text,
    p_describe boolean,
    p_description text,
    p_price bigint,
    p_quantity bigint
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    product products;
begin
    update products
    set name = coalesce(p_name, name),
        folded_name = coalesce(p_folded_name, folded_name),
        description = case when p_describe then p_description else description end,
        price = coalesce(p_price, price),
        -- The row's own lock: no reservation comes between reading and writing.
        stocked = coalesce(p_quantity + reserved, stocked)
    where id = p_id
    returning * into product;
    return case when found then product_document(product) end;
end
$$;

-- The prices of these products as they stand: a list of {id, name, price}, in no order, of those that exist.
create function prices(p_products jsonb) returns jsonb
    language plpgsql stable
    set enable_seqscan = off
as $$
begin
    return (
        select coalesce(
            jsonb_agg(jsonb_build_object('id', product.id, 'name', product.name, 'price', product.price)),
            '[]'
        )
        from products product
        where product.id = any (array(select jsonb_array_elements_text(p_products)::uuid))
    );
end
$$;
