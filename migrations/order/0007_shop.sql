-- The shop sees everyone's orders and may cancel them, with a reason that the customer is shown.
alter domain cancellation_code drop constraint cancellation_code_is_known;
alter domain cancellation_code add constraint cancellation_code_is_known check (value in (
    'PAYMENT_FAILED',
    'ITEM_RESERVATION_FAILED',
    'COURIER_RESERVATION_FAILED',
    'CANCELLED_BY_USER',
    'CANCELLED_BY_SHOP'
)) not valid;

alter table orders add constraint the_shop_gives_a_reason check (
    cancellation_code is distinct from 'CANCELLED_BY_SHOP'
    or coalesce(length(cancellation_detail), 0) between 1 and 200
) not valid;

create index orders_by_status on orders (status, created_at, id);
