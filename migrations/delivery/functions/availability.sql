-- How many couriers who are not retired are free on each date from p_from to p_to.
create or replace function availability(p_from date, p_to date) returns setof jsonb
    language plpgsql stable
as $$
declare
    everybody bigint := (select count(*) from couriers where active);
begin
    return query
    select jsonb_build_object('date', day::date, 'freeCouriers', everybody - (
        select count(*)
        from reservations
        join couriers on couriers.id = courier_id
        where date = day::date and status = 'RESERVED' and active
    ))
    from generate_series(p_from::timestamp, p_to::timestamp, interval '1 day') day
    order by day;
end
$$;
