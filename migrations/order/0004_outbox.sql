-- Every entry of a timeline as a CloudEvent, to be published at least once and, within an order, in order.
--
-- An event is published when the broker has acknowledged those before it in its order's timeline. Two
-- publishers of one order are harmless, but each event is then published twice. To avoid that, events are
-- spread over lanes by their order, and a lane has one publisher at a time.
--
-- Publishing locks no row that an order's own statements write.

create table outbox (
    position bigint generated always as identity primary key,
    order_id uuid not null references orders,
    seq int not null,
    lane smallint not null generated always as ((get_byte(uuid_send(order_id), 15) % 8)::smallint) stored,
    event jsonb not null,
    created_at timestamptz not null,
    published_at timestamptz,
    unique (order_id, seq)
);

create index outbox_unpublished_by_lane on outbox (lane, position) where published_at is null;

create table outbox_lanes (
    lane smallint primary key,
    -- Who publishes it, if anyone.
    owner uuid,
    -- The end of the owner's lease; without an owner, the end of the pause after a failure.
    until timestamptz not null default '-infinity',
    -- How often in a row publishing has failed.
    failures int not null default 0 check (failures >= 0)
)
with (fillfactor = 50);

insert into outbox_lanes (lane)
select generate_series(0, 7);
