-- Deletes those of the p_limit oldest events that were published longer than p_age_ms ago and, with p_unwanted, those that
-- were written longer ago though nobody has published them. Returns a row for each.
create or replace function delete_old_events(p_age_ms bigint, p_limit int, p_unwanted boolean) returns setof boolean
    language plpgsql
    set enable_seqscan = off
    set jit = off
as $$
declare
    before timestamptz = clock_ms() - p_age_ms * interval '1 ms';
begin
    -- Most calls find nothing to delete and end here.
    if (select created_at from outbox order by position limit 1) > before then
        return;
    end if;
    return query
    with oldest as (
        select position
        from outbox
        order by position
        limit p_limit
    )
    delete from outbox
    using oldest
    where outbox.position = oldest.position
        and (published_at <= before or (p_unwanted and created_at <= before))
    returning true;
end
$$;

-- Of the release before.
create or replace function delete_published_events(p_age_ms bigint, p_limit int) returns setof boolean
    language sql
as $$
    select delete_old_events(p_age_ms, p_limit, false)
$$;
