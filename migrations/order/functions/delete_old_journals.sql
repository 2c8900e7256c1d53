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
        from sagas
        where ended_at <= before
            and order_id in (
                select order_id
                from (
                    select order_id
                    from saga_journal
                    where tallied
                        and at <= least(before, (select until from tally_mark where single))
                        and entry ->> 'type' in ('COMPLETED', 'COMPENSATED')
                    order by at
                    limit p_limit
                ) as endings
            )
        for update skip locked
    ) as deletable;
    delete from saga_journal where order_id = any (ended);
    return query select unnest(ended);
end
$$;
