-- Login attempts, by what they are counted for: an e-mail, whether anybody has it or not, and a client's
-- address, together, as one keyed hash. So a stranger who fails on purpose locks nobody out but himself.
--
-- An attempt takes a place before its password is looked at, and of the places there are as many as
-- failures are allowed; so guesses made side by side are no more than those made one by one. It gives
-- the place back when it succeeds, and keeps it for 15 minutes when it fails.

create table login_attempts (
    id uuid primary key,
    subject bytea not null check (octet_length(subject) = 32),
    failed boolean not null default false,
    -- When it began or, once it failed, when it failed.
    at timestamptz not null default clock_timestamp()
);

create index login_attempts_of_subject on login_attempts (subject, at);
create index login_attempts_by_age on login_attempts (at);

create function login_window() returns interval
    language sql immutable
    return interval '15 minutes';

create function allowed_login_failures() returns integer
    language sql immutable
    return 5;

-- Outcomes:
-- ADMITTED, with the id and the password hash of the user who has this e-mail, or null;
-- LOCKED, with the seconds until the oldest of the failures that count is forgotten;
-- BUSY: attempts that are under way hold the places that are left; one of them may become free at once.
--
-- An attempt whose end was never told has shown its password's worth to nobody, and is passed over
-- after half a minute.
create function begin_login(p_attempt uuid, p_subject bytea, p_email_key text) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    failures bigint;
    pending bigint;
    relevant timestamptz;
begin
    -- One at a time for a subject, until this statement ends; then look, with a fresh snapshot.
    perform pg_advisory_xact_lock(hashtextextended(encode(p_subject, 'hex'), 0));
    select
        count(*) filter (where failed),
        count(*) filter (where not failed and at > clock_timestamp() - interval '30 seconds')
    into failures, pending
    from login_attempts
    where subject = p_subject
        and at > clock_timestamp() - login_window()
        and id <> p_attempt;
    if failures >= allowed_login_failures() then
        select at into strict relevant
        from login_attempts
        where subject = p_subject and failed
        order by at desc
        offset allowed_login_failures() - 1
        limit 1;
        return jsonb_build_object(
            'outcome', 'LOCKED',
            'retryAfter', greatest(1, ceil(extract(epoch from relevant + login_window() - clock_timestamp())))::integer
        );
    end if;
    if failures + pending >= allowed_login_failures() then
        return jsonb_build_object('outcome', 'BUSY');
    end if;
    insert into login_attempts (id, subject) values (p_attempt, p_subject)
    on conflict (id) do nothing;
    delete from login_attempts
    where id in (
        select id
        from login_attempts
        where at < clock_timestamp() - login_window()
        order by at
        limit 20
        for update skip locked
    );
    return jsonb_build_object(
        'outcome', 'ADMITTED',
        'account', (
            select jsonb_build_object('id', id, 'passwordHash', password_hash)
            from users
            where email_key = p_email_key
        )
    );
end
$$;

-- The attempt ended with a wrong password, or a right one for nobody.
create function fail_login(p_attempt uuid, p_subject bytea) returns void
    language sql
begin atomic
    insert into login_attempts (id, subject, failed) values (p_attempt, p_subject, true)
    on conflict (id) do update set failed = true, at = excluded.at;
end;

-- The attempt succeeded: it and the failures before it are forgotten.
create function forget_failures(p_attempt uuid, p_subject bytea) returns void
    language sql
begin atomic
    delete from login_attempts where subject = p_subject and (failed or id = p_attempt);
end;
