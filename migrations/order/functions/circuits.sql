-- The circuit breakers of the steps. See 0008_circuits.sql.

-- How long an open circuit lets nobody try, after so many failures in a row: from 1.25 s to 5 s.
create or replace function circuit_pause(p_failures int) returns interval
    language sql immutable
as $$
    select least(p_failures * 250, 5000) * interval '1 ms'
$$;

-- Counts a call of a step that was answered, or was not. Five in a row that were not, of whichever sagas, open the
-- circuit; an answer closes it. Returns whether it is open now.
--
-- A circuit that another session is counting at this moment is left to that one: they fail together, and no saga has to
-- wait for another.
create or replace function note_answer(p_step text, p_answered boolean, p_at timestamptz) returns boolean
    language plpgsql
as $$
declare
    circuit step_circuits;
begin
    if p_answered then
        update step_circuits
        set failures = 0, next_try_at = null
        where step = (
            select step
            from step_circuits
            where step = p_step and failures > 0
            for update skip locked
        );
        return false;
    end if;
    select * into circuit from step_circuits where step = p_step for update skip locked;
    if not found then
        insert into step_circuits (step, failures) values (p_step, 1) on conflict do nothing;
        return exists (select from step_circuits where step = p_step and next_try_at is not null);
    end if;
    circuit.failures = circuit.failures + 1;
    circuit.next_try_at = case when circuit.failures >= 5 then p_at + circuit_pause(circuit.failures) end;
    update step_circuits
    set failures = circuit.failures, next_try_at = circuit.next_try_at
    where step = p_step;
    return circuit.next_try_at is not null;
end
$$;

-- Takes note of which steps a saga waits for, given what its transition says of the last call (`answer`) and of the calls
-- that are still to be made (`waits`).
create or replace function note_waits(p_order uuid, p_change jsonb, p_at timestamptz) returns void
    language plpgsql
as $$
declare
    called text = p_change #>> '{answer,step}';
    answered boolean = (p_change #>> '{answer,answered}')::boolean;
begin
    delete from waiting_sagas
    where order_id = p_order
        and not exists (
            select
            from jsonb_array_elements(p_change -> 'waits') as wait
            where wait ->> 'step' = waiting_sagas.step
        );
    if called is not null and note_answer(called, answered, p_at) then
        insert into waiting_sagas (order_id, step, since)
        select p_order, called, p_at
        from jsonb_array_elements(p_change -> 'waits') as wait
        where wait ->> 'step' = called
        on conflict (order_id, step) do update set since = excluded.since, claimed = false;
    end if;
end
$$;

-- In how many milliseconds a saga that has to wait is due: at the next attempt of a call that waits for no circuit, and at
-- the latest when its step is given up. A circuit claims those that wait for it; should it ever fail to, they are due
-- after six hours.
create or replace function due_in(p_order uuid, p_change jsonb) returns bigint
    language sql volatile
as $$
    select least(
        (
            select min((wait ->> 'dueIn')::bigint)
            from jsonb_array_elements(p_change -> 'waits') as wait
            where not exists (
                select
                from waiting_sagas
                where order_id = p_order and step = wait ->> 'step' and not claimed
            )
        ),
        (p_change ->> 'giveUpIn')::bigint,
        6 * 60 * 60 * 1000
    )
$$;

-- The sagas that may try a step now, at most p_limit: those that wait for a circuit that is closed, who has waited for
-- longest first, and one for each open circuit whose pause is over. The caller claims them for p_lease_ms. Sagas that
-- are driven, are being claimed by another, or are of a newer build are passed over.
--
-- Locks: the sagas' rows, passing over those that are locked; then the circuit's row.
create or replace function choose_waiting_sagas(p_lease_ms int, p_definition int, p_limit int) returns uuid[]
    language plpgsql
as $$
declare
    at timestamptz = clock_ms();
    chosen uuid[] = '{}';
    circuit step_circuits;
    wanted int;
    found_now uuid[];
begin
    for circuit in
        select *
        from step_circuits
        where next_try_at is null or next_try_at <= at
    loop
        wanted = case
            when circuit.next_try_at is null then p_limit - cardinality(chosen)
            else 1
        end;
        select array_agg(order_id) into found_now
        from (
            select waiting.order_id
            from waiting_sagas as waiting
            join sagas on sagas.order_id = waiting.order_id
            where waiting.step = circuit.step
                and not waiting.claimed
                and sagas.definition <= p_definition
                and sagas.due_at is not null
                and (sagas.lease_until is null or sagas.lease_until <= at)
            order by waiting.since
            limit wanted
            for update of sagas skip locked
        ) as free;
        continue when found_now is null;
        if circuit.next_try_at is not null then
            -- Nobody else tries until this one has failed, or its driver has.
            update step_circuits
            set next_try_at = at + p_lease_ms * interval '1 ms'
            where step = circuit.step and next_try_at <= at;
            continue when not found;
        end if;
        update waiting_sagas
        set claimed = true
        where step = circuit.step and order_id = any (found_now);
        chosen = chosen || found_now;
    end loop;
    return chosen;
end
$$;
