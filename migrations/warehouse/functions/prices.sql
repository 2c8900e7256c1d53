-- The present prices of those of these products that are sold: a list of {id, name, price}, in no order.
create or replace function prices(p_products jsonb) returns jsonb
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
        where product.id = any (array(select jsonb_array_elements_text(p_products)::uuid)) and product.active
    );
end
$$;
