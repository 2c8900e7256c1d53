-- Adds the next rows to the tallies, about p_limit of each kind, and examines the wallets of entries whose balance does
-- not follow from the entry before. Returns whether there are more.
--
-- Locks: the mark, unless another call or an audit has it. That call adds the rows up, then, or the next one does.
create or replace function add_up(p_limit int) returns boolean
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
declare
    since xid8;
    decided xid8 := last_decided();
    upto xid8;
begin
    select until into since from tally_mark where single for update skip locked;
    if not found then
        return false;
    end if;
    upto := least(
        (
            select tx from ledger
            where tx > since and tx <= decided
            order by tx offset p_limit - 1 limit 1
        ),
        (
            select tx from charges
            where tx > since and tx <= decided
            order by tx offset p_limit - 1 limit 1
        ),
        (
            select ended_tx from charges
            where ended_tx > since and ended_tx <= decided
            order by ended_tx offset p_limit - 1 limit 1
        ),
        decided
    );
    insert into tallies as tally (name, total)
    select name, sum(change)
    from (
        select 'ledger ' || type, amount
        from ledger
        where tx > since and tx <= upto
        union all
        select kind || case status when 'VOID' then 'VOID' else 'CHARGED' end, change
        from charges
        cross join lateral (
            values ('charges ', 1), ('charged ', coalesce(amount, 0))
        ) as changes (kind, change)
        where tx > since and tx <= upto
        union all
        select name, change
        from charges
        cross join lateral (
            values ('charges CHARGED', -1), ('charges REFUNDED', 1),
                ('charged CHARGED', -amount), ('charged REFUNDED', amount)
        ) as changes (name, change)
        where ended_tx > since and ended_tx <= upto
    ) as found (name, change)
    group by name
    order by name
    on conflict (name) do update set total = tally.total + excluded.total;

    perform examine_wallets((
        select array_agg(distinct wallet_id)
        from ledger as entry
        where tx > since and tx <= upto
            and balance_after is distinct from
                case type when 'CHARGE' then -amount else amount end + case number
                    when 1 then 0
                    else (
                        select balance_after from ledger as earlier
                        where earlier.wallet_id = entry.wallet_id and earlier.number = entry.number - 1
                    )
                end
    ));
    if upto > since then
        update tally_mark set until = upto where single;
    end if;
    return add_up_notes(p_limit) or upto < decided;
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
            select 'ledger ' || type, amount
            from ledger
            where tx > (select until from mark)
            union all
            select kind || case status when 'VOID' then 'VOID' else 'CHARGED' end, change
            from charges
            cross join lateral (
                values ('charges ', 1), ('charged ', coalesce(amount, 0))
            ) as changes (kind, change)
            where tx > (select until from mark)
            union all
            select name, change
            from charges
            cross join lateral (
                values ('charges CHARGED', -1), ('charges REFUNDED', 1),
                    ('charged CHARGED', -amount), ('charged REFUNDED', amount)
            ) as changes (name, change)
            where ended_tx > (select until from mark)
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
