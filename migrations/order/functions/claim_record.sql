-- What a driver needs to know of a saga that it has claimed.
create or replace function claim_record(p_saga sagas) returns jsonb
    language plpgsql stable
    set enable_seqscan = off
as $$
begin
    return (
        select jsonb_build_object(
            'orderId', o.id,
            'epoch', p_saga.epoch,
            'seq', p_saga.seq,
            'definition', p_saga.definition,
            'saga', p_saga.saga,
            'retryRequested', p_saga.retry_requested,
            'retrySteps', (
                select coalesce(jsonb_agg(step), '[]')
                from waiting_sagas
                where order_id = p_saga.order_id and claimed
            ),
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
        where o.id = p_saga.order_id
    );
end
$$;
