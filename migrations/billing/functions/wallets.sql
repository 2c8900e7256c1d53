-- A wallet as the API shows it.
create or replace function wallet_document(p_wallet wallets) returns jsonb
    language sql stable
as $$
    select jsonb_build_object(
        'id', p_wallet.id,
        'balance', p_wallet.balance,
        'createdAt', rfc3339(p_wallet.created_at)
    )
$$;

-- The user's wallet. It is opened as p_wallet when there is none.
create or replace function open_wallet(p_user uuid, p_wallet uuid) returns wallets
    language plpgsql
as $$
declare
    wallet wallets;
begin
    select * into wallet from wallets where user_id = p_user;
    if not found then
        insert into wallets (id, user_id) values (p_wallet, p_user)
        on conflict (user_id) do nothing;
        select * into strict wallet from wallets where user_id = p_user;
    end if;
    return wallet;
end
$$;

-- The user's wallet for the API. `opened`: this call has opened it, now or in an earlier run.
create or replace function wallet(p_user uuid, p_wallet uuid) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    wallet wallets := open_wallet(p_user, p_wallet);
begin
    return wallet_document(wallet) || jsonb_build_object('opened', wallet.id = p_wallet);
end
$$;
