-- The time now, in whole milliseconds.
create or replace function clock_ms() returns timestamptz
    language sql volatile
as $$
    select date_trunc('milliseconds', clock_timestamp())
$$;

-- Milliseconds since 1970.
create or replace function epoch_ms(p_at timestamptz) returns bigint
    language sql stable
as $$
    select (extract(epoch from p_at) * 1000)::bigint
$$;
