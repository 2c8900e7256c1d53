-- Failed logins count for the client's address as well, whatever the e-mail, so that one password cannot be tried on
-- many e-mails; and registrations count for the address. `address` is a keyed hash of a client's network. Attempts of
-- the release before have none.
alter table login_attempts add column address bytea check (octet_length(address) = 32);

create index login_attempts_of_address on login_attempts (address, at) where address is not null;

create table registration_attempts (
    id uuid primary key,
    address bytea not null check (octet_length(address) = 32),
    at timestamptz not null default clock_timestamp()
);

create index registration_attempts_of_address on registration_attempts (address, at);
create index registration_attempts_by_age on registration_attempts (at);

-- When the next password may be hashed: see `take_hash_turn`.
create table hash_turns (
    single boolean primary key default true check (single),
    next_at timestamptz not null
)
with (fillfactor = 50);

insert into hash_turns (next_at) values ('-infinity');

-- The id of the access token that a session began with; the later ones are in `rotations`. By it the session of a
-- request is known. Sessions that began in the release before have none.
alter table sessions add column access_id uuid;

-- A user may change the password, or end every session: change_password and close_sessions.
