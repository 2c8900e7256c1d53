-- Claims one saga if it is due and not of a newer build. Returns its claim, or no row.
create or replace function claim_saga(p_order uuid, p_owner uuid, p_lease_ms int, p_definition int) returns setof jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    held sagas;
    at timestamptz;
begin
    select * into held from sagas where order_id = p_order for update;
    at = clock_ms();
    if held.due_at <= at and held.definition <= p_definition then
        update sagas
        set epoch = epoch + 1,
            lease_owner = p_owner,
            lease_until = at + p_lease_ms * interval '1 ms',
            due_at = at + p_lease_ms * interval '1 ms'
        where order_id = p_order
        returning * into held;
    elsif held.lease_owner is distinct from p_owner then
        return;
    end if;
    return next claim_record(held);
end
$$;

-- Claims the sagas that have been due for longest, at most p_limit. Skips those that another session is
-- claiming at this moment.
create or replace function claim_due_sagas(p_owner uuid, p_lease_ms int, p_definition int, p_limit int)
    returns setof jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    at timestamptz = clock_ms();
begin
    return query
    with due as (
        select order_id
        from sagas
        where due_at <= at and definition <= p_definition
        order by due_at
        limit p_limit
        for update skip locked
    ),
    taken as (
        update sagas
        set epoch = sagas.epoch + 1,
            lease_owner = p_owner,
            lease_until = at + p_lease_ms * interval '1 ms',
            due_at = at + p_lease_ms * interval '1 ms'
        from due
        where sagas.order_id = due.order_id
        returning sagas.*
    )
    select claim_record(taken.*::sagas) from taken;
end
$$;
