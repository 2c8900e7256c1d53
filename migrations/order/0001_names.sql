-- The names that the saga's definition gives to statuses and cancellations, and the states of a saga. The
-- definition is components/order/src/fulfilment.rs; a test compares the two. Steps have no names here: the
-- journal holds whatever the definition says. docs/add-a-step.md shows how to add names.

create domain order_status as text
    constraint order_status_is_known check (value in (
        'PENDING',
        'AWAITING_PAYMENT',
        'AWAITING_ITEM_RESERVATION',
        'AWAITING_COURIER_RESERVATION',
        'READY',
        'CANCELLED'
    ));

create domain cancellation_code as text
    constraint cancellation_code_is_known check (value in (
        'PAYMENT_FAILED',
        'ITEM_RESERVATION_FAILED',
        'COURIER_RESERVATION_FAILED',
        'CANCELLED_BY_USER'
    ));

create domain saga_state as text
    constraint saga_state_is_known check (value in (
        'RUNNING', 'COMPENSATING', 'COMPLETED', 'COMPENSATED', 'STUCK'
    ));
