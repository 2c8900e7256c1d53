-- Outcomes: DEPOSITED; REPLAYED (the key has made this entry before); KEY_REUSED (for another body);
-- LIMIT_EXCEEDED (of what a wallet may take in altogether).
create or replace function deposit(
    p_user uuid,
    p_wallet uuid,
    p_entry uuid,
    p_amount bigint,
    p_key text,
    p_fingerprint text
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    wallet wallets := open_wallet(p_user, p_wallet);
    entry ledger;
    outcome text := 'DEPOSITED';
begin
    -- Parallel calls with one key wait here for the first of them, and then see its entry.
    select * into strict wallet from wallets where id = wallet.id for update;
    if p_key is not null then
        select * into entry from ledger where wallet_id = wallet.id and idempotency_key = p_key;
        if entry.id <> p_entry then
            outcome := case when entry.fingerprint = p_fingerprint then 'REPLAYED' else 'KEY_REUSED' end;
        end if;
    else
        select * into entry from ledger where id = p_entry;
    end if;
    if entry.id is null then
        if wallet.deposited + p_amount > 9000000000000000 then
            return jsonb_build_object('outcome', 'LIMIT_EXCEEDED');
        end if;
        entry := enter(wallet.id, p_entry, 'DEPOSIT', p_amount, null, p_key, p_fingerprint);
    end if;
    return jsonb_build_object(
        'outcome', outcome,
        'deposit', jsonb_build_object(
            'id', entry.id,
            'amount', entry.amount,
            'balance', entry.balance_after,
            'createdAt', rfc3339(entry.created_at)
        )
    );
end
$$;
