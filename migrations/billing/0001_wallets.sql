-- Wallets and their ledger. A wallet is opened by the first call about it and lives for ever.
--
-- Functions of hot paths `set enable_seqscan = off`: a session keeps the plans that it made while the tables
-- were small, and they must not read whole tables when these have grown.

create function rfc3339(p_at timestamptz) returns text
    language sql stable
    return to_char(p_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- The three sums are the ledger's, by type; the balance follows from them and cannot stray.
create table wallets (
    id uuid primary key,
    user_id uuid not null unique,
    entries bigint not null default 0 check (entries >= 0),
    deposited bigint not null default 0,
    charged bigint not null default 0 check (charged >= 0),
    refunded bigint not null default 0 check (refunded between 0 and charged),
    balance bigint not null generated always as (deposited - charged + refunded) stored,
    created_at timestamptz not null default now(),
    constraint balance_is_never_negative check (deposited - charged + refunded >= 0),
    -- Below 2^53, so that no client rounds a balance; a refund never leads above it.
    constraint deposits_are_bounded check (deposited between 0 and 9000000000000000)
);

-- What happened to a wallet, numbered from 1 under its lock; the key of a repeatable deposit lives in
-- the entry that it made, as long as the entry.
create table ledger (
    wallet_id uuid not null references wallets,
    number bigint not null check (number > 0),
    id uuid not null unique,
    type text not null check (type in ('DEPOSIT', 'CHARGE', 'REFUND')),
    amount bigint not null check (amount between 1 and 1000000000000),
    balance_after bigint not null check (balance_after >= 0),
    order_id uuid check ((order_id is null) = (type = 'DEPOSIT')),
    idempotency_key text check (idempotency_key is null or type = 'DEPOSIT'),
    fingerprint text check ((fingerprint is null) = (idempotency_key is null)),
    created_at timestamptz not null default clock_timestamp(),
    primary key (wallet_id, number)
);

create unique index ledger_keys on ledger (wallet_id, idempotency_key)
    where idempotency_key is not null;

-- An order is charged once and refunded once, whatever the code does.
create unique index ledger_orders on ledger (order_id, type)
    where order_id is not null;

create function refuse_change() returns trigger
    language plpgsql
as $$
begin
    raise exception '% of % is not allowed: its rows are kept as they were written', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end
$$;

create trigger ledger_is_immutable
    before update or delete or truncate on ledger
    for each statement execute function refuse_change();

create function wallet_document(p_wallet wallets) returns jsonb
    language sql stable
    return jsonb_build_object(
        'id', p_wallet.id,
        'balance', p_wallet.balance,
        'createdAt', rfc3339(p_wallet.created_at)
    );

-- The user's wallet; it is opened as p_wallet when there is none.
create function open_wallet(p_user uuid, p_wallet uuid) returns wallets
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

-- `opened`: this very call made it, in this run or in one whose answer was lost.
create function wallet(p_user uuid, p_wallet uuid) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    wallet wallets := open_wallet(p_user, p_wallet);
begin
    return wallet_document(wallet) || jsonb_build_object('opened', wallet.id = p_wallet);
end
$$;

-- Writes the next entry of a wallet, whose row the caller has locked.
create function enter(
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
        wallet_id, number, id, type, amount, balance_after, order_id, idempotency_key, fingerprint
    )
    values (
        p_wallet, wallet.entries, p_entry, p_type, p_amount, wallet.balance, p_order, p_key, p_fingerprint
    )
    returning * into entry;
    return entry;
end
$$;

-- Outcomes: DEPOSITED; REPLAYED (the key made an entry before); KEY_REUSED (for another body);
-- LIMIT_EXCEEDED (the wallet has taken in all that it may).
create function deposit(
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
    -- Twins wait here for the first of them, and see its entry.
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

-- At most p_limit entries below p_before, the newest first.
create function transactions(p_user uuid, p_wallet uuid, p_before bigint, p_limit bigint)
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
