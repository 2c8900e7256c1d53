-- In how many milliseconds a time is; 0 when it has been.
create or replace function milliseconds_until(p_at timestamptz) returns int
    language sql volatile
as $$
    select greatest(0, ceil(extract(epoch from p_at - clock_timestamp()) * 1000))::int
$$;

-- When the next password may be hashed. A time that no turn can have, more than a minute beyond the longest wait, was written
-- by a clock that was ahead of this one, as after a failover; then it is now.
create or replace function next_hash_turn(p_next_at timestamptz, p_now timestamptz, p_longest int) returns timestamptz
    language sql immutable
as $$
    select case
        when p_next_at > p_now + p_longest * interval '1 ms' + interval '1 minute' then p_now
        else p_next_at
    end
$$;

-- Whether the next turn to hash a password is more than p_longest milliseconds away. Locks nothing, so that a flood is
-- refused at once.
create or replace function hash_turns_are_taken(p_longest int) returns boolean
    language plpgsql stable
as $$
declare
    at timestamptz = clock_timestamp();
begin
    return (
        select next_hash_turn(next_at, at, p_longest) > at + p_longest * interval '1 ms'
        from hash_turns
        where single
    );
end
$$;

-- Gives out the turns to hash a password, so that no flood of passwords takes all processors: p_hashes in a row, at most
-- p_per_second for all instances of the service together. Returns in how many milliseconds the turn is; null, and no
-- turn is taken, when that is more than p_longest.
--
-- Turns that nobody took for a fifth of a second are kept for a burst. Locks: the row of hash_turns, last.
create or replace function take_hash_turn(p_hashes int, p_per_second int, p_longest int) returns int
    language plpgsql
as $$
declare
    burst interval = '200 ms';
    at timestamptz;
    turn timestamptz;
begin
    select next_at into strict turn from hash_turns where single for update;
    at = clock_timestamp();
    turn = greatest(next_hash_turn(turn, at, p_longest), at - burst);
    if turn > at + p_longest * interval '1 ms' then
        return null;
    end if;
    update hash_turns set next_at = turn + p_hashes * interval '1 s' / p_per_second where single;
    return greatest(0, ceil(extract(epoch from turn - at) * 1000))::int;
end
$$;
