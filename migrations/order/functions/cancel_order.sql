-- Cancellations: by the customer, and by the shop. A cancellation takes effect at once and gives the saga to p_owner
-- under the next epoch, which fences its former driver. p_change must be decided on the entry p_seq of the journal under
-- p_epoch; with a null p_change the call returns what to decide on.
--
-- Each returns {outcome, …}:
-- NOT_FOUND, ALREADY_CANCELLED, TOO_LATE;
-- DECIDE, with epoch, seq, saga, definition and elapsed to decide on;
-- CANCELLED (now, or by an earlier run of the same call), with the order and the claim.
--
-- Locks: the saga's row, then the order's.

-- What does not depend on who cancels. The caller has locked the saga's row.
create or replace function cancel_held_order(
    p_held sagas, p_shown orders, p_owner uuid, p_lease_ms int, p_epoch bigint, p_seq int, p_change jsonb
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
begin
    if p_shown.status = 'CANCELLED' then
        if p_held.lease_owner is distinct from p_owner then
            return jsonb_build_object('outcome', 'ALREADY_CANCELLED');
        end if;
    elsif p_change is null or p_held.epoch <> p_epoch or p_held.seq <> p_seq then
        return jsonb_build_object(
            'outcome', 'DECIDE',
            'epoch', p_held.epoch,
            'seq', p_held.seq,
            'saga', p_held.saga,
            'definition', p_held.definition,
            'elapsed', epoch_ms(clock_ms()) - epoch_ms(p_shown.created_at)
        );
    else
        perform apply_change(p_held, p_held.epoch + 1, p_owner, p_lease_ms, p_change);
        select * into strict p_held from sagas where order_id = p_held.order_id;
        select * into strict p_shown from orders where id = p_held.order_id;
    end if;
    return jsonb_build_object(
        'outcome', 'CANCELLED',
        'order', order_record(p_shown, p_held),
        'claim', claim_record(p_held)
    );
end
$$;

-- The customer's cancellation, until the day before the delivery date. Another customer's order is NOT_FOUND.
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
    elsif shown.status <> 'CANCELLED' and shown.delivery_date <= today() then
        return jsonb_build_object('outcome', 'TOO_LATE');
    end if;
    return cancel_held_order(held, shown, p_owner, p_lease_ms, p_epoch, p_seq, p_change);
end
$$;

-- The shop's cancellation, of any order at any time.
create or replace function cancel_order_by_shop(
    p_order uuid, p_owner uuid, p_lease_ms int, p_epoch bigint, p_seq int, p_change jsonb
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    held sagas;
    shown orders;
begin
    select * into held from sagas where order_id = p_order for update;
    select * into shown from orders where id = p_order;
    if not found then
        return jsonb_build_object('outcome', 'NOT_FOUND');
    end if;
    return cancel_held_order(held, shown, p_owner, p_lease_ms, p_epoch, p_seq, p_change);
end
$$;
