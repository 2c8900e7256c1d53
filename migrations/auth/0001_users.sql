-- Users. An e-mail is kept as it was given; two that differ only in the case of their letters are one.
--
-- Functions of hot paths `set enable_seqscan = off`: a session keeps the plans that it made while the tables
-- were small, and they must not read whole tables when these have grown.

create function rfc3339(p_at timestamptz) returns text
    language sql stable
    return to_char(p_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- E-mails are ASCII, so the case of a letter does not depend on any locale.
create function email_key(p_email text) returns text
    language sql immutable
    return lower(p_email collate "C");

create table users (
    id uuid primary key,
    email text not null check (char_length(email) <= 254),
    email_key text not null unique generated always as (email_key(email)) stored,
    password_hash text not null check (starts_with(password_hash, '$argon2id$')),
    role text not null default 'CUSTOMER' check (role in ('CUSTOMER', 'ADMIN')),
    -- Tells under which password of the configuration this became the administrator's account: a
    -- keyed hash, whose key the database does not know.
    admin_mark bytea check (octet_length(admin_mark) = 32),
    name text check (char_length(name) between 1 and 200),
    created_at timestamptz not null default now()
);

create function user_document(p_user users) returns jsonb
    language sql stable
    return jsonb_build_object(
        'id', p_user.id,
        'email', p_user.email,
        'name', p_user.name,
        'role', p_user.role,
        'createdAt', rfc3339(p_user.created_at)
    );

-- The new user; null when another one has this e-mail.
create function register_user(p_user uuid, p_email text, p_password_hash text, p_name text) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    account users;
begin
    insert into users (id, email, password_hash, name)
    values (p_user, p_email, p_password_hash, p_name)
    on conflict (email_key) do nothing;
    select * into account from users where id = p_user;
    if not found then
        return null;
    end if;
    return user_document(account);
end
$$;
