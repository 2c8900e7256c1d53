-- Courier reservations: one row per order, the barrier between reserving a courier and releasing the
-- courier. The row is never deleted. VOID is the tombstone of an order that was undone before a courier was
-- reserved.

create table reservations (
    order_id uuid primary key,
    status text not null check (status in ('RESERVED', 'RELEASED', 'VOID')),
    date date check ((date is null) = (status = 'VOID')),
    courier_id uuid references couriers check ((courier_id is null) = (status = 'VOID')),
    -- The courier that the order asked for; null: any.
    asked_courier_id uuid check (asked_courier_id = courier_id),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- A courier has at most one active reservation per date.
create unique index reservations_slots on reservations (courier_id, date) where status = 'RESERVED';

create index reservations_dates on reservations (date) where status = 'RESERVED';

create trigger reservations_stay
    before delete or truncate on reservations
    for each statement execute function refuse_change();

create trigger reservations_only_end
    before update on reservations
    for each row when (old.status <> 'RESERVED' or new.status <> 'RELEASED')
    execute function refuse_change();

-- One row per date for which a courier was ever asked. Its lock makes the reservations of a date wait for
-- each other.
create table days (
    date date primary key
);
