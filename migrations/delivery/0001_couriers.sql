-- Couriers.

create function rfc3339(p_at timestamptz) returns text
    language sql stable
    return to_char(p_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- `load`: how many dates the courier is taken on. The free one with the least goes next.
create table couriers (
    id uuid primary key,
    number bigint not null generated always as identity unique,
    name text not null check (length(name) between 1 and 200),
    load bigint not null default 0 check (load >= 0),
    created_at timestamptz not null default now()
);

create index couriers_by_load on couriers (load, number);
