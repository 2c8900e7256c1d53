-- Up to which transaction, at most p_decided, about p_limit rows of each kind go; see add_up_rows.
create or replace function step_end(p_since xid8, p_decided xid8, p_limit int) returns xid8
    language plpgsql stable
    set enable_seqscan = off
    set jit = off
as $$
begin
    return least(
        (
            select tx from reservations
            where tx > p_since and tx <= p_decided
            order by tx offset p_limit - 1 limit 1
        ),
        (
            select ended_tx from reservations
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
    select 'reservations ' || case status when 'VOID' then 'VOID' else 'RESERVED' end, 1::numeric
    from reservations
    where tx > p_since and tx <= p_upto
    union all
    select 'reserved', quantity
    from reservations
    join reservation_lines using (order_id)
    where tx > p_since and tx <= p_upto
    union all
    select 'reservations ' || moved.status, moved.change
    from reservations, (values ('RESERVED', -1), ('RELEASED', 1)) as moved (status, change)
    where ended_tx > p_since and ended_tx <= p_upto
    union all
    select 'reserved', -quantity
    from reservations
    join reservation_lines using (order_id)
    where ended_tx > p_since and ended_tx <= p_upto;
end
$$;

-- Adds the next rows to the tallies, about p_limit of each kind. Returns whether there are more.
create or replace function add_up(p_limit int) returns boolean
    language plpgsql
as $$
begin
    return (select more from add_up_rows(p_limit));
end
$$;

-- The numbers of the service's metrics, of one moment: of this one or, when more than 20000 reservations are still to be
-- added up, of the mark.
create or replace function totals() returns jsonb
    language sql stable
    set enable_seqscan = off
    set jit = off
as $$
    with mark as materialized (
        select until
        from tally_mark
        where single and not exists (select from reservations where tx > until order by tx offset 20000)
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
    )
    select jsonb_build_object(
        'products', (select total from sums where name = 'products'),
        'available', (select total from sums where name = 'available'),
        'stocked', (select total from sums where name = 'stocked'),
        'reserved', (select total from sums where name = 'reserved'),
        'reservations', (
            select jsonb_object_agg(split_part(name, ' ', 2), total)
            from sums
            where starts_with(name, 'reservations ')
        )
    )
$$;
