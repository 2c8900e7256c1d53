-- Metrics that stay cheap however many orders there are: what is unfinished is read by an index that holds
-- nothing else, and what has happened is added up once, as it is asked for.

create table tallies (
    name text not null,
    label text not null,
    value double precision not null,
    primary key (name, label)
);

-- A counter that is not there yet cannot be seen to rise.
insert into tallies (name, label, value)
select 'ended', ending, 0
from unnest(array['COMPLETED', 'COMPENSATED']) as ending
union all
select 'standing', ending, 0
from unnest(array['COMPLETED', 'COMPENSATED']) as ending
union all
select 'cancelled', code, 0
from unnest(array[
    'PAYMENT_FAILED', 'ITEM_RESERVATION_FAILED', 'COURIER_RESERVATION_FAILED', 'CANCELLED_BY_USER'
]) as code
union all
select 'retries', step || ' ' || direction, 0
from unnest(array['CHARGE', 'RESERVE_ITEMS', 'RESERVE_COURIER']) as step,
    unnest(array['DO', 'UNDO']) as direction;

-- How far the journal has been added up.
create table tally_mark (
    single boolean primary key default true check (single),
    until timestamptz not null
);

insert into tally_mark (until) values ('-infinity');

-- Whether an entry of the journal is one that is added up: an ending, a turning back, a repeated call.
create function is_tallied(p_event jsonb) returns boolean
    language sql immutable
    return p_event ->> 'type' in ('COMPLETED', 'COMPENSATED', 'TURNED_BACK')
        or (p_event ->> 'attempt')::int > 1;

create index saga_events_tallied on saga_events (at) where is_tallied(event);

-- Adds up the next entries of the journal, about p_limit. Those of the last seconds are left for the next
-- time: one that is older than another may be committed later. Answers whether there are more.
--
-- Tallies:
--   ended          endings, by ending; an order that is cancelled when it was complete ends twice
--   standing       orders by their last ending
--   cancelled      by the code of the reason
--   retries        calls that repeat one, by `step DO` or `step UNDO`
--   step_count, step_seconds, step_bucket
--                  of the steps that were done in sagas that ended, from the first call to the answer: how
--                  many, how long altogether, and how many within each bound (`step seconds`)
create function tally_journal(p_limit int) returns boolean
    language plpgsql
    -- A session keeps the plans that it made while the tables were small; and to compile them takes longer
    -- than to run them.
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
        from saga_events
        where is_tallied(event) and at > since and at <= clock_ms() - interval '10 s'
        order by at
        limit p_limit
    ) as entries;
    if upto is null then
        return false;
    end if;

    insert into tallies (name, label, value)
    with entries as materialized (
        select order_id, seq, event, event ->> 'type' as type
        from saga_events
        where is_tallied(event) and at > since and at <= upto
    ),
    endings as materialized (
        select order_id, seq, type,
            type = 'COMPENSATED' and exists (
                select
                from saga_events as earlier
                where earlier.order_id = entries.order_id
                    and earlier.seq < entries.seq
                    and earlier.event ->> 'type' = 'COMPLETED'
            ) as was_complete
        from entries
        where type in ('COMPLETED', 'COMPENSATED')
    ),
    steps as materialized (
        select entry.event ->> 'step' as step,
            (
                min((entry.event ->> 'at')::bigint) filter (where entry.event ->> 'type' = 'DONE')
                - min((entry.event ->> 'at')::bigint)
            ) / 1000.0 as seconds
        from endings
        join saga_events as entry on entry.order_id = endings.order_id and entry.seq < endings.seq
        where not was_complete and entry.event ->> 'type' in ('SENT', 'DONE')
        group by entry.order_id, entry.event ->> 'step'
        having count(*) filter (where entry.event ->> 'type' = 'DONE') > 0
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
        select 'cancelled', event #>> '{reason,code}', count(*)
        from entries
        where type = 'TURNED_BACK'
        group by event #>> '{reason,code}'
        union all
        select 'retries',
            (event ->> 'step') || case type when 'SENT' then ' DO' else ' UNDO' end,
            count(*)
        from entries
        where type in ('SENT', 'UNDO_SENT')
        group by event ->> 'step', type
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
    -- Entries of a newer definition may say things otherwise; they are not guessed at.
    where label is not null
    on conflict (name, label) do update set value = tallies.value + excluded.value;

    update tally_mark set until = upto;
    return found_now = p_limit;
end
$$;

-- How the sagas stand, in numbers. p_definition: the newest version of the definition that the asking build
-- knows.
create function saga_metrics(p_definition int) returns jsonb
    language sql stable
begin atomic
    with unfinished as materialized (
        select state,
            count(*) as sagas,
            min(created_at) as oldest,
            count(*) filter (where definition > p_definition) as of_newer_builds
        from sagas
        where due_at is not null
        group by state
    )
    select jsonb_build_object(
        'unfinished', (
            select jsonb_object_agg(state, coalesce(sagas, 0))
            from unnest(array['RUNNING', 'COMPENSATING', 'STUCK']) as states (state)
            left join unfinished using (state)
        ),
        'oldestUnfinished', coalesce(
            (select extract(epoch from clock_timestamp() - min(oldest)) from unfinished),
            0
        ),
        'ofNewerBuilds', coalesce((select sum(of_newer_builds) from unfinished), 0),
        'outboxLag', coalesce(
            (
                select extract(epoch from clock_timestamp() - created_at)
                from outbox
                where published_at is null
                order by position
                limit 1
            ),
            0
        ),
        'outboxUnpublished', (
            select count(*)
            from (select from outbox where published_at is null limit 10000) as unpublished
        ),
        'tallies', (
            select jsonb_agg(jsonb_build_object('name', name, 'label', label, 'value', value))
            from tallies
        )
    );
end;
