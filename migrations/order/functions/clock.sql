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

-- The instant that is so many milliseconds after 1970.
create or replace function instant(p_ms bigint) returns timestamptz
    language sql stable
as $$
    select timestamptz 'epoch' + p_ms * interval '1 ms'
$$;

-- Whether an order that is placed now can be delivered on this date: today or later, and within 365 days.
create or replace function is_deliverable(p_date date) returns boolean
    language sql volatile
as $$
    select p_date between today() and today() + 365
$$;
