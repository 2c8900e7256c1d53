-- The numbers of the service's metrics.
create or replace function totals() returns jsonb
    language sql stable
as $$
    select jsonb_build_object(
        'users', (
            select coalesce(jsonb_object_agg(role, users), '{}')
            from (select role, count(*) as users from users group by role) as by_role
        ),
        'sessions', (select count(*) from sessions where expires_at > now()),
        'failedLogins', (
            select count(*) from login_attempts where failed and at > now() - login_window()
        ),
        'lockedLogins', (
            select count(*)
            from (
                select from login_attempts
                where failed and at > now() - login_window()
                group by subject
                having count(*) >= allowed_login_failures()
            ) as locked
        )
    )
$$;
