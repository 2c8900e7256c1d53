-- Totals of the journal for metrics, kept so that a scrape costs the same however many orders there were.
-- `tally_journal` adds each entry of the journal once. What is not here is 0.

create table tallies (
    name text not null,
    label text not null,
    value double precision not null,
    primary key (name, label)
);

-- Up to which instant the journal has been added up.
create table tally_mark (
    single boolean primary key default true check (single),
    until timestamptz not null
);

insert into tally_mark (until) values ('-infinity');
