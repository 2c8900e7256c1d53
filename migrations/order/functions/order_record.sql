-- An order with everything that the API shows of it. Instants are milliseconds since 1970; those inside `saga`
-- are milliseconds since the order was placed.
create or replace function order_record(p_order orders, p_saga sagas) returns jsonb
    language plpgsql stable
    set enable_seqscan = off
as $$
begin
    return jsonb_build_object(
        'id', p_order.id,
        'userId', p_order.user_id,
        'status', p_order.status,
        'cancellationCode', p_order.cancellation_code,
        'cancellationDetail', p_order.cancellation_detail,
        'total', p_order.total,
        'currency', p_order.currency,
        'deliveryDate', p_order.delivery_date,
        'courierId', case
            when p_order.status <> 'CANCELLED' then coalesce(p_order.courier_id, p_order.wanted_courier_id)
        end,
        'createdAt', epoch_ms(p_order.created_at),
        'updatedAt', epoch_ms(greatest(p_order.updated_at, p_saga.updated_at)),
        'state', p_saga.state,
        'saga', p_saga.saga,
        'due', coalesce(p_saga.due_at <= now(), false),
        'items', (
            select jsonb_agg(
                jsonb_build_object(
                    'productId', product_id, 'name', name, 'unitPrice', unit_price, 'quantity', quantity
                )
                order by line
            )
            from order_items
            where order_id = p_order.id
        ),
        'timeline', (
            select jsonb_agg(
                jsonb_build_object('seq', seq, 'status', status, 'at', epoch_ms(at), 'note', note)
                order by seq
            )
            from timeline
            where order_id = p_order.id
        )
    );
end
$$;
