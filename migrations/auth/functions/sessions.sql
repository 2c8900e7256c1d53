-- When a token that is made now expires: after 30 days, but no session lasts longer than 90.
create or replace function session_end(p_created_at timestamptz) returns timestamptz
    language sql stable
as $$
    select least(now() + interval '30 days', p_created_at + interval '90 days')
$$;

-- What the component makes an access token of.
create or replace function grant_document(p_user uuid, p_role text, p_access_id uuid, p_at timestamptz) returns jsonb
    language sql stable
as $$
    select jsonb_build_object(
        'userId', p_user,
        'role', p_role,
        'accessId', p_access_id,
        'issuedAt', floor(extract(epoch from p_at))::bigint
    )
$$;

-- The first grant of a session that was begun before; null when it has ended.
create or replace function session_grant(p_session uuid, p_account users, p_access_id uuid) returns jsonb
    language plpgsql stable
    set enable_seqscan = off
as $$
begin
    return (
        select grant_document(p_account.id, p_account.role, p_access_id, created_at)
        from sessions
        where id = p_session
    );
end
$$;

-- Makes a session, or returns it when an earlier run of the same statement has made it.
create or replace function start_session(
    p_session uuid, p_account users, p_handle bytea, p_token bytea, p_access_id uuid
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    started_at timestamptz;
begin
    delete from sessions
    where id in (
        select id
        from sessions
        where expires_at < now()
        order by expires_at
        limit 5
        for update skip locked
    );
    insert into sessions (id, user_id, handle, token, access_id, expires_at)
    values (p_session, p_account.id, p_handle, p_token, p_access_id, session_end(now()))
    on conflict do nothing;
    select created_at into strict started_at from sessions where id = p_session;
    return grant_document(p_account.id, p_account.role, p_access_id, started_at);
end
$$;

-- Makes a customer of a user who has the role ADMIN but is not the administrator.
create or replace function demote(p_user uuid) returns users
    language plpgsql
    set enable_seqscan = off
as $$
declare
    account users;
begin
    update users set role = 'CUSTOMER', admin_mark = null where id = p_user
    returning * into account;
    return account;
end
$$;

-- Ends the session with this handle, if there is one and the token is one of it: the living one, or, with p_genuine, any
-- that auth made.
create or replace function end_session(p_handle bytea, p_token bytea, p_genuine boolean) returns void
    language plpgsql
    set enable_seqscan = off
as $$
begin
    delete from sessions where handle = p_handle and (p_genuine or token = p_token);
end
$$;

-- Deletes the session with this handle, if there is one. Of the release before.
create or replace function close_session(p_handle bytea) returns void
    language plpgsql
    set enable_seqscan = off
as $$
begin
    delete from sessions where handle = p_handle;
end
$$;
