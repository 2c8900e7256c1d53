-- Totals for metrics, so that a scrape costs the same however many orders there were: see `add_up` and `totals`.
--
-- The tables are locked until their rows have been counted, once: about a second for a million rows.
create table tallies (
    name text primary key,
    total numeric not null
);

-- Rows that came or went and are not in the tallies yet.
create table row_notes (
    id bigint primary key generated always as identity,
    name text not null,
    change numeric not null
);

-- Up to which transaction reservations are in the tallies.
create table tally_mark (
    single boolean primary key default true check (single),
    until xid8 not null
);

insert into tally_mark (until) values ('0');

-- Null: before this migration.
alter table reservations add column tx xid8, add column ended_tx xid8;
alter table reservations alter column tx set default pg_current_xact_id();

create index reservations_by_tx on reservations (tx) where tx is not null;
create index reservations_by_ended_tx on reservations (ended_tx) where ended_tx is not null;

create trigger reservations_mark_ending before update on reservations
    for each row when (old.status is distinct from new.status)
    execute function mark_ending();

insert into tallies (name, total)
select 'reservations ' || status, count(found)
from unnest(array['RESERVED', 'RELEASED', 'VOID']) as status
left join (select status, true from reservations) as found (status, found) using (status)
group by status;

-- A reservation changes what is reserved, which is counted by the reservations; it is noted only when the last piece of
-- a product goes or the first one comes back.
create trigger products_are_noted after insert or delete on products
    for each row execute function note_product();

create trigger changes_of_products_are_noted after update on products
    for each row when (
        old.stocked <> new.stocked
        or old.active <> new.active
        or (old.stocked > old.reserved) <> (new.stocked > new.reserved)
    )
    execute function note_product();

insert into tallies (name, total)
select name, total
from (
    select count(*) filter (where active),
        count(*) filter (where active and stocked > reserved),
        coalesce(sum(stocked), 0),
        coalesce(sum(reserved), 0)
    from products
) as found (products, available, stocked, reserved)
cross join lateral (
    values ('products', products), ('available', available), ('stocked', stocked), ('reserved', reserved)
) as totals (name, total);
