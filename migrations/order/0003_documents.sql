-- Orders and sagas as they are read.

-- An order with all that is shown of it; instants are milliseconds since 1970, and those inside `saga`
-- since the order was placed.
create function order_document(p_order orders, p_saga sagas) returns jsonb
    language sql stable
begin atomic
    select jsonb_build_object(
        'id', p_order.id,
        'status', p_order.status,
        'cancellationCode', p_order.cancellation_code,
        'cancellationDetail', p_order.cancellation_detail,
        'total', p_order.total,
        'currency', p_order.currency,
        'deliveryDate', p_order.delivery_date,
        'courierId', coalesce(p_order.courier_id, p_order.wanted_courier_id),
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
end;

-- What a driver needs to know of a saga that it has taken.
create function claim_document(p_saga sagas) returns jsonb
    language sql stable
begin atomic
    select jsonb_build_object(
        'orderId', o.id,
        'epoch', p_saga.epoch,
        'seq', p_saga.seq,
        'saga', p_saga.saga,
        'hurry', p_saga.hurry,
        'elapsed', epoch_ms(clock_ms()) - epoch_ms(o.created_at),
        'userId', o.user_id,
        'total', o.total,
        'deliveryDate', o.delivery_date,
        'courierId', o.wanted_courier_id,
        'traceparent', p_saga.traceparent,
        'tracestate', p_saga.tracestate,
        'items', (
            select jsonb_agg(jsonb_build_object('productId', product_id, 'quantity', quantity) order by line)
            from order_items
            where order_id = o.id
        )
    )
    from orders as o
    where o.id = p_saga.order_id;
end;

-- A saga as the administrator's list shows it.
create function saga_document(p_saga sagas) returns jsonb
    language sql stable
    return jsonb_build_object(
        'orderId', p_saga.order_id,
        'state', p_saga.state,
        'definition', p_saga.definition,
        'saga', p_saga.saga,
        'placedAt', epoch_ms(p_saga.created_at),
        'updatedAt', epoch_ms(p_saga.updated_at)
    );
