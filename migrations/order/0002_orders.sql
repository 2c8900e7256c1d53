-- Orders as customers see them: what was bought, the status, and the timeline of statuses.
--
-- Every instant in this database is read from the clock after the saga's row is locked, so the entries of an
-- order are never out of order; and it is kept in whole milliseconds, as clients see it.

create table orders (
    id uuid primary key,
    user_id uuid not null,
    status order_status not null,
    cancellation_code cancellation_code,
    -- Which participant refused, and its code.
    cancellation_detail text,
    total bigint not null check (total between 1 and 1000000000000),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    delivery_date date not null,
    -- The courier that was asked for, if any, and the one that was reserved.
    wanted_courier_id uuid,
    courier_id uuid,
    -- The customer's idempotency key and a fingerprint of its body, kept as long as the order.
    idempotency_key text check (length(idempotency_key) between 1 and 128),
    fingerprint text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check ((status = 'CANCELLED') = (cancellation_code is not null)),
    check (cancellation_detail is null or cancellation_code is not null),
    check ((idempotency_key is null) = (fingerprint is null)),
    check (wanted_courier_id is null or courier_id is null or courier_id = wanted_courier_id),
    unique (user_id, idempotency_key)
);

-- For lists. Ids are UUIDv7, so newer orders have higher ones.
create index orders_by_user on orders (user_id, id);
create index orders_by_user_and_status on orders (user_id, status, id);

create table order_items (
    order_id uuid not null references orders,
    line smallint not null check (line between 1 and 50),
    product_id uuid not null,
    name text not null,
    unit_price bigint not null check (unit_price between 1 and 1000000000000),
    quantity int not null check (quantity between 1 and 1000),
    primary key (order_id, line),
    unique (order_id, product_id)
);

-- One entry per change of status, numbered from 1.
create table timeline (
    order_id uuid not null references orders,
    seq int not null check (seq > 0),
    status order_status not null,
    note text,
    at timestamptz not null,
    primary key (order_id, seq)
);

create trigger timeline_only_grows
    before update or delete or truncate on timeline
    for each statement execute function refuse_change();
