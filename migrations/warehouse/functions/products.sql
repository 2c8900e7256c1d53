-- A product as the API shows it.
create or replace function product_document(p_product products) returns jsonb
    language sql stable
as $$
    select jsonb_build_object(
        'number', p_product.number,
        'id', p_product.id,
        'name', p_product.name,
        'description', p_product.description,
        'price', p_product.price,
        'quantity', p_product.stocked - p_product.reserved,
        'active', p_product.active,
        'createdAt', rfc3339(p_product.created_at)
    )
$$;

-- Keeps what a change has answered, and forgets what is older than a day.
create or replace function remember_change(p_change uuid, p_product uuid, p_answer jsonb) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
begin
    delete from product_changes
    where product_id = p_product and created_at < clock_timestamp() - interval '1 day';
    insert into product_changes (id, product_id, answer) values (p_change, p_product, p_answer);
    return p_answer;
end
$$;

-- Makes a product. When an earlier run of the same call has made it, answers as that one did.
--
-- Locks: the making of products, so that a later one has a higher number and no earlier time.
create or replace function create_product(
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
    perform pg_advisory_xact_lock(hashtext('create_product'));
    insert into products (id, name, folded_name, description, price, stocked, created_at)
    values (
        p_id, p_name, p_folded_name, p_description, p_price, p_quantity,
        greatest(clock_timestamp(), (select created_at from products order by number desc limit 1))
    )
    on conflict (id) do nothing
    returning * into product;
    if found then
        perform set_grams(p_id, p_folded_name);
        return remember_change(p_id, p_id, product_document(product));
    end if;
    select * into strict product from products where id = p_id;
    return coalesce((select answer from product_changes where id = p_id), product_document(product));
end
$$;

-- Changes a product, once for each p_change: when an earlier run of the same call has changed it, answers as that one
-- did. Null leaves a column as it is, except the description, which p_describe sets and null clears. Returns null when
-- there is no such product.
--
-- Locks: the product. `reserved` does not change between reading and writing, and a second run waits for the first.
create or replace function update_product(
    p_change uuid,
    p_id uuid,
    p_name text,
    p_folded_name text,
    p_describe boolean,
    p_description text,
    p_price bigint,
    p_quantity bigint,
    p_active boolean
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    product products;
    earlier jsonb;
begin
    perform from products where id = p_id for no key update;
    if not found then
        return null;
    end if;
    select answer into earlier from product_changes where id = p_change;
    if found then
        return earlier;
    end if;
    update products
    set name = coalesce(p_name, name),
        folded_name = coalesce(p_folded_name, folded_name),
        description = case when p_describe then p_description else description end,
        price = coalesce(p_price, price),
        stocked = coalesce(p_quantity + reserved, stocked),
        active = coalesce(p_active, active)
    where id = p_id
    returning * into product;
    if p_folded_name is not null then
        perform set_grams(p_id, p_folded_name);
    end if;
    return remember_change(p_change, p_id, product_document(product));
end
$$;

-- As builds before 0005_retired_products.sql call it.
create or replace function change_product(
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
begin
    return update_product(
        gen_random_uuid(), p_id, p_name, p_folded_name, p_describe, p_description, p_price, p_quantity, null
    );
end
$$;
