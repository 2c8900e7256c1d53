-- Compares these wallets with their whole ledgers: keeps those that differ as findings, and forgets those that do not.
-- p_wallets may be null.
create or replace function examine_wallets(p_wallets uuid[]) returns void
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
begin
    with examined as materialized (
        select wallet.id, wallet.balance - entries.sum as difference,
            wallet.balance <> entries.sum or wallet.entries <> entries.number as differs
        from wallets as wallet
        cross join lateral (
            select count(*) as number,
                coalesce(sum(case type when 'CHARGE' then -amount else amount end), 0) as sum
            from ledger
            where wallet_id = wallet.id
        ) as entries
        where wallet.id = any (p_wallets)
    ),
    forgotten as (
        delete from audit_findings as finding using examined
        where finding.kind = 'WALLET' and finding.id = examined.id and not differs
    )
    insert into audit_findings as finding (kind, id, difference)
    select 'WALLET', id, difference from examined where differs
    on conflict (kind, id) do update set difference = excluded.difference
    where finding.difference <> excluded.difference;
end
$$;

-- The same for the charges of these orders. One that the ledger has and the charges do not is a finding too.
create or replace function examine_charges(p_orders uuid[]) returns void
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
begin
    with examined as materialized (
        select asked.order_id,
            (entries.charges, entries.refunds, entries.number) is distinct from case charge.status
                when 'CHARGED' then (1::bigint, 0::bigint, 1::bigint)
                when 'REFUNDED' then (1::bigint, 1::bigint, 2::bigint)
                else (0::bigint, 0::bigint, 0::bigint)
            end as differs
        from unnest(p_orders) as asked (order_id)
        left join charges as charge using (order_id)
        cross join lateral (
            select count(*) as number,
                count(*) filter (where type = 'CHARGE' and is_like_the_charge) as charges,
                count(*) filter (where type = 'REFUND' and is_like_the_charge) as refunds
            from (
                select type, wallet_id = charge.wallet_id and amount = charge.amount as is_like_the_charge
                from ledger
                where order_id = asked.order_id
            ) as entry
        ) as entries
    ),
    forgotten as (
        delete from audit_findings as finding using examined
        where finding.kind = 'CHARGE' and finding.id = examined.order_id and not differs
    )
    insert into audit_findings (kind, id)
    select 'CHARGE', order_id from examined where differs
    on conflict (kind, id) do nothing;
end
$$;

-- Looks at the next p_limit wallets, entries of the ledger and charges, and once more at what it has found before. After
-- the last ones it begins again. Whether each wallet is as its last entry says, each entry follows from the one before
-- and has a charge, and each charge has its entries. A wallet with an error is compared with its whole ledger.
--
-- Locks: the mark of the tallies, unless another call has it. That call does it, then, or the next one does.
create or replace function audit(p_limit int) returns void
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
declare
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
    place audit_places;
    suspects uuid[];
    orders uuid[];
    orphans uuid[];
    others uuid[];
begin
    perform from tally_mark where single for update skip locked;
    if not found then
        return;
    end if;
    select * into strict place from audit_places where single;

    select array_agg(wallet.id) filter (
            where wallet.balance <> coalesce(newest.balance_after, 0)
                or wallet.entries <> coalesce(newest.number, 0)
                or exists (select from audit_findings where kind = 'WALLET' and id = wallet.id)
        ),
        case count(*) when p_limit then (array_agg(wallet.id order by wallet.id desc))[1] else nobody end
    into strict suspects, place.wallet_id
    from (
        select id, balance, entries from wallets
        where id > place.wallet_id
        order by id
        limit p_limit
    ) as wallet
    left join lateral (
        select number, balance_after from ledger
        where ledger.wallet_id = wallet.id
        order by number desc
        limit 1
    ) as newest on true;

    with next as materialized (
        select wallet_id, number, order_id, balance_after,
            case type when 'CHARGE' then -amount else amount end as change
        from ledger
        where (wallet_id, number) > (place.entry_wallet_id, place.entry_number)
        order by wallet_id, number
        limit p_limit
    ),
    followed as materialized (
        select wallet_id, number, order_id, balance_after, change,
            row_number() over (order by wallet_id, number) as rank,
            lag(number) over of_wallet as earlier_number,
            lag(balance_after) over of_wallet as earlier_balance
        from next
        window of_wallet as (partition by wallet_id order by number)
    ),
    latest as (
        select wallet_id, number from followed where rank = p_limit
    )
    select array_agg(distinct followed.wallet_id) filter (
            where balance_after - change is distinct from case
                when number = 1 then 0
                when earlier_number = number - 1 then earlier_balance
                -- The first of its wallet here follows from one that was looked at before.
                when earlier_number is null then (
                    select balance_after from ledger as earlier
                    where earlier.wallet_id = followed.wallet_id and earlier.number = followed.number - 1
                )
            end
        ),
        array_agg(distinct followed.order_id) filter (
            where followed.order_id is not null
                and not exists (select from charges where charges.order_id = followed.order_id)
        ),
        coalesce((select wallet_id from latest), nobody),
        coalesce((select number from latest), 0)
    into strict others, orphans, place.entry_wallet_id, place.entry_number
    from followed;

    select array_agg(order_id),
        case count(*) when p_limit then (array_agg(order_id order by order_id desc))[1] else nobody end
    into strict orders, place.order_id
    from (
        select order_id from charges
        where order_id > place.order_id
        order by order_id
        limit p_limit
    ) as next;

    perform examine_wallets(
        suspects || others || array(select id from audit_findings where kind = 'WALLET' order by id limit 100)
    );
    perform examine_charges(
        orders || orphans || array(select id from audit_findings where kind = 'CHARGE' order by id limit 100)
    );
    update audit_places
    set wallet_id = place.wallet_id,
        entry_wallet_id = place.entry_wallet_id,
        entry_number = place.entry_number,
        order_id = place.order_id
    where single;
end
$$;
