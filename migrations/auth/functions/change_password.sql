-- The session of an access token; null when it has ended, or began in the release before.
create or replace function session_of_access(p_user uuid, p_access_id uuid) returns uuid
    language plpgsql stable
    set enable_seqscan = off
as $$
declare
    found_session uuid;
begin
    select id into found_session
    from sessions
    where user_id = p_user
        and (
            access_id = p_access_id
            or exists (
                select from rotations
                where session_id = sessions.id and rotations.access_id = p_access_id
            )
        );
    return found_session;
end
$$;

-- Replaces a password whose hash is p_old_hash, and ends every session of the user but the one of this access token.
-- False when the password has changed meanwhile. Ends the attempt; a second run changes nothing, also when the password
-- has changed again or other sessions have begun.
create or replace function change_password(
    p_attempt uuid, p_subject bytea, p_user uuid, p_old_hash text, p_new_hash text, p_access_id uuid
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    account users;
begin
    select * into account from users where id = p_user for no key update;
    if has_succeeded(p_attempt) then
        return to_jsonb(true);
    end if;
    if account.id is null or account.password_hash <> p_old_hash then
        return to_jsonb(false);
    end if;
    update users set password_hash = p_new_hash where id = p_user;
    delete from sessions
    where user_id = p_user and id is distinct from session_of_access(p_user, p_access_id);
    perform succeed(p_attempt, p_subject);
    return to_jsonb(true);
end
$$;

-- Ends every session of a user, once for each p_ending: a second run leaves the sessions that began since the first.
create or replace function end_sessions(p_ending uuid, p_user uuid) returns void
    language plpgsql
    set enable_seqscan = off
as $$
begin
    -- The user first, as in every change of sessions.
    perform from users where id = p_user for no key update;
    if not found then
        return;
    end if;
    delete from session_endings
    where user_id = p_user and at < clock_timestamp() - interval '1 day';
    insert into session_endings (id, user_id) values (p_ending, p_user)
    on conflict do nothing;
    if found then
        delete from sessions where user_id = p_user;
    end if;
end
$$;

-- Ends every session of a user, at each run. Of the release before.
create or replace function close_sessions(p_user uuid) returns void
    language plpgsql
    set enable_seqscan = off
as $$
begin
    -- The user first, as in every change of sessions.
    perform from users where id = p_user for no key update;
    delete from sessions where user_id = p_user;
end
$$;
