-- What the totals for metrics are made of, in the databases that have the tables `tallies` and `row_notes`. A total is
-- the tally of its name and what has not been added to it yet; no transaction sees a change twice or not at all.
--
-- Rows that every order writes have the transaction that wrote them (`tx`), and the one that ended them (`ended_tx`).
-- Clocks may be set back; the numbers of transactions only grow. Other tables note each row that comes or goes, in
-- `row_notes`.

-- The newest transaction such that it and all before it have ended: later statements see all of what they wrote.
create or replace function last_decided() returns xid8
    language sql stable
as $$
    select (pg_snapshot_xmin(pg_current_snapshot())::text::numeric - 1)::text::xid8
$$;

-- For triggers before updates: which transaction ended the row.
create or replace function mark_ending() returns trigger
    language plpgsql
as $$
begin
    new.ended_tx := pg_current_xact_id();
    return new;
end
$$;

-- For triggers after inserts and deletes of rows: one row more or less in the table.
create or replace function note_row() returns trigger
    language plpgsql
as $$
begin
    insert into row_notes (name, change)
    values (tg_table_name, case tg_op when 'INSERT' then 1 else -1 end);
    return null;
end
$$;

-- Adds the next rows to the tallies, about p_limit of each kind, and notes. Two functions of each database that has the table
-- `tally_mark` say what there is to add: `step_end(since, decided, limit)`, up to which transaction that many rows go, and
-- `total_changes(since, upto)`, what the transactions in between have changed.
--
-- Returns which transactions were added up, after `since` and up to `upto`, and whether there are more. `since` is null when
-- another call is adding up: that one does it, then.
--
-- Locks: the mark, then what add_up_notes locks.
create or replace function add_up_rows(p_limit int, out since xid8, out upto xid8, out more boolean)
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
declare
    decided xid8 := last_decided();
begin
    more := false;
    select until into since from tally_mark where single for update skip locked;
    if not found then
        return;
    end if;
    upto := step_end(since, decided, p_limit);
    insert into tallies as tally (name, total)
    select changed.name, sum(changed.change)
    from total_changes(since, upto) as changed
    group by changed.name
    order by changed.name
    on conflict (name) do update set total = tally.total + excluded.total;
    if upto > since then
        update tally_mark set until = upto where single;
    end if;
    more := add_up_notes(p_limit) or upto < decided;
end
$$;

-- Adds about p_limit notes to their tallies and removes them. Returns whether there are more.
--
-- Locks: notes that nobody else adds up, then the tallies by name.
create or replace function add_up_notes(p_limit int) returns boolean
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
declare
    added bigint;
begin
    with next as materialized (
        select id from row_notes order by id limit p_limit for update skip locked
    ),
    taken as (
        delete from row_notes using next where row_notes.id = next.id
        returning row_notes.name, row_notes.change
    ),
    kept as (
        insert into tallies as tally (name, total)
        select name, sum(change) from taken group by name order by name
        on conflict (name) do update set total = tally.total + excluded.total
    )
    select count(*) into strict added from taken;
    return added = p_limit;
end
$$;
