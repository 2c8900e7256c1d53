-- The search of products by the parts of their names.
--
-- The grams of a name are the parts of one, two and three characters of its words. They are in a table of their own,
-- because each reservation writes a new version of a product's row, and of its entries in every index.
create table product_grams (
    product_id uuid primary key references products,
    grams text[] not null
);

-- Names change seldom: without a list of entries that are still to be sorted in, a search costs the same after a change.
create index product_grams_by_gram on product_grams using gin (grams) with (fastupdate = off);

-- Names were folded by lower case alone until now. What the service folds them to is in components/warehouse/src/search.rs;
-- this is the same for all but a few rare letters, which are folded at the next change of the name.
update products
set folded_name = btrim(regexp_replace(
    replace(replace(replace(
        lower(normalize(folded_name, nfkc) collate "C"), 'ё', 'е'), 'ß', 'ss'), 'ς', 'σ'),
    '\s+', ' ', 'g'
));

-- As the function `grams`, which is not there yet.
insert into product_grams (product_id, grams)
select product.id, coalesce(array_agg(distinct substr(word, start, size)), '{}')
from products product
cross join unnest(string_to_array(folded_name, ' ')) word
cross join generate_series(1, 3) size
cross join generate_series(1, length(word) - size + 1) start
group by product.id;
