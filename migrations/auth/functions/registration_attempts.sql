-- Counts an attempt to register. Outcomes:
-- ADMITTED, with `waitMs`, the milliseconds until the password may be hashed; also when an earlier run has admitted it;
-- CROWDED: that would be too late, and the attempt is not counted;
-- LOCKED, when p_allowed attempts of the client's address have been counted within 15 minutes, with the seconds until the
-- oldest of them is forgotten.
--
-- Locks: the address, then what take_hash_turn locks.
create or replace function begin_registration(
    p_attempt uuid, p_address bytea, p_allowed integer, p_hashes_per_second integer, p_longest_wait integer
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    attempts bigint;
    oldest_counted timestamptz;
    wait integer;
    turn timestamptz;
begin
    select hash_at into turn from registration_attempts where id = p_attempt;
    if turn is not null then
        return jsonb_build_object('outcome', 'ADMITTED', 'waitMs', milliseconds_until(turn));
    end if;
    if hash_turns_are_taken(p_longest_wait) then
        return jsonb_build_object('outcome', 'CROWDED');
    end if;
    perform pg_advisory_xact_lock(hashtextextended(encode(p_address, 'hex'), 2));
    -- A run at the same time may have admitted it while this one waited.
    select hash_at into turn from registration_attempts where id = p_attempt;
    if turn is not null then
        return jsonb_build_object('outcome', 'ADMITTED', 'waitMs', milliseconds_until(turn));
    end if;
    select count(*), min(at)
    into attempts, oldest_counted
    from (
        select at
        from registration_attempts
        where address = p_address and at > clock_timestamp() - login_window() and id <> p_attempt
        order by at desc
        limit p_allowed
    ) as counted;
    if attempts >= p_allowed then
        return jsonb_build_object(
            'outcome', 'LOCKED',
            'retryAfter',
            greatest(1, ceil(extract(epoch from oldest_counted + login_window() - clock_timestamp())))::integer
        );
    end if;
    wait := take_hash_turn(1, p_hashes_per_second, p_longest_wait);
    if wait is null then
        return jsonb_build_object('outcome', 'CROWDED');
    end if;
    insert into registration_attempts (id, address, hash_at)
    values (p_attempt, p_address, clock_timestamp() + wait * interval '1 ms')
    on conflict (id) do nothing;
    delete from registration_attempts
    where id in (
        select id
        from registration_attempts
        where at < clock_timestamp() - login_window()
        order by at
        limit 20
        for update skip locked
    );
    return jsonb_build_object('outcome', 'ADMITTED', 'waitMs', wait);
end
$$;
