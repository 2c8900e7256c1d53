-- The numbers of the service's metrics. p_definition: the newest version of the saga's definition that the
-- calling build knows.
create or replace function saga_metrics(p_definition int) returns jsonb
    language sql stable
as $$
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
            select coalesce(jsonb_object_agg(state, sagas), '{}')
            from unfinished
        ),
        'oldestUnfinished', coalesce(
            (select extract(epoch from clock_timestamp() - min(oldest)) from unfinished),
            0
        ),
        'ofNewerBuilds', coalesce((select sum(of_newer_builds) from unfinished), 0),
        'outboxLag', coalesce(
            (
                select extract(epoch from clock_timestamp() - min(head.created_at))
                from outbox_lanes as lane
                cross join lateral (
                    select created_at
                    from outbox
                    where published_at is null and outbox.lane = lane.lane
                    order by position
                    limit 1
                ) as head
            ),
            0
        ),
        'outboxUnpublished', (
            select count(*)
            from (select from outbox where published_at is null limit 10000) as unpublished
        ),
        'openCircuits', (
            select coalesce(jsonb_agg(step), '[]')
            from step_circuits
            where next_try_at is not null
        ),
        'tallies', (
            select coalesce(jsonb_agg(jsonb_build_object('name', name, 'label', label, 'value', value)), '[]')
            from tallies
        )
    )
$$;
