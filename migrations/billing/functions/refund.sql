-- Refunds an order. Outcomes: REFUNDED (now or before), VOID (nothing was charged, and nothing can be later).
-- p_entry: the id of the new entry in the ledger.
--
-- Locks: the barrier, then the wallet.
create or replace function refund(p_order uuid, p_entry uuid) returns text
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
