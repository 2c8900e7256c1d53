-- What runs a second time, because its first answer was lost, changes nothing and answers as before.

-- An attempt that succeeded stays for 15 minutes like others, and no longer counts. Until now it was deleted.
alter table login_attempts add column succeeded boolean not null default false;
alter table login_attempts add constraint an_attempt_ends_once check (not (failed and succeeded));

drop index login_attempts_of_subject;
create index login_attempts_of_subject on login_attempts (subject, at) where not succeeded;
drop index login_attempts_of_address;
create index login_attempts_of_address on login_attempts (address, at) where address is not null and not succeeded;

-- When the password of an attempt may be hashed; see `take_hash_turn`.
alter table login_attempts add column hash_at timestamptz;
alter table registration_attempts add column hash_at timestamptz;

-- The ends of all sessions of a user, kept for a day at least; see `end_sessions`.
create table session_endings (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    at timestamptz not null default clock_timestamp()
);

create index session_endings_of_user on session_endings (user_id, at);
