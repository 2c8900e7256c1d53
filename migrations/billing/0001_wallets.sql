-- Wallets and their ledger. A wallet is opened by the first call about it and is never deleted.

-- The three sums are those of the ledger, by type; the balance is computed from them.
create table wallets (
    id uuid primary key,
    user_id uuid not null unique,
    -- How many entries the ledger has.
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

-- The entries of each wallet, numbered from 1 under the wallet's lock. A deposit's idempotency key is kept
-- in its entry, so as long as the entry.
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

-- An order is charged at most once and refunded at most once.
create unique index ledger_orders on ledger (order_id, type)
    where order_id is not null;

create trigger ledger_is_immutable
    before update or delete or truncate on ledger
    for each statement execute function refuse_change();
