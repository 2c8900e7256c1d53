-- A user as the API shows it.
create or replace function user_document(p_user users) returns jsonb
    language sql stable
as $$
    select jsonb_build_object(
        'id', p_user.id,
        'email', p_user.email,
        'name', p_user.name,
        'role', p_user.role,
        'createdAt', rfc3339(p_user.created_at)
    )
$$;

-- Registers a user. Null when another user has this e-mail.
create or replace function register_user(p_user uuid, p_email text, p_password_hash text, p_name text) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    account users;
begin
    insert into users (id, email, password_hash, name)
    values (p_user, p_email, p_password_hash, p_name)
    on conflict do nothing;
    select * into account from users where id = p_user;
    if not found then
        return null;
    end if;
    return user_document(account);
end
$$;
