-- Writes a transition that was decided on the entry p_seq of the journal, under p_epoch. With p_lease_ms the lease begins
-- anew; when it is null, anyone may claim the saga when it is due. How many rows it returns, tells what has happened:
-- 0   another has claimed the saga, and nothing is changed
-- 1   it is written (now, or by an earlier run of the same call)
-- 2   it is written, and in spite of p_lease_ms the lease is over: the saga waits for the circuit of a step
create or replace function record_transition(
    p_order uuid, p_epoch bigint, p_seq int, p_change jsonb, p_lease_ms int
) returns setof boolean
    language plpgsql
    set enable_seqscan = off
as $$
declare
    held sagas;
begin
    select * into held from sagas where order_id = p_order for update;
    if held.epoch is distinct from p_epoch then
        return;
    end if;
    if held.seq = p_seq then
        perform apply_change(
            held, p_epoch, case when p_lease_ms is not null then held.lease_owner end, p_lease_ms, p_change
        );
        if p_lease_ms is not null and p_change ->> 'dueIn' is not null then
            select * into held from sagas where order_id = p_order;
        end if;
    elsif held.seq <> p_seq + jsonb_array_length(p_change -> 'entries') or held.saga <> p_change -> 'saga' then
        return;
    end if;
    return next true;
    if p_lease_ms is not null and p_change ->> 'dueIn' is not null and held.lease_owner is null then
        return next true;
    end if;
end
$$;
