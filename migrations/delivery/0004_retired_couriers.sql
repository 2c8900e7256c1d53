-- A courier who is retired gets no further orders; what he has stays.
alter table couriers add column active boolean not null default true;

drop index couriers_by_load;
create index couriers_by_load on couriers (load, number) where active;

-- Changes of couriers, so that one which runs a second time, because its first answer was lost, changes nothing and
-- answers as before. They are kept for a day at least.
create table courier_changes (
    id uuid primary key,
    courier_id uuid not null references couriers,
    answer jsonb not null,
    created_at timestamptz not null default clock_timestamp()
);

create index courier_changes_by_courier on courier_changes (courier_id, created_at);
