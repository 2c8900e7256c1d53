-- Sessions. A session is a login and its family: the refresh tokens that descend from the login. All tokens
-- of a session begin with the same secret handle, and exactly one of them is alive. So a genuine token with
-- the handle of a session that is not the living token is dead, however old, and no row is kept for it. Of a
-- token or handle only the SHA-256 is kept.
--
-- Revoking a session deletes it: its tokens are then unknown.
--
-- Locks: the user, then the session, so that the user's role and sessions do not change while a token pair
-- is made.

create table sessions (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    handle bytea not null unique check (octet_length(handle) = 32),
    -- The living token, valid until expires_at.
    token bytea not null check (octet_length(token) = 32),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);

create index sessions_of_user on sessions (user_id);
create index sessions_by_end on sessions (expires_at);

-- What tokens were exchanged for, kept for a day: an exchange that is repeated at once gets the same pair
-- again, and an idempotency key is not accepted for another token. The access token is not kept: it is made
-- again, identical, from its id, role and time.
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
