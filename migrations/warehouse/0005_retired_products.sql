-- A product that is retired can no longer be bought; it is still there, and what is reserved of it stays.
alter table products add column active boolean not null default true;

-- For lists: of what is sold, and of what is retired.
create index products_sold on products (number) where active;
create index products_retired on products (number) where not active;

drop index products_available;
create index products_available on products (number) where active and stocked > reserved;

-- Changes of products, so that one which runs a second time, because its first answer was lost, changes nothing and
-- answers as before. They are kept for a day at least.
create table product_changes (
    id uuid primary key,
    product_id uuid not null references products,
    answer jsonb not null,
    created_at timestamptz not null default clock_timestamp()
);

create index product_changes_by_product on product_changes (product_id, created_at);
