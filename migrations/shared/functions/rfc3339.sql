-- An instant as the API shows it, such as 2026-12-01T09:30:00.123Z.
create or replace function rfc3339(p_at timestamptz) returns text
    language sql stable
as $$
    select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
