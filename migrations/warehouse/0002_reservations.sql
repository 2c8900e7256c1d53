-- Item reservations: one row per order, the barrier between reserving its items and releasing them. The row
-- is never deleted. VOID is the tombstone of an order that was undone before anything was reserved.

create table reservations (
    order_id uuid primary key,
    status text not null check (status in ('RESERVED', 'RELEASED', 'VOID')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- What was reserved, kept after its release as well.
create table reservation_lines (
    order_id uuid not null references reservations,
    product_id uuid not null references products,
    quantity integer not null check (quantity between 1 and 1000),
    primary key (order_id, product_id)
);

create index reservation_lines_products on reservation_lines (product_id);

create trigger reservations_stay
    before delete or truncate on reservations
    for each statement execute function refuse_change();

create trigger reservation_lines_are_immutable
    before update or delete or truncate on reservation_lines
    for each statement execute function refuse_change();

create trigger reservations_only_end
    before update on reservations
    for each row when (old.status <> 'RESERVED' or new.status <> 'RELEASED')
    execute function refuse_change();
