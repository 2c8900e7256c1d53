-- Adds entries to an order's timeline, [{status, note}], and to the outbox.
create or replace function add_statuses(p_order uuid, p_user uuid, p_statuses jsonb, p_at timestamptz) returns void
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
        'time', rfc3339(p_at),
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
