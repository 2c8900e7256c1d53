-- Adds the next rows to the tallies, about p_limit of each kind. Returns whether there are more.
--
-- Locks: the mark, unless another call has it. That one adds the rows up, then.
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
            select tx from reservations
            where tx > since and tx <= decided
            order by tx offset p_limit - 1 limit 1
        ),
        (
            select ended_tx from reservations
            where ended_tx > since and ended_tx <= decided
            order by ended_tx offset p_limit - 1 limit 1
        ),
        decided
    );
    insert into tallies as tally (name, total)
    select name, sum(change)
    from (
        select 'reservations ' || case status when 'VOID' then 'VOID' else 'RESERVED' end, 1
        from reservations
        where tx > since and tx <= upto
        union all
        select 'reserved', quantity
        from reservations
        join reservation_lines using (order_id)
        where tx > since and tx <= upto
        union all
        select 'reservations ' || moved.status, moved.change
        from reservations, (values ('RESERVED', -1), ('RELEASED', 1)) as moved (status, change)
        where ended_tx > since and ended_tx <= upto
        union all
        select 'reserved', -quantity
        from reservations
        join reservation_lines using (order_id)
        where ended_tx > since and ended_tx <= upto
    ) as found (name, change)
    group by name
    order by name
    on conflict (name) do update set total = tally.total + excluded.total;
    if upto > since then
        update tally_mark set until = upto where single;
    end if;
    return add_up_notes(p_limit) or upto < decided;
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
            select 'reservations ' || case status when 'VOID' then 'VOID' else 'RESERVED' end, 1
            from reservations
            where tx > (select until from mark)
            union all
            select 'reserved', quantity
            from reservations
            join reservation_lines using (order_id)
            where tx > (select until from mark)
            union all
            select 'reservations ' || moved.status, moved.change
            from reservations, (values ('RESERVED', -1), ('RELEASED', 1)) as moved (status, change)
            where ended_tx > (select until from mark)
            union all
            select 'reserved', -quantity
            from reservations
            join reservation_lines using (order_id)
            where ended_tx > (select until from mark)
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
