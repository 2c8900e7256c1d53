-- Adds about p_limit rows to the tallies. Returns whether there are more.
create or replace function add_up(p_limit int) returns boolean
    language plpgsql
as $$
begin
    return add_up_notes(p_limit);
end
$$;

-- The numbers of the service's metrics, of one moment. Sessions that have expired are deleted with the next logins, so
-- they are few. Failed logins of a quarter of an hour are bounded by how many passwords are hashed; 50000 stands for more.
create or replace function totals() returns jsonb
    language sql stable
    set enable_seqscan = off
    set jit = off
as $$
    with rows_now as materialized (
        select name, sum(change) as number
        from (
            select name, total from tallies
            union all
            select name, change from row_notes
        ) as parts (name, change)
        group by name
    ),
    administrators as materialized (
        select count(*) as number from users where role = 'ADMIN'
    ),
    failures as materialized (
        select subject
        from login_attempts
        where failed and at > now() - login_window()
        order by at desc
        limit 50000
    )
    select jsonb_build_object(
        'users', jsonb_build_object(
            'ADMIN', (select number from administrators),
            'CUSTOMER', (select number from rows_now where name = 'users') - (select number from administrators)
        ),
        'sessions', (select number from rows_now where name = 'sessions') - (
            select count(*)
            from (select from sessions where expires_at <= now() order by expires_at limit 50000) as expired
        ),
        'failedLogins', (select count(*) from failures),
        'lockedLogins', (
            select count(*)
            from (
                select from failures
                group by subject
                having count(*) >= allowed_login_failures()
            ) as locked
        )
    )
$$;
