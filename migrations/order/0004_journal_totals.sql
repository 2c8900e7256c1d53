-- Totals of the journal for metrics, kept so that a scrape costs the same however many orders there were.
-- `tally_journal` adds each entry of the journal once.

create table tallies (
    name text not null,
    label text not null,
    value double precision not null,
    primary key (name, label)
);

-- Counters start at 0, because a counter whose first value is above 0 is not seen to rise.
insert into tallies (name, label, value)
select 'ended', ending, 0
from unnest(array['COMPLETED', 'COMPENSATED']) as ending
union all
select 'standing', ending, 0
from unnest(array['COMPLETED', 'COMPENSATED']) as ending
union all
select 'cancelled', code, 0
from unnest(array[
    'PAYMENT_FAILED', 'ITEM_RESERVATION_FAILED', 'COURIER_RESERVATION_FAILED', 'CANCELLED_BY_USER'
]) as code
union all
select 'retries', step || ' ' || direction, 0
from unnest(array['CHARGE', 'RESERVE_ITEMS', 'RESERVE_COURIER']) as step,
    unnest(array['DO', 'UNDO']) as direction;

-- Up to which instant the journal has been added up.
create table tally_mark (
    single boolean primary key default true check (single),
    until timestamptz not null
);

insert into tally_mark (until) values ('-infinity');
