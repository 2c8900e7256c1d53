-- The catalogue and the stock.

-- What can be bought (`quantity` in the API) is stocked less reserved. `folded_name` is the name as searches
-- compare it. The service folds it, because case folding in a database depends on how its cluster was made.
create table products (
    id uuid primary key,
    number bigint not null generated always as identity unique,
    name text not null check (length(name) between 1 and 200),
    folded_name text not null,
    description text,
    price bigint not null check (price between 1 and 1000000000000),
    stocked bigint not null check (stocked >= 0),
    reserved bigint not null default 0 check (reserved >= 0),
    created_at timestamptz not null default now(),
    constraint no_more_is_reserved_than_stocked check (reserved <= stocked)
);

create index products_available on products (number) where stocked > reserved;
