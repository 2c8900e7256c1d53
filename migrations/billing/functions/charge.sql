-- Charges an order. Outcomes: CHARGED, REPEATED, INSUFFICIENT_FUNDS, CHARGE_MISMATCH,
-- ALREADY_COMPENSATED. p_entry: the id of the new entry in the ledger.
--
-- Locks: the wallet, then the barrier, by inserting it. The insert waits only for another insert of the same
-- order, whose session waits for nothing that is locked here. So there is no deadlock.
create or replace function charge(p_order uuid, p_user uuid, p_amount bigint, p_entry uuid) returns text
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
        -- Another session has written the barrier since it was read above.
        select * into strict barrier from charges where order_id = p_order;
    end if;
    return case
        when barrier.status <> 'CHARGED' then 'ALREADY_COMPENSATED'
        when barrier.user_id = p_user and barrier.amount = p_amount then 'REPEATED'
        else 'CHARGE_MISMATCH'
    end;
end
$$;
