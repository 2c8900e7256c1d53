-- Charges: one row an order, the barrier between taking its money and giving it back. The row is never
-- deleted; VOID is the tombstone of an order that was undone before it was charged.

create table charges (
    order_id uuid primary key,
    status text not null check (status in ('CHARGED', 'REFUNDED', 'VOID')),
    wallet_id uuid references wallets check ((wallet_id is null) = (status = 'VOID')),
    user_id uuid check ((user_id is null) = (status = 'VOID')),
    amount bigint check ((amount is null) = (status = 'VOID')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create trigger charges_stay
    before delete or truncate on charges
    for each statement execute function refuse_change();

create function refuse_recharge() returns trigger
    language plpgsql
as $$
begin
    raise exception 'the charge of order % cannot become % again', old.order_id, new.status
        using errcode = 'restrict_violation';
end
$$;

create trigger charges_only_end
    before update on charges
    for each row when (old.status <> 'CHARGED' or new.status <> 'REFUNDED')
    execute function refuse_recharge();

-- Outcomes: CHARGED, REPEATED, INSUFFICIENT_FUNDS, CHARGE_MISMATCH, ALREADY_COMPENSATED. p_entry is the
-- id of the ledger's entry.
--
-- Locks: the wallet, then the barrier by inserting it. The insert waits for another one of the same
-- order only, and whoever made that waits for nothing that is held here; so no deadlock.
create function charge(p_order uuid, p_user uuid, p_amount bigint, p_entry uuid) returns text
    language plpgsql
    set enable_seqscan = off
as $$
declare
    wallet wallets;
    barrier charges;
begin
    select * into wallet from wallets where user_id = p_user for update;
    select * into barrier from charges where order_id = p_order;
    if not found then
        if wallet.id is null or wallet.balance < p_amount then
            return 'INSUFFICIENT_FUNDS';
        end if;
        insert into charges (order_id, status, wallet_id, user_id, amount)
        values (p_order, 'CHARGED', wallet.id, p_user, p_amount)
        on conflict (order_id) do nothing;
        if found then
            perform enter(wallet.id, p_entry, 'CHARGE', p_amount, p_order);
            return 'CHARGED';
        end if;
        -- Somebody wrote the barrier between the look and the insert.
        select * into strict barrier from charges where order_id = p_order;
    end if;
    return case
        when barrier.status <> 'CHARGED' then 'ALREADY_COMPENSATED'
        when barrier.user_id = p_user and barrier.amount = p_amount then 'REPEATED'
        else 'CHARGE_MISMATCH'
    end;
end
$$;

-- Outcomes: REFUNDED (now or before), VOID (nothing was charged, and nothing will be).
--
-- Locks: the barrier, then the wallet.
create function refund(p_order uuid, p_entry uuid) returns text
    language plpgsql
    set enable_seqscan = off
as $$
declare
    barrier charges;
begin
    insert into charges (order_id, status) values (p_order, 'VOID')
    on conflict (order_id) do nothing;
    if found then
        return 'VOID';
    end if;
    select * into strict barrier from charges where order_id = p_order for update;
    if barrier.status = 'CHARGED' then
        perform from wallets where id = barrier.wallet_id for update;
        perform enter(barrier.wallet_id, p_entry, 'REFUND', barrier.amount, p_order);
        update charges set status = 'REFUNDED', updated_at = now() where order_id = p_order;
        return 'REFUNDED';
    end if;
    return barrier.status;
end
$$;
