-- Writes the next entry of a wallet, whose row the caller has locked. No entry has an earlier time than the one before
-- it, also when the clock was set back.
create or replace function enter(
    p_wallet uuid,
    p_entry uuid,
    p_type text,
    p_amount bigint,
    p_order uuid default null,
    p_key text default null,
    p_fingerprint text default null
) returns ledger
    language plpgsql
as $$
declare
    wallet wallets;
    entry ledger;
begin
    update wallets
    set entries = entries + 1,
        deposited = deposited + case when p_type = 'DEPOSIT' then p_amount else 0 end,
        charged = charged + case when p_type = 'CHARGE' then p_amount else 0 end,
        refunded = refunded + case when p_type = 'REFUND' then p_amount else 0 end
    where id = p_wallet
    returning * into strict wallet;
    insert into ledger (
        wallet_id, number, id, type, amount, balance_after, order_id, idempotency_key, fingerprint, created_at
    )
    values (
        p_wallet, wallet.entries, p_entry, p_type, p_amount, wallet.balance, p_order, p_key, p_fingerprint,
        greatest(
            clock_timestamp(),
            (select created_at from ledger where wallet_id = p_wallet and number = wallet.entries - 1)
        )
    )
    returning * into entry;
    return entry;
end
$$;
