-- The order of the products' numbers is that of their times of creation. `create_product` keeps it so.
update products
set created_at = latest
from (select id, max(created_at) over (order by number) as latest from products) so_far
where so_far.id = products.id and created_at < latest;
