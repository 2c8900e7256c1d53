-- A saga as the administrator's list shows it.
create or replace function saga_record(p_saga sagas) returns jsonb
    language sql stable
as $$
    select jsonb_build_object(
        'orderId', p_saga.order_id,
        'state', p_saga.state,
        'definition', p_saga.definition,
        'saga', p_saga.saga,
        'placedAt', epoch_ms(p_saga.created_at),
        'updatedAt', epoch_ms(p_saga.updated_at)
    )
$$;
