-- Totals for metrics, so that a scrape costs the same however many entries and charges there are: see `add_up` and
-- `totals`. What wallets and charges differ from their ledger is found by `audit`, a few at each scrape.
--
-- The tables are locked until their rows have been counted, once: about a second for a million entries.
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

-- Up to which transaction entries and charges are in the tallies.
create table tally_mark (
    single boolean primary key default true check (single),
    until xid8 not null
);

insert into tally_mark (until) values ('0');

create trigger wallets_are_noted after insert or delete on wallets
    for each row execute function note_row();

-- Null: before this migration.
alter table charges add column tx xid8, add column ended_tx xid8;
alter table charges alter column tx set default pg_current_xact_id();
alter table ledger add column tx xid8;
alter table ledger alter column tx set default pg_current_xact_id();

create index ledger_by_tx on ledger (tx) where tx is not null;
create index charges_by_tx on charges (tx) where tx is not null;
create index charges_by_ended_tx on charges (ended_tx) where ended_tx is not null;

create trigger charges_mark_ending before update on charges
    for each row when (old.status is distinct from new.status)
    execute function mark_ending();

insert into tallies (name, total)
select 'wallets', count(*) from wallets
union all
select 'ledger ' || type, coalesce(sum(amount), 0)
from unnest(array['DEPOSIT', 'CHARGE', 'REFUND']) as type
left join ledger using (type)
group by type;

insert into tallies (name, total)
select name, total
from (
    select status, count(found), coalesce(sum(amount), 0)
    from unnest(array['CHARGED', 'REFUNDED', 'VOID']) as status
    left join (select status, amount, true from charges) as found (status, amount, found) using (status)
    group by status
) as by_status (status, number, sum)
cross join lateral (
    values ('charges ' || status, number), ('charged ' || status, sum)
) as totals (name, total);

-- How far the audit has come: the last of what it looked at.
create table audit_places (
    single boolean primary key default true check (single),
    wallet_id uuid not null,
    -- An entry of the ledger.
    entry_wallet_id uuid not null,
    entry_number bigint not null,
    order_id uuid not null
);

insert into audit_places (wallet_id, entry_wallet_id, entry_number, order_id)
values (
    '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', 0,
    '00000000-0000-0000-0000-000000000000'
);

-- Wallets and charges that differ from the ledger. `difference`: by how much a wallet holds more than its entries.
create table audit_findings (
    kind text not null check (kind in ('WALLET', 'CHARGE')),
    -- The wallet, or the order that was charged.
    id uuid not null,
    difference numeric not null default 0,
    found_at timestamptz not null default clock_timestamp(),
    primary key (kind, id)
);
