-- How the transitions of a saga are written. Every change of an order and its saga is one call of a function.
--
-- A transition comes as `p_change`:
--   state        the saga's state as the API shows it
--   definition   the version of the saga's definition
--   saga         the state machine's new state
--   entries      the new entries of the journal
--   statuses     the new entries of the timeline, [{status, note}]
--   cancellation {code, detail} when it cancels the order, else null
--   courierId    the courier once one is reserved, else null
--   dueIn        milliseconds to the next action, when it is to wait; else null
--   ended        whether the saga has ended
--   answer       {step, answered} of the call that has just been made, else null
--   waits        the calls that wait for their next attempt, [{step, dueIn}]
--   giveUpIn     milliseconds to when the step that waits is given up; null when it is an undo, or none waits
-- Older builds leave out the last three.
--
-- Locks: the saga's row, the circuit's (circuits.sql), then the order's, which nobody locks without the saga's.

-- The one rule that the database checks: an order is READY exactly when its saga is COMPLETED.
create or replace function check_change(p_before text, p_change jsonb) returns void
    language plpgsql immutable
as $$
declare
    completes boolean = p_change ->> 'state' = 'COMPLETED';
    makes_ready boolean = coalesce(p_change #>> '{statuses,-1,status}' = 'READY', false);
    cancels boolean = jsonb_typeof(p_change -> 'cancellation') = 'object';
begin
    if completes <> makes_ready or (p_before = 'COMPLETED' and not cancels) then
        raise exception 'an order is READY exactly when its saga is COMPLETED'
            using errcode = 'check_violation';
    end if;
end
$$;

-- Adds a transition's entries to the journal.
create or replace function add_entries(p_order uuid, p_seq int, p_epoch bigint, p_change jsonb, p_at timestamptz)
    returns void
    language plpgsql
as $$
begin
    insert into saga_journal (order_id, seq, epoch, definition, entry, at)
    select p_order, p_seq + entry.number, p_epoch, (p_change ->> 'definition')::int, entry.it, p_at
    from jsonb_array_elements(p_change -> 'entries') with ordinality as entry (it, number);
end
$$;

-- Writes a transition to the saga, whose row the caller has locked, under p_epoch. p_owner, if not null, has the
-- lease afterwards, unless the saga has ended, or waits for the circuit of a step.
create or replace function apply_change(
    p_held sagas, p_epoch bigint, p_owner uuid, p_lease_ms int, p_change jsonb
) returns void
    language plpgsql
as $$
declare
    at timestamptz = clock_ms();
    ended boolean = (p_change ->> 'ended')::boolean;
    keeper uuid = case when not ended then p_owner end;
    waits_ms bigint = (p_change ->> 'dueIn')::bigint;
    without_circuits_ms bigint;
    lease_end timestamptz;
    customer uuid;
begin
    perform check_change(p_held.state, p_change);
    perform add_entries(p_held.order_id, p_held.seq, p_epoch, p_change, at);
    if p_held.seq >= 60 then
        perform delete_old_tries(p_held.order_id);
    end if;
    if p_change ? 'waits' then
        perform note_waits(p_held.order_id, p_change, at);
        if waits_ms is not null then
            without_circuits_ms = due_in(p_held.order_id, p_change);
            if without_circuits_ms > waits_ms then
                waits_ms = without_circuits_ms;
                keeper = null;
            end if;
        end if;
    end if;
    lease_end = case when keeper is not null then at + p_lease_ms * interval '1 ms' end;
    update sagas
    set state = p_change ->> 'state',
        definition = (p_change ->> 'definition')::int,
        saga = p_change -> 'saga',
        epoch = p_epoch,
        seq = p_held.seq + jsonb_array_length(p_change -> 'entries'),
        lease_owner = keeper,
        lease_until = lease_end,
        due_at = case
            when not ended then coalesce(lease_end, at + waits_ms * interval '1 ms')
        end,
        retry_requested = false,
        updated_at = at,
        ended_at = case when ended then at end
    where order_id = p_held.order_id;

    if p_change -> 'statuses' <> '[]' or p_change -> 'courierId' <> 'null' then
        update orders
        set status = coalesce(p_change #>> '{statuses,-1,status}', status),
            cancellation_code = coalesce(p_change #>> '{cancellation,code}', cancellation_code),
            cancellation_detail = coalesce(p_change #>> '{cancellation,detail}', cancellation_detail),
            courier_id = coalesce((p_change ->> 'courierId')::uuid, courier_id),
            updated_at = at
        where id = p_held.order_id
        returning user_id into strict customer;
        perform add_statuses(p_held.order_id, customer, p_change -> 'statuses', at);
    end if;
end
$$;
