-- Charges: one row per order, the barrier between charging it and refunding it. The row is never deleted.
-- VOID is the tombstone of an order that was undone before it was charged.

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

create trigger charges_only_end
    before update on charges
    for each row when (old.status <> 'CHARGED' or new.status <> 'REFUNDED')
    execute function refuse_change();
