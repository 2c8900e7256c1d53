-- Of the release before; exchange_token has replaced it.
--
-- Exchanges p_token, of the session with this handle, for p_successor. p_genuine: auth made the token. A token
-- that is neither living nor genuine is a forgery. Outcomes:
-- GRANTED, with what the access token is made of. A repeat with the same successor, within 30 seconds and before it is
-- exchanged itself, gets the answer of the first exchange;
-- KEY_REUSED: within a day the user exchanged another token under this key;
-- UNKNOWN: no session has this handle, or the token is a forgery;
-- REUSED, EXPIRED, PASSWORD_CHANGED (the administrator's): the token was dead. The session is revoked.
create or replace function refresh_session(
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
            and successor = family.token
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
