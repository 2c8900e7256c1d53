-- Deletes the journals of sagas that ended longer than p_age_ms ago, of at most p_limit, those that ended first. Returns a
-- row for each saga. What is not tallied yet is kept. A saga that goes on after its end, because its order is cancelled,
-- has a journal again, without what was deleted.
--
-- Locks: the sagas' rows, passing over those that are locked.
create or replace function delete_old_journals(p_age_ms bigint, p_limit int) returns setof uuid
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
declare
    before timestamptz = clock_ms() - p_age_ms * interval '1 ms';
    ended uuid[];
begin
    select array_agg(order_id) into ended
    from (
        select sagas.order_id
        from saga_journal as ending
        join sagas on sagas.order_id = ending.order_id
        where ending.tallied
            and ending.at <= least(before, (select until from tally_mark where single))
            and ending.entry ->> 'type' in ('COMPLETED', 'COMPENSATED')
            -- One that went on later has ended again later, or not yet.
            and sagas.ended_at <= before
        order by ending.at
        limit p_limit
        for update of sagas skip locked
    ) as deletable;
    delete from saga_journal where order_id = any (ended);
    return query select unnest(ended);
end
$$;
