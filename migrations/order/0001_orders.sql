-- Orders as customers see them: what was bought, how it stands, and the way that it went.
--
-- Every instant is taken after the saga's row is locked, in whole milliseconds, so that an order's
-- entries are never out of order and the milliseconds that clients see are the ones that are kept.

create function clock_ms() returns timestamptz
    language sql volatile
    return date_trunc('milliseconds', clock_timestamp());

create function epoch_ms(p_at timestamptz) returns bigint
    language sql stable
    return (extract(epoch from p_at) * 1000)::bigint;

create function refuse_change() returns trigger
    language plpgsql
as $$
begin
    raise exception '% is only ever added to', tg_table_name using errcode = 'restrict_violation';
end
$$;

create table orders (
    id uuid primary key,
    user_id uuid not null,
    status text not null check (status in (
        'PENDING',
        'AWAITING_PAYMENT',
        'AWAITING_ITEM_RESERVATION',
        'AWAITING_COURIER_RESERVATION',
        'READY',
        'CANCELLED'
    )),
    cancellation_code text check (cancellation_code in (
        'PAYMENT_FAILED',
        'ITEM_RESERVATION_FAILED',
        'COURIER_RESERVATION_FAILED',
        'CANCELLED_BY_USER'
    )),
    -- Which participant refused and its code.
    cancellation_detail text,
    total bigint not null check (total between 1 and 1000000000000),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    delivery_date date not null,
    -- The courier asked for, if any, and the one who was reserved.
    wanted_courier_id uuid,
    courier_id uuid,
    -- The customer's key and what its body said, kept as long as the order.
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

-- The lists: ids are UUIDv7, so the newest have the highest.
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
    status text not null,
    note text,
    at timestamptz not null,
    primary key (order_id, seq)
);

create trigger timeline_only_grows
    before update or delete or truncate on timeline
    for each statement execute function refuse_change();

-- Every entry of a timeline as a CloudEvent, to be published in order and at least once.
create table outbox (
    position bigint generated always as identity primary key,
    order_id uuid not null references orders,
    seq int not null,
    event jsonb not null,
    created_at timestamptz not null,
    published_at timestamptz,
    unique (order_id, seq)
);

create index outbox_unpublished on outbox (position) where published_at is null;

-- Adds entries to an order's timeline, [{status, note}], and to the outbox.
create function enter_statuses(p_order uuid, p_user uuid, p_statuses jsonb, p_at timestamptz) returns void
    language plpgsql
as $$
declare
    entered int = (select coalesce(max(seq), 0) from timeline where order_id = p_order);
begin
    insert into timeline (order_id, seq, status, note, at)
    select p_order, entered + entry.number, entry.it ->> 'status', entry.it ->> 'note', p_at
    from jsonb_array_elements(p_statuses) with ordinality as entry (it, number);

    insert into outbox (order_id, seq, created_at, event)
    select p_order, entered + entry.number, p_at, jsonb_build_object(
        'specversion', '1.0',
        'id', p_order || '/' || entered + entry.number,
        'source', '/api/orders',
        'type', 'zakaz.order.status',
        'subject', p_order,
        'time', to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'datacontenttype', 'application/json',
        'sequence', (entered + entry.number)::text,
        'data', jsonb_build_object(
            'orderId', p_order,
            'userId', p_user,
            'status', entry.it ->> 'status',
            'note', entry.it ->> 'note'
        )
    )
    from jsonb_array_elements(p_statuses) with ordinality as entry (it, number)
    order by entry.number;
end
$$;
