-- Lists are in the order of creation by the database's clock, which is what they show. Ids come from the clocks of the
-- hosts, so they only separate what was created in the same millisecond.

drop index orders_by_user;
create index orders_by_user on orders (user_id, created_at, id);

drop index orders_by_user_and_status;
create index orders_by_user_and_status on orders (user_id, status, created_at, id);

create index orders_by_creation on orders (created_at, id);

drop index sagas_by_state;
create index sagas_by_state on sagas (state, created_at, order_id);
