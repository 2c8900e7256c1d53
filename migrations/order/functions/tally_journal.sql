-- Adds the next entries of the journal to the totals, about p_limit. Entries of the last 10 seconds wait for the
-- next call, because an older one may be committed later than a newer one. Returns whether there are more.
--
-- Tallies:
--   ended          endings, by ending; an order that is cancelled when it was complete ends twice
--   standing       orders by their last ending
--   cancelled      cancellations, by code
--   retries        repeated calls, by `step DO` or `step UNDO`
--   step_count, step_seconds, step_bucket
--                  for steps done in sagas that have ended, from the first call to the answer: their number,
--                  the sum of their seconds, and the number within each bound (label `step seconds`)
create or replace function tally_journal(p_limit int) returns boolean
    language plpgsql
    -- Compiling these plans takes longer than running them.
    set enable_seqscan = off
    set jit = off
as $$
declare
    since timestamptz;
    upto timestamptz;
    found_now int;
begin
    select until into strict since from tally_mark for update;
    select max(at), count(*)
    into upto, found_now
    from (
        select at
        from saga_journal
        where tallied and at > since and at <= clock_ms() - interval '10 s'
        order by at
        limit p_limit
    ) as entries;
    if upto is null then
        return false;
    end if;

    insert into tallies (name, label, value)
    with entries as materialized (
        select order_id, seq, entry, entry ->> 'type' as type
        from saga_journal
        where tallied and at > since and at <= upto
    ),
    endings as materialized (
        select order_id, seq, type,
            -- Not by the journal, whose older part may have been deleted.
            type = 'COMPENSATED' and exists (
                select
                from timeline
                where timeline.order_id = entries.order_id and status = 'READY'
            ) as was_complete
        from entries
        where type in ('COMPLETED', 'COMPENSATED')
    ),
    steps as materialized (
        select call.entry ->> 'step' as step,
            (
                min((call.entry ->> 'at')::bigint) filter (where call.entry ->> 'type' = 'DONE')
                - min((call.entry ->> 'at')::bigint)
            ) / 1000.0 as seconds
        from endings
        join saga_journal as call on call.order_id = endings.order_id and call.seq < endings.seq
        where not was_complete and call.entry ->> 'type' in ('SENT', 'DONE')
        group by call.order_id, call.entry ->> 'step'
        having count(*) filter (where call.entry ->> 'type' = 'DONE') > 0
    )
    select name, label, value
    from (
        select 'ended', type, count(*) from endings group by type
        union all
        select 'standing', type, sum(number)
        from (
            select type, 1 as number from endings
            union all
            select 'COMPLETED', -1 from endings where was_complete
        ) as moves
        group by type
        union all
        select 'cancelled', entry #>> '{reason,code}', count(*)
        from entries
        where type in ('COMPENSATION_STARTED', 'TURNED_BACK')
        group by entry #>> '{reason,code}'
        union all
        select 'retries',
            (entry ->> 'step') || case type when 'SENT' then ' DO' else ' UNDO' end,
            count(*)
        from entries
        where type in ('SENT', 'UNDO_SENT')
        group by entry ->> 'step', type
        union all
        select 'step_count', step, count(*) from steps group by step
        union all
        select 'step_seconds', step, sum(seconds) from steps group by step
        union all
        select 'step_bucket', step || ' ' || bound, count(*)
        from steps
        join unnest(array[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]) as bound
            on seconds <= bound
        group by step, bound
    ) as found (name, label, value)
    -- An entry of a newer definition may have another form. It is not counted.
    where label is not null
    on conflict (name, label) do update set value = tallies.value + excluded.value;

    update tally_mark set until = upto;
    return found_now = p_limit;
end
$$;
