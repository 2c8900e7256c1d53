-- A customer's cancellation. It takes effect at once and gives the saga to p_owner under the next epoch, which
-- fences its former driver. p_change must be decided on the entry p_seq of the journal under p_epoch; with a
-- null p_change the call returns what to decide on.
--
-- Returns {outcome, …}:
-- NOT_FOUND (also for another customer's order), ALREADY_CANCELLED, TOO_LATE;
-- DECIDE, with epoch, seq, saga, definition and elapsed to decide on;
-- CANCELLED (now, or by an earlier run of the same call), with the order and the claim.
create or replace function cancel_order(
    p_order uuid, p_user uuid, p_owner uuid, p_lease_ms int,
    p_epoch bigint, p_seq int, p_change jsonb
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    held sagas;
    shown orders;
begin
    select * into held from sagas where order_id = p_order for update;
    select * into shown from orders where id = p_order and user_id = p_user;
    if not found then
        return jsonb_build_object('outcome', 'NOT_FOUND');
    end if;
    if shown.status = 'CANCELLED' then
        if held.lease_owner is distinct from p_owner then
            return jsonb_build_object('outcome', 'ALREADY_CANCELLED');
        end if;
    elsif shown.delivery_date <= today() then
        return jsonb_build_object('outcome', 'TOO_LATE');
    elsif p_change is null or held.epoch <> p_epoch or held.seq <> p_seq then
        return jsonb_build_object(
            'outcome', 'DECIDE',
            'epoch', held.epoch,
            'seq', held.seq,
            'saga', held.saga,
            'definition', held.definition,
            'elapsed', epoch_ms(clock_ms()) - epoch_ms(shown.created_at)
        );
    else
        perform apply_change(held, held.epoch + 1, p_owner, p_lease_ms, p_change);
        select * into strict held from sagas where order_id = p_order;
        select * into strict shown from orders where id = p_order;
    end if;
    return jsonb_build_object(
        'outcome', 'CANCELLED',
        'order', order_record(shown, held),
        'claim', claim_record(held)
    );
end
$$;
