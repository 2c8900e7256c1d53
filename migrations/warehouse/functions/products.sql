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
        'createdAt', rfc3339(p_product.created_at)
    )
$$;

-- Makes a product, or returns it when an earlier run of the same call has made it.
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
    on conflict (id) do nothing;
    if found then
        perform set_grams(p_id, p_folded_name);
    end if;
    select * into strict product from products where id = p_id;
    return product_document(product);
end
$$;

-- Changes a product. Null leaves a column as it is, except the description, which p_describe sets and null
-- clears. Returns null when there is no such product.
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
declare
    product products;
begin
    update products
    set name = coalesce(p_name, name),
        folded_name = coalesce(p_folded_name, folded_name),
        description = case when p_describe then p_description else description end,
        price = coalesce(p_price, price),
        -- Under the row's lock, so `reserved` does not change between reading and writing.
        stocked = coalesce(p_quantity + reserved, stocked)
    where id = p_id
    returning * into product;
    if not found then
        return null;
    end if;
    if p_folded_name is not null then
        perform set_grams(p_id, p_folded_name);
    end if;
    return product_document(product);
end
$$;
