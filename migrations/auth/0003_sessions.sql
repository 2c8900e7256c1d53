-- Sessions: a login and the refresh tokens that descend from it, its family. All tokens of a session
-- begin with the same secret handle, and one of them is alive. So a genuine token with the handle of a
-- session that is not the living one is dead, however old, without a row for each that ever was. What is
-- kept of a token or handle is its SHA-256.
--
-- A session that is revoked is deleted: all of its tokens are as if they had never been.
--
-- Locks: the user, then the session, so that a user's role and sessions do not change while a pair is
-- made.

create table sessions (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    handle bytea not null unique check (octet_length(handle) = 32),
    -- The living token, which is good until expires_at.
    token bytea not null check (octet_length(token) = 32),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);

create index sessions_of_user on sessions (user_id);
create index sessions_by_end on sessions (expires_at);

-- What tokens were exchanged for, for a day: the same pair is given again to whoever repeats the
-- exchange at once, and a key is not taken for another token. The access token is not here: it is made
-- again, bit by bit the same, of its id, role and time.
create table rotations (
    token bytea primary key,
    session_id uuid not null references sessions on delete cascade,
    user_id uuid not null,
    successor bytea not null,
    idempotency_key text,
    access_id uuid not null,
    access_role text not null,
    at timestamptz not null default now()
);

create index rotations_of_session on rotations (session_id);
create index rotations_of_key on rotations (user_id, idempotency_key) where idempotency_key is not null;
create index rotations_by_age on rotations (at);

-- A token is good for 30 days, and no session lasts longer than 90.
create function session_end(p_created_at timestamptz) returns timestamptz
    language sql stable
    return least(now() + interval '30 days', p_created_at + interval '90 days');

create function grant_document(p_user uuid, p_role text, p_access_id uuid, p_at timestamptz) returns jsonb
    language sql stable
    return jsonb_build_object(
        'userId', p_user,
        'role', p_role,
        'accessId', p_access_id,
        'issuedAt', floor(extract(epoch from p_at))::bigint
    );

-- Makes a session, or finds that it was made by this same statement before.
create function start_session(
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
    insert into sessions (id, user_id, handle, token, expires_at)
    values (p_session, p_account.id, p_handle, p_token, session_end(now()))
    on conflict (id) do nothing;
    select created_at into strict started_at from sessions where id = p_session;
    return grant_document(p_account.id, p_account.role, p_access_id, started_at);
end
$$;

-- What a user has who is an ADMIN without being the administrator.
create function demote(p_user uuid) returns users
    language sql
begin atomic
    update users set role = 'CUSTOMER', admin_mark = null where id = p_user
    returning *;
end;

-- A login with the password that has this hash. Null when the user has another password by now.
create function open_session(
    p_attempt uuid, p_subject bytea, p_user uuid, p_password_hash text, p_admin_key text,
    p_session uuid, p_handle bytea, p_token bytea, p_access_id uuid
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    account users;
begin
    select * into account from users where id = p_user for no key update;
    if not found or account.password_hash <> p_password_hash then
        return null;
    end if;
    if account.role = 'ADMIN' and account.email_key <> p_admin_key then
        account := demote(account.id);
    end if;
    perform forget_failures(p_attempt, p_subject);
    return start_session(p_session, account, p_handle, p_token, p_access_id);
end
$$;

-- A login of the administrator, whose password the configuration holds; p_mark tells which password,
-- p_password_hash is a hash of it. The account is made as p_user when there is none. Whoever had
-- tokens under another password loses them.
create function open_admin_session(
    p_attempt uuid, p_subject bytea, p_user uuid, p_email text, p_password_hash text, p_mark bytea,
    p_session uuid, p_handle bytea, p_token bytea, p_access_id uuid
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    account users;
begin
    insert into users (id, email, password_hash, role, admin_mark)
    values (p_user, p_email, p_password_hash, 'ADMIN', p_mark)
    on conflict (email_key) do nothing;
    select * into strict account from users where email_key = email_key(p_email) for no key update;
    if account.admin_mark is distinct from p_mark then
        delete from sessions where user_id = account.id;
        update users
        set role = 'ADMIN', admin_mark = p_mark, password_hash = p_password_hash
        where id = account.id
        returning * into account;
    elsif account.role <> 'ADMIN' then
        update users set role = 'ADMIN' where id = account.id
        returning * into account;
    end if;
    perform forget_failures(p_attempt, p_subject);
    return start_session(p_session, account, p_handle, p_token, p_access_id);
end
$$;

-- Exchanges p_token, of the session with this handle, for p_successor. p_genuine tells whether the token
-- proves that auth made it; one that is neither living nor genuine says nothing about the session. Outcomes:
-- GRANTED, with what the access token is made of: of this exchange, or of one with the same successor
-- within the last 30 seconds, which a successor that depends on the key alone makes a repeat of it;
-- KEY_REUSED: the user exchanged another token under this key, within a day;
-- UNKNOWN: no session has this handle, or the token is a forgery;
-- REUSED, EXPIRED, PASSWORD_CHANGED (the administrator's): the token was dead, and now is its session.
create function refresh_session(
    p_handle bytea, p_token bytea, p_genuine boolean, p_successor bytea, p_key text, p_access_id uuid,
    p_admin_key text, p_mark bytea
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    account users;
    family sessions;
    earlier rotations;
begin
    select * into account
    from users
    where id = (select user_id from sessions where handle = p_handle)
    for no key update;
    select * into family from sessions where handle = p_handle for update;
    if account.id is null or family.id is null or (family.token <> p_token and not p_genuine) then
        return jsonb_build_object('outcome', 'UNKNOWN');
    end if;
    if account.email_key = p_admin_key and account.admin_mark is distinct from p_mark then
        delete from sessions where user_id = account.id;
        return jsonb_build_object('outcome', 'PASSWORD_CHANGED');
    end if;
    if family.expires_at <= now() then
        delete from sessions where id = family.id;
        return jsonb_build_object('outcome', 'EXPIRED');
    end if;
    if family.token <> p_token then
        select * into earlier
        from rotations
        where token = p_token
            and session_id = family.id
            and successor = p_successor
            and at > now() - interval '30 seconds';
        if not found then
            delete from sessions where id = family.id;
            return jsonb_build_object('outcome', 'REUSED', 'userId', account.id);
        end if;
        return grant_document(account.id, earlier.access_role, earlier.access_id, earlier.at)
            || jsonb_build_object('outcome', 'GRANTED');
    end if;
    if exists (
        select from rotations
        where user_id = account.id
            and idempotency_key = p_key
            and at > now() - interval '24 hours'
    ) then
        return jsonb_build_object('outcome', 'KEY_REUSED');
    end if;
    if account.role = 'ADMIN' and account.email_key <> p_admin_key then
        account := demote(account.id);
    end if;
    update sessions set token = p_successor, expires_at = session_end(created_at) where id = family.id;
    insert into rotations (token, session_id, user_id, successor, idempotency_key, access_id, access_role)
    values (p_token, family.id, account.id, p_successor, p_key, p_access_id, account.role);
    delete from rotations
    where token in (
        select token
        from rotations
        where at < now() - interval '24 hours'
        order by at
        limit 20
        for update skip locked
    );
    return grant_document(account.id, account.role, p_access_id, now())
        || jsonb_build_object('outcome', 'GRANTED');
end
$$;

-- Ends the session with this handle, if there is one.
create function close_session(p_handle bytea) returns void
    language sql
begin atomic
    delete from sessions where handle = p_handle;
end;
