-- Circuit breakers, one for each step of the saga. The circuit of a step is open while its participant does not answer:
-- the sagas that have to call it wait in `waiting_sagas`, and one at a time tries. It closes as soon as a call is
-- answered, and all of them go on. Functions: circuits.sql.

create table step_circuits (
    step text primary key,
    -- How many calls in a row have not been answered, of all sagas together.
    failures int not null check (failures >= 0),
    -- When the next of the waiting sagas may try; null while the circuit is closed.
    next_try_at timestamptz
)
with (fillfactor = 50);

create table waiting_sagas (
    order_id uuid not null references sagas,
    -- The step that is to be called, or undone.
    step text not null,
    -- When its last call failed.
    since timestamptz not null,
    -- The saga was claimed to try this step now.
    claimed boolean not null default false,
    primary key (order_id, step)
);

create index waiting_sagas_by_step on waiting_sagas (step, since) where not claimed;

-- What each claim of several sagas has taken, for as long as their leases, so that a second run of the same claim
-- returns the same.
create table claimed_batches (
    owner uuid primary key,
    order_ids uuid[] not null,
    until timestamptz not null
);

create index claimed_batches_by_end on claimed_batches (until);
