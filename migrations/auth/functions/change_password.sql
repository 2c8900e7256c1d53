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
-- False when the password has changed meanwhile. The attempt and the failures before it are deleted.
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
    if not found or account.password_hash not in (p_old_hash, p_new_hash) then
        return to_jsonb(false);
    end if;
    update users set password_hash = p_new_hash where id = p_user;
    delete from sessions
    where user_id = p_user and id is distinct from session_of_access(p_user, p_access_id);
    perform forget_failures(p_attempt, p_subject);
    return to_jsonb(true);
end
$$;

-- Ends every session of a user.
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
