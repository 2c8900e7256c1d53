-- Totals for metrics, so that a scrape costs the same however many orders there were: see `add_up` and `totals`.
--
-- The table of reservations is locked until its rows have been counted, once: about a second for a million rows.
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

create trigger couriers_are_noted after insert or delete on couriers
    for each row execute function note_row();

-- Null: before this migration.
alter table reservations add column tx xid8, add column ended_tx xid8;
alter table reservations alter column tx set default pg_current_xact_id();

create index reservations_by_tx on reservations (tx) where tx is not null;
create index reservations_by_ended_tx on reservations (ended_tx) where ended_tx is not null;

create trigger reservations_mark_ending before update on reservations
    for each row when (old.status is distinct from new.status)
    execute function mark_ending();

insert into tallies (name, total)
select 'couriers', count(*) from couriers
union all
select 'reservations ' || status, count(found)
from unnest(array['RESERVED', 'RELEASED', 'VOID']) as status
left join (select status, true from reservations) as found (status, found) using (status)
group by status;
