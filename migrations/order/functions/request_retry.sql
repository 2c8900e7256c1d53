-- Makes sagas that wait for their next attempt due now, and marks that an administrator asked for it: the saga
-- of p_order or, when it is null, at most p_limit of all. Sagas under a lease are skipped. Returns a row for
-- each; to be called until it returns none.
create or replace function request_retry(p_order uuid, p_definition int, p_limit int) returns setof boolean
    language plpgsql
    set enable_seqscan = off
as $$
declare
    at timestamptz = clock_ms();
begin
    return query
    with waiting as (
        select order_id
        from sagas
        where due_at is not null
            and not retry_requested
            and (lease_until is null or lease_until <= at)
            and definition <= p_definition
            and (p_order is null or order_id = p_order)
        limit p_limit
        for update skip locked
    )
    update sagas
    -- The next epoch, so that a driver whose lease has run out can no longer write.
    set retry_requested = true, due_at = at, epoch = epoch + 1, lease_owner = null, lease_until = null
    from waiting
    where sagas.order_id = waiting.order_id
    returning true;
end
$$;
