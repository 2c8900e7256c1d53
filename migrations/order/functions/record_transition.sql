-- Writes a transition that was decided on the entry p_seq of the journal, under p_epoch. Returns a row when it
-- is written (now, or by an earlier run of the same call); none, and nothing is changed, when another has
-- claimed the saga. With p_lease_ms the lease begins anew; when it is null, anyone may claim the saga when it is
-- due.
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
        return next true;
    elsif held.seq = p_seq + jsonb_array_length(p_change -> 'entries') and held.saga = p_change -> 'saga' then
        return next true;
    end if;
end
$$;
