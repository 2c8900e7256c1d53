-- Login attempts, counted by `subject`: one keyed hash of an e-mail (whether a user has it or not) and a
-- client's address. So someone who fails on purpose locks out nobody else.
--
-- An attempt takes a place before its password is checked, and there are as many places as failures are
-- allowed. So parallel guesses are no more than guesses one after the other. An attempt that succeeds gives
-- its place back; one that fails keeps it for 15 minutes.

create table login_attempts (
    id uuid primary key,
    subject bytea not null check (octet_length(subject) = 32),
    failed boolean not null default false,
    -- When the attempt began or, once it has failed, when it failed.
    at timestamptz not null default clock_timestamp()
);

create index login_attempts_of_subject on login_attempts (subject, at);
create index login_attempts_by_age on login_attempts (at);
