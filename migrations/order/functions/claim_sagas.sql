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

-- Claims sagas, at most p_limit: those that may try a step that they wait for (choose_waiting_sagas), at most half, and
-- those that have been due for longest. Skips those that another session is claiming at this moment. A second run of the
-- same call, which p_owner tells, returns what the first has claimed and claims nothing.
create or replace function claim_due_sagas(p_owner uuid, p_lease_ms int, p_definition int, p_limit int)
    returns setof jsonb
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
declare
    at timestamptz;
    chosen uuid[];
begin
    -- The second run may begin while the first is not over.
    perform pg_advisory_xact_lock(hashtextextended(p_owner::text, 0));
    at = clock_ms();
    select order_ids into chosen from claimed_batches where owner = p_owner;
    if not found then
        chosen = choose_waiting_sagas(p_lease_ms, p_definition, (p_limit + 1) / 2);
        select chosen || coalesce(array_agg(order_id), '{}') into chosen
        from (
            select order_id
            from sagas
            where due_at <= at and definition <= p_definition
            order by due_at
            limit p_limit - cardinality(chosen)
            for update skip locked
        ) as due;
        if chosen = '{}' then
            return;
        end if;
        update sagas
        set epoch = epoch + 1,
            lease_owner = p_owner,
            lease_until = at + p_lease_ms * interval '1 ms',
            due_at = at + p_lease_ms * interval '1 ms'
        where order_id = any (chosen);
        delete from claimed_batches
        where owner in (
            select owner
            from claimed_batches
            where until <= at
            for update skip locked
        );
        insert into claimed_batches (owner, order_ids, until)
        values (p_owner, chosen, at + p_lease_ms * interval '1 ms');
    end if;
    return query
    select claim_record(taken)
    from sagas as taken
    where order_id = any (chosen) and lease_owner = p_owner;
end
$$;
