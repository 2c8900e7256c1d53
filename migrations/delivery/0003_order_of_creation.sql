-- The order of the couriers' numbers is that of their times of creation. `create_courier` keeps it so.
update couriers
set created_at = latest
from (select id, max(created_at) over (order by number) as latest from couriers) so_far
where so_far.id = couriers.id and created_at < latest;
