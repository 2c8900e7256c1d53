-- Couriers.

create table couriers (
    id uuid primary key,
    number bigint not null generated always as identity unique,
    name text not null check (length(name) between 1 and 200),
    -- On how many dates the courier is reserved. Of the free ones, the one with the lowest load is chosen.
    load bigint not null default 0 check (load >= 0),
    created_at timestamptz not null default now()
);

create index couriers_by_load on couriers (load, number);
