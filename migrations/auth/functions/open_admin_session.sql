-- A login of the administrator, whose password is in the configuration. p_mark identifies the password,
-- p_password_hash is a hash of it; p_other_mark identifies it under the other key while the key is being replaced. The
-- account is made as p_user when there is none. A changed password revokes the account's tokens. A second run, which
-- p_attempt tells, changes nothing: null when the session has ended meanwhile.
create or replace function open_administrator_session(
    p_attempt uuid, p_subject bytea, p_user uuid, p_email text, p_password_hash text, p_mark bytea, p_other_mark bytea,
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
    on conflict do nothing;
    select * into strict account from users where email_key = lower(p_email collate "C") for no key update;
    if has_succeeded(p_attempt) then
        return session_grant(p_session, account, p_access_id);
    end if;
    if not coalesce(account.admin_mark = p_mark or account.admin_mark = p_other_mark, false) then
        delete from sessions where user_id = account.id;
        update users
        set role = 'ADMIN', admin_mark = p_mark, password_hash = p_password_hash
        where id = account.id
        returning * into account;
    elsif account.role <> 'ADMIN' then
        update users set role = 'ADMIN' where id = account.id
        returning * into account;
    end if;
    perform succeed(p_attempt, p_subject);
    return start_session(p_session, account, p_handle, p_token, p_access_id);
end
$$;

-- The same, of the release before.
create or replace function open_admin_session(
    p_attempt uuid, p_subject bytea, p_user uuid, p_email text, p_password_hash text, p_mark bytea,
    p_session uuid, p_handle bytea, p_token bytea, p_access_id uuid
) returns jsonb
    language plpgsql
as $$
begin
    return open_administrator_session(
        p_attempt, p_subject, p_user, p_email, p_password_hash, p_mark, null,
        p_session, p_handle, p_token, p_access_id
    );
end
$$;
