-- A login with the password of this hash. Null when the user's password has changed meanwhile. A second run, which p_attempt
-- tells, changes nothing: null when the session has ended meanwhile.
create or replace function open_session(
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
    if has_succeeded(p_attempt) then
        return session_grant(p_session, account, p_access_id);
    end if;
    if account.id is null or account.password_hash <> p_password_hash then
        return null;
    end if;
    if account.role = 'ADMIN' and account.email_key <> p_admin_key then
        account := demote(account.id);
    end if;
    perform succeed(p_attempt, p_subject);
    return start_session(p_session, account, p_handle, p_token, p_access_id);
end
$$;
