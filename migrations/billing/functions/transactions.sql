-- At most p_limit entries of the user's ledger with numbers below p_before, newest first.
create or replace function transactions(p_user uuid, p_wallet uuid, p_before bigint, p_limit bigint)
    returns setof jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    wallet wallets := open_wallet(p_user, p_wallet);
begin
    return query
    select jsonb_build_object(
        'number', entry.number,
        'id', entry.id,
        'type', entry.type,
        'amount', entry.amount,
        'balanceAfter', entry.balance_after,
        'orderId', entry.order_id,
        'createdAt', rfc3339(entry.created_at)
    )
    from ledger entry
    where entry.wallet_id = wallet.id and entry.number < p_before
    order by entry.number desc
    limit p_limit;
end
$$;
