-- Exchanges p_token, of the session with this handle, for p_successor, which a token determines; p_other_successor is
-- what it is under the other key while the key is being replaced. p_genuine: auth made the token. A token that is
-- neither living nor genuine is a forgery. p_other_mark is the mark of the administrator's password under the other key.
-- Outcomes:
-- GRANTED, with what the access token is made of, and whether the successor is the other one. A repeat under any
-- idempotency key, within 30 seconds and before the successor is exchanged itself, gets the answer of the first exchange;
-- so does a second run of the same call, which p_access_id tells, however late;
-- KEY_REUSED: within a day the user exchanged another token under this key;
-- UNKNOWN: no session has this handle, or the token is a forgery, or its successor cannot be made again, or the same call
-- runs again after the successor was exchanged;
-- REUSED, EXPIRED, PASSWORD_CHANGED (the administrator's): the token was dead. The session is revoked.
create or replace function exchange_token(
    p_handle bytea, p_token bytea, p_genuine boolean, p_successor bytea, p_other_successor bytea, p_key text,
    p_access_id uuid, p_admin_key text, p_mark bytea, p_other_mark bytea
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
    if account.email_key = p_admin_key
        and not coalesce(account.admin_mark = p_mark or account.admin_mark = p_other_mark, false)
    then
        delete from sessions where user_id = account.id;
        return jsonb_build_object('outcome', 'PASSWORD_CHANGED');
    end if;
    if family.expires_at <= now() then
        delete from sessions where id = family.id;
        return jsonb_build_object('outcome', 'EXPIRED');
    end if;
    if family.token <> p_token then
        -- The same call may run twice, as after a lost answer; other repeats need an idempotency key.
        select * into earlier
        from rotations
        where token = p_token
            and session_id = family.id
            and (
                access_id = p_access_id
                or (p_key is not null and successor = family.token and at > now() - interval '30 seconds')
            );
        if not found then
            delete from sessions where id = family.id;
            return jsonb_build_object('outcome', 'REUSED', 'userId', account.id);
        end if;
        if earlier.successor = family.token and earlier.successor in (p_successor, p_other_successor) then
            return grant_document(account.id, earlier.access_role, earlier.access_id, earlier.at)
                || jsonb_build_object('outcome', 'GRANTED', 'other', earlier.successor <> p_successor);
        end if;
        -- The successor has been exchanged, or the release before made it of the idempotency key.
        return jsonb_build_object('outcome', 'UNKNOWN');
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
        || jsonb_build_object('outcome', 'GRANTED', 'other', false);
end
$$;
