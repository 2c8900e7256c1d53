-- The publisher's side of the outbox. See 0004_outbox.sql for what a lane is.
--
-- JIT is off because reading `outbox_lanes` whole, which is one page, has a very high estimated cost under
-- `enable_seqscan = off`. PostgreSQL would then compile the plan at each call, which takes 90 ms.

-- Records that the broker has acknowledged the events at these positions.
create or replace function mark_published(p_positions jsonb) returns void
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

-- Records what the broker has acknowledged (positions), whoever holds the lane now. Then releases p_owner's
-- lane and leases to p_owner, for p_lease_ms, the free lane whose next event is the oldest. Only what was published ends
-- the failures of a lane, not a claim that runs again. Returns
-- {events, busy, retryInMs}:
--   events     at most p_limit events of the lane, in order
--   busy       without events: whether others hold lanes that have events
--   retryInMs  without events: in how many milliseconds the pause of the next lane ends
create or replace function claim_events(p_owner uuid, p_acknowledged jsonb, p_lease_ms int, p_limit int) returns jsonb
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
declare
    at timestamptz = clock_ms();
    published smallint = (select lane from outbox where position = (p_acknowledged ->> 0)::bigint);
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
        where published_at is null and outbox.lane = lane.lane
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
        failures = case when owner = p_owner and lane = published then 0 else failures end
    where lane = taken or owner = p_owner;

    if taken is null then
        return (
            select jsonb_build_object(
                'events', jsonb_build_array(),
                'busy', coalesce(bool_or(owner is not null or until <= at), false),
                'retryInMs', ceil(extract(epoch from min(until) filter (where owner is null and until > at) - at) * 1000)
            )
            from outbox_lanes
            where exists (
                select
                from outbox
                where published_at is null and outbox.lane = outbox_lanes.lane
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
            'retryInMs', null
        )
        from (
            select position, order_id, event
            from outbox
            where published_at is null and lane = taken
            order by position
            limit p_limit
        ) as next
    );
end
$$;

-- Records what the broker has acknowledged, and pauses p_owner's lane after a failure: for p_pause_ms, doubled
-- with each failure in a row, at most p_longest_ms. Returns the pause in milliseconds; null when another holds
-- the lane now.
create or replace function pause_lane(p_owner uuid, p_acknowledged jsonb, p_pause_ms int, p_longest_ms int) returns bigint
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
declare
    at timestamptz = clock_ms();
    held outbox_lanes;
    pause bigint;
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
    pause = least(p_longest_ms, p_pause_ms * 2.0 ^ least(held.failures, 20));
    update outbox_lanes
    set owner = null, until = at + pause * interval '1 ms', failures = held.failures + 1
    where lane = held.lane;
    return pause;
end
$$;
