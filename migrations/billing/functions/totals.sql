-- Up to which transaction, at most p_decided, about p_limit rows of each kind go; see add_up_rows.
create or replace function step_end(p_since xid8, p_decided xid8, p_limit int) returns xid8
    language plpgsql stable
    set enable_seqscan = off
    set jit = off
as $$
begin
    return least(
        (
            select tx from ledger
            where tx > p_since and tx <= p_decided
            order by tx offset p_limit - 1 limit 1
        ),
        (
            select tx from charges
            where tx > p_since and tx <= p_decided
            order by tx offset p_limit - 1 limit 1
        ),
        (
            select ended_tx from charges
            where ended_tx > p_since and ended_tx <= p_decided
            order by ended_tx offset p_limit - 1 limit 1
        ),
        p_decided
    );
end
$$;

-- What the transactions after p_since and up to p_upto have changed in the totals.
create or replace function total_changes(p_since xid8, p_upto xid8) returns table (name text, change numeric)
    language plpgsql stable
    set enable_seqscan = off
    set jit = off
as $$
#variable_conflict use_column
begin
    return query
    select 'ledger ' || type, amount::numeric
    from ledger
    where tx > p_since and tx <= p_upto
    union all
    select kind || case status when 'VOID' then 'VOID' else 'CHARGED' end, change
    from charges
    cross join lateral (
        values ('charges ', 1), ('charged ', coalesce(amount, 0))
    ) as changes (kind, change)
    where tx > p_since and tx <= p_upto
    union all
    select name, change
    from charges
    cross join lateral (
        values ('charges CHARGED', -1), ('charges REFUNDED', 1),
            ('charged CHARGED', -amount), ('charged REFUNDED', amount)
    ) as changes (name, change)
    where ended_tx > p_since and ended_tx <= p_upto;
end
$$;

-- Adds the next rows to the tallies, about p_limit of each kind, and examines the wallets of entries whose balance does not
-- follow from the entry before. Returns whether there are more.
--
-- Locks: the mark, unless another call or an audit has it. That call adds the rows up, then, or the next one does.
create or replace function add_up(p_limit int) returns boolean
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
declare
    step record;
begin
    select * into step from add_up_rows(p_limit);
    if step.since is not null then
        perform examine_wallets((
            select array_agg(distinct wallet_id)
            from ledger as entry
            where tx > step.since and tx <= step.upto
                and balance_after is distinct from
                    case type when 'CHARGE' then -amount else amount end + case number
                        when 1 then 0
                        else (
                            select balance_after from ledger as earlier
                            where earlier.wallet_id = entry.wallet_id and earlier.number = entry.number - 1
                        )
                    end
        ));
    end if;
    return step.more;
end
$$;

-- The numbers of the service's metrics, of one moment: of this one or, when more than 20000 entries or charges are still
-- to be added up, of the mark. An entry and its charge are of one transaction, so their sums agree either way. The
-- balance is that of the ledger and what the audit has found that wallets differ by.
create or replace function totals() returns jsonb
    language sql stable
    set enable_seqscan = off
    set jit = off
as $$
    with mark as materialized (
        select until
        from tally_mark
        where single
            and not exists (select from ledger where tx > until order by tx offset 20000)
            and not exists (select from charges where tx > until order by tx offset 20000)
    ),
    sums as materialized (
        select name, sum(change) as total
        from (
            select name, total from tallies
            union all
            select name, change from row_notes
            union all
            select changed.name, changed.change
            from mark
            cross join lateral total_changes(until, '18446744073709551615') as changed
        ) as parts (name, change)
        group by name
    ),
    by_label as materialized (
        select split_part(name, ' ', 1) as name,
            jsonb_object_agg(split_part(name, ' ', 2), total) as labels
        from sums
        group by split_part(name, ' ', 1)
    )
    select jsonb_build_object(
        'wallets', (select total from sums where name = 'wallets'),
        'balance', (
            select coalesce(sum(case name when 'ledger CHARGE' then -total else total end), 0)
            from sums
            where starts_with(name, 'ledger ')
        ) + (select coalesce(sum(difference), 0) from audit_findings where kind = 'WALLET'),
        'ledger', (select labels from by_label where name = 'ledger'),
        'charges', (select labels from by_label where name = 'charges'),
        'charged', (select labels from by_label where name = 'charged'),
        'findings', (
            select jsonb_object_agg(kind, (select count(*) from audit_findings where audit_findings.kind = kinds.kind))
            from unnest(array['WALLET', 'CHARGE']) as kinds (kind)
        )
    )
$$;
