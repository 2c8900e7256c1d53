-- The search of products. Names and queries come folded, their words separated by one space.

-- The grams of a name: the parts of one, two and three characters of its words.
create or replace function grams(p_folded text) returns text[]
    language sql immutable
as $$
    select coalesce(array_agg(distinct substr(word, start, size)), '{}')
    from unnest(string_to_array(p_folded, ' ')) word
    cross join generate_series(1, 3) size
    cross join generate_series(1, length(word) - size + 1) start
$$;

-- The grams that a name must have to match the query: the longest ones of its words.
create or replace function wanted_grams(p_query text) returns text[]
    language sql immutable
as $$
    select coalesce(array_agg(distinct substr(word, start, least(length(word), 3))), '{}')
    from unnest(string_to_array(p_query, ' ')) word
    cross join generate_series(1, greatest(length(word) - 2, 1)) start
$$;

-- The patterns that a name must match, one for each word of the query, wherever in the name the word is.
create or replace function word_patterns(p_query text) returns text[]
    language sql immutable
as $$
    select array_agg('%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%')
    from unnest(string_to_array(p_query, ' ')) word
$$;

-- Whether a name matches every pattern. A function, so that the planner does not think of patterns as a way to find few
-- names: there is no index for that, and it would read all of them.
create or replace function matches(p_folded text, p_patterns text[]) returns boolean
    language plpgsql immutable
as $$
begin
    return p_folded like all (p_patterns);
end
$$;

-- Writes the grams of a product's name.
create or replace function set_grams(p_product uuid, p_folded text) returns void
    language sql
as $$
    insert into product_grams (product_id, grams) values (p_product, grams(p_folded))
    on conflict (product_id) do update set grams = excluded.grams
$$;

-- At most p_limit products whose names have every word of the query, with numbers below p_before, newest first;
-- p_active: those that are sold, or those that are retired; p_available: only those that can be bought now.
--
-- Each call is planned anew, because the plan depends on the words. Rare ones are found by their grams. For words that
-- most names have, the products are read in the order of the list until there are enough.
create or replace function search_products(
    p_query text, p_active boolean, p_available boolean, p_before bigint, p_limit bigint
) returns setof jsonb
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    set enable_seqscan = off
    set jit = off
as $$
begin
    return query
    select product_document(product)
    from products product
    join product_grams on product_id = id
    where grams @> wanted_grams(p_query)
        and matches(folded_name, word_patterns(p_query))
        and active = p_active
        and (not p_available or stocked > reserved)
        and number < p_before
    order by number desc
    limit p_limit;
end
$$;
