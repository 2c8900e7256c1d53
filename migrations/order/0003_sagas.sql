-- The saga of each order: its state, its lease, and the journal from which the state is made.

create table sagas (
    order_id uuid primary key references orders,
    state saga_state not null,
    -- The version of the saga's definition that wrote this state; older builds leave it alone.
    definition int not null check (definition > 0),
    -- The state machine's own state: the sum of the journal.
    saga jsonb not null,
    -- The lease's number, one higher at each claim. A writer that names an older one changes nothing.
    epoch bigint not null check (epoch > 0),
    -- How many entries the journal has.
    seq int not null check (seq > 0),
    lease_owner uuid,
    lease_until timestamptz,
    -- When anyone may claim the saga: at the end of the lease or, without a lease, when the next action is
    -- due. Null when the saga has ended.
    due_at timestamptz,
    -- An administrator has asked that what waits for its next attempt is tried now.
    retry_requested boolean not null default false,
    -- The trace of the request that placed the order (W3C Trace Context); sent with every call of the saga.
    traceparent text check (traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'),
    tracestate text check (tracestate is null or traceparent is not null),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    ended_at timestamptz,
    check ((state in ('COMPLETED', 'COMPENSATED')) = (ended_at is not null)),
    check ((ended_at is null) = (due_at is not null)),
    check ((lease_owner is null) = (lease_until is null)),
    check (lease_until is null or due_at = lease_until),
    check (not retry_requested or due_at is not null)
)
-- Leaves room for a row's new version beside the old one.
with (fillfactor = 70);

create index sagas_due on sagas (due_at) where due_at is not null;
create index sagas_by_state on sagas (state, order_id);

create table saga_journal (
    order_id uuid not null references sagas,
    seq int not null check (seq > 0),
    -- The epoch under which it was written.
    epoch bigint not null,
    -- The version of the saga's definition that wrote it.
    definition int not null,
    entry jsonb not null,
    at timestamptz not null,
    -- Whether `tally_journal` counts it: an ending, the start of a compensation, a repeated call.
    tallied boolean not null generated always as (
        -- Definition 1 wrote TURNED_BACK for COMPENSATION_STARTED.
        entry ->> 'type' in ('COMPLETED', 'COMPENSATED', 'COMPENSATION_STARTED', 'TURNED_BACK')
        or coalesce((entry ->> 'attempt')::int > 1, false)
    ) stored,
    primary key (order_id, seq)
);

create index saga_journal_tallied on saga_journal (at) where tallied;

create trigger saga_journal_only_grow
    before update or delete or truncate on saga_journal
    for each statement execute function refuse_change();
