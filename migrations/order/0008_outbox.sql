-- Publishing: who may publish which events, and what becomes of them.
--
-- An event leaves when those before it in its order's timeline have been acknowledged by the broker. So two
-- publishers of one order do no harm but to repeat each other, and all that follows is there to spare that: events
-- are spread over lanes by their order, and a lane has one publisher at a time.
--
-- Nothing here locks a row that an order's own statements write. As elsewhere, plans do not read whole tables; where one
-- has to (`outbox_lanes` is a page), its cost is so high that PostgreSQL would compile it, for 90 ms each time.

create function lane_of(p_order uuid) returns smallint
    language sql immutable
    return (get_byte(uuid_send(p_order), 15) % 8)::smallint;

create table outbox_lanes (
    lane smallint primary key,
    -- Who publishes it, if anybody.
    owner uuid,
    -- The end of the owner's lease; without an owner, of the lane's rest after a failure.
    until timestamptz not null default '-infinity',
    -- How often in a row publishing has failed.
    failures int not null default 0 check (failures >= 0)
)
with (fillfactor = 50);

insert into outbox_lanes (lane)
select generate_series(0, 7);

create index outbox_unpublished_by_lane on outbox (lane_of(order_id), position) where published_at is null;
drop index outbox_unpublished;

create function mark_published(p_positions jsonb) returns void
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
begin
    update outbox
    set published_at = clock_ms()
    from jsonb_array_elements_text(p_positions) as acknowledged (position)
    where outbox.position = acknowledged.position::bigint and published_at is null;
end
$$;

-- Notes what the broker has acknowledged (positions), whoever publishes the lane by now; lets p_owner's lane go, and
-- gives the lane whose next event is the oldest of those that are free, for p_lease_ms: {events, busy, restMs}.
-- `events` are as many as p_limit of the lane, in order; when there are none, `busy` tells whether another has lanes
-- with events, and `restMs` in how many milliseconds the next lane that rests may be tried.
create function take_events(p_owner uuid, p_acknowledged jsonb, p_lease_ms int, p_limit int) returns jsonb
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
declare
    at timestamptz = clock_ms();
    taken smallint;
begin
    if p_acknowledged <> '[]' then
        perform mark_published(p_acknowledged);
    end if;

    select lane.lane into taken
    from outbox_lanes as lane
    cross join lateral (
        select position
        from outbox
        where published_at is null and lane_of(order_id) = lane.lane
        order by position
        limit 1
    ) as head
    where lane.owner = p_owner or lane.until <= at
    order by head.position
    limit 1
    for update of lane skip locked;

    update outbox_lanes
    set owner = case when lane = taken then p_owner end,
        until = case when lane = taken then at + p_lease_ms * interval '1 ms' else '-infinity' end,
        failures = case when owner = p_owner then 0 else failures end
    where lane = taken or owner = p_owner;

    if taken is null then
        return (
            select jsonb_build_object(
                'events', jsonb_build_array(),
                'busy', coalesce(bool_or(owner is not null or until <= at), false),
                'restMs', ceil(extract(epoch from min(until) filter (where owner is null and until > at) - at) * 1000)
            )
            from outbox_lanes
            where exists (
                select
                from outbox
                where published_at is null and lane_of(order_id) = outbox_lanes.lane
            )
        );
    end if;
    return (
        select jsonb_build_object(
            'events', coalesce(
                jsonb_agg(
                    jsonb_build_object('position', position, 'orderId', order_id, 'event', event)
                    order by position
                ),
                '[]'
            ),
            'busy', false,
            'restMs', null
        )
        from (
            select position, order_id, event
            from outbox
            where published_at is null and lane_of(order_id) = taken
            order by position
            limit p_limit
        ) as next
    );
end
$$;

-- Notes what the broker has acknowledged, and lets p_owner's lane rest: for p_pause_ms, twice as long after each
-- failure without anything in between, p_longest_ms at the most. Answers for how many milliseconds; null when the
-- lane is another's by now.
create function rest_lane(p_owner uuid, p_acknowledged jsonb, p_pause_ms int, p_longest_ms int) returns bigint
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
declare
    at timestamptz = clock_ms();
    held outbox_lanes;
    rest bigint;
begin
    if p_acknowledged <> '[]' then
        perform mark_published(p_acknowledged);
    end if;
    select * into held from outbox_lanes where owner = p_owner for update;
    if not found then
        return null;
    end if;
    if p_acknowledged <> '[]' then
        held.failures = 0;
    end if;
    rest = least(p_longest_ms, p_pause_ms * 2.0 ^ least(held.failures, 20));
    update outbox_lanes
    set owner = null, until = at + rest * interval '1 ms', failures = held.failures + 1
    where lane = held.lane;
    return rest;
end
$$;

-- Deletes events that were published longer than p_age_ms ago, among the p_limit oldest. One row for each.
create function forget_events(p_age_ms bigint, p_limit int) returns setof boolean
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
declare
    before timestamptz = clock_ms() - p_age_ms * interval '1 ms';
begin
    -- Most calls find nothing, and end here.
    if (select created_at from outbox order by position limit 1) > before then
        return;
    end if;
    return query
    with oldest as (
        select position
        from outbox
        order by position
        limit p_limit
    )
    delete from outbox
    using oldest
    where outbox.position = oldest.position and published_at <= before
    returning true;
end
$$;

-- As before, but for the outbox, which is read by its new index.
create or replace function saga_metrics(p_definition int) returns jsonb
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
                select extract(epoch from clock_timestamp() - min(head.created_at))
                from outbox_lanes as lane
                cross join lateral (
                    select created_at
                    from outbox
                    where published_at is null and lane_of(order_id) = lane.lane
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
        'tallies', (
            select jsonb_agg(jsonb_build_object('name', name, 'label', label, 'value', value))
            from tallies
        )
    );
end;
