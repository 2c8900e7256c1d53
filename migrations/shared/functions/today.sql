-- The present date (UTC). What is today is decided by the database's clock alone.
create or replace function today() returns date
    language sql volatile
as $$
    select (clock_timestamp() at time zone 'UTC')::date
$$;
