-- For how long a failed login counts.
create or replace function login_window() returns interval
    language sql immutable
as $$
    select interval '15 minutes'
$$;

-- How many failures within that time lock a subject.
create or replace function allowed_login_failures() returns integer
    language sql immutable
as $$
    select 5
$$;

-- The answer to an attempt that is admitted, with the account that has the e-mail.
create or replace function admitted(p_email_key text) returns jsonb
    language plpgsql stable
    set enable_seqscan = off
as $$
begin
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

-- Begins an attempt to log in. Outcomes:
-- ADMITTED, with the id and the password hash of the user who has this e-mail, or null;
-- LOCKED, with the seconds until the oldest failure that counts is forgotten;
-- BUSY: other attempts hold the places that are left. One may become free at any moment.
--
-- An attempt that never ended told nobody whether its password was right. It is not counted after half a
-- minute.
create or replace function begin_login(p_attempt uuid, p_subject bytea, p_email_key text) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    failures bigint;
    pending bigint;
    oldest_counted timestamptz;
begin
    -- One attempt of a subject at a time, to the end of this statement. The next statement has a new snapshot.
    perform pg_advisory_xact_lock(hashtextextended(encode(p_subject, 'hex'), 0));
    select
        count(*) filter (where failed),
        count(*) filter (where not failed and at > clock_timestamp() - interval '30 seconds')
    into failures, pending
    from login_attempts
    where subject = p_subject
        and not succeeded
        and at > clock_timestamp() - login_window()
        and id <> p_attempt;
    if failures >= allowed_login_failures() then
        select at into strict oldest_counted
        from login_attempts
        where subject = p_subject and failed and not succeeded
        order by at desc
        offset allowed_login_failures() - 1
        limit 1;
        return jsonb_build_object(
            'outcome', 'LOCKED',
            'retryAfter',
            greatest(1, ceil(extract(epoch from oldest_counted + login_window() - clock_timestamp())))::integer
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
    return admitted(p_email_key);
end
$$;

-- What an attempt that was admitted by an earlier run is answered; null when it was not.
create or replace function earlier_admission(p_attempt uuid, p_email_key text) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    attempt login_attempts;
begin
    select * into attempt from login_attempts where id = p_attempt;
    if attempt.hash_at is null then
        return null;
    end if;
    return admitted(p_email_key) || jsonb_build_object('waitMs', milliseconds_until(attempt.hash_at));
end
$$;

-- The same, counted for the client's address as well: p_address_failures of an address, whatever the e-mail, lock it
-- too. Attempts in progress count as failures there, and the next may be tried after a second.
--
-- An attempt is ADMITTED with `waitMs`, the milliseconds until its p_hashes passwords may be hashed; a second run answers
-- the same, whatever has come of the attempt. Another outcome is CROWDED: that would be too late, and the attempt is not
-- counted.
--
-- Locks: the address, then the subject, then what take_hash_turn locks.
create or replace function begin_counted_login(
    p_attempt uuid,
    p_subject bytea,
    p_address bytea,
    p_address_failures integer,
    p_email_key text,
    p_hashes integer,
    p_hashes_per_second integer,
    p_longest_wait integer
) returns jsonb
    language plpgsql
    set enable_seqscan = off
as $$
declare
    failures bigint;
    pending bigint;
    oldest_counted timestamptz;
    admission jsonb;
    wait integer;
begin
    admission := earlier_admission(p_attempt, p_email_key);
    if admission is not null then
        return admission;
    end if;
    if hash_turns_are_taken(p_longest_wait) then
        return jsonb_build_object('outcome', 'CROWDED');
    end if;
    perform pg_advisory_xact_lock(hashtextextended(encode(p_address, 'hex'), 1));
    -- A run at the same time may have admitted it while this one waited.
    admission := earlier_admission(p_attempt, p_email_key);
    if admission is not null then
        return admission;
    end if;
    select
        count(*) filter (where failed),
        count(*) filter (where not failed),
        min(at) filter (where failed)
    into failures, pending, oldest_counted
    from (
        select failed, at
        from login_attempts
        where address = p_address
            and not succeeded
            and at > clock_timestamp() - login_window()
            and (failed or at > clock_timestamp() - interval '30 seconds')
            and id <> p_attempt
        order by at desc
        limit p_address_failures
    ) as counted;
    if failures + pending >= p_address_failures then
        return jsonb_build_object(
            'outcome', 'LOCKED',
            'retryAfter',
            case
                when pending > 0 then 1
                else greatest(
                    1, ceil(extract(epoch from oldest_counted + login_window() - clock_timestamp()))
                )::integer
            end
        );
    end if;
    admission := begin_login(p_attempt, p_subject, p_email_key);
    if admission ->> 'outcome' <> 'ADMITTED' then
        return admission;
    end if;
    wait := take_hash_turn(p_hashes, p_hashes_per_second, p_longest_wait);
    if wait is null then
        delete from login_attempts where id = p_attempt;
        return jsonb_build_object('outcome', 'CROWDED');
    end if;
    update login_attempts
    set address = p_address, hash_at = clock_timestamp() + wait * interval '1 ms'
    where id = p_attempt;
    return admission || jsonb_build_object('waitMs', wait);
end
$$;

-- Ends an attempt that failed: the password was wrong, or no user has the e-mail. It fails once, and not after it has
-- succeeded.
create or replace function fail_login(p_attempt uuid, p_subject bytea) returns void
    language plpgsql
    set enable_seqscan = off
as $$
begin
    update login_attempts
    set failed = true, at = clock_timestamp()
    where id = p_attempt and not failed and not succeeded;
end
$$;

-- Whether an earlier run has ended the attempt with a success.
create or replace function has_succeeded(p_attempt uuid) returns boolean
    language plpgsql stable
    set enable_seqscan = off
as $$
begin
    return exists (select from login_attempts where id = p_attempt and succeeded);
end
$$;

-- Ends an attempt with a success, and deletes the failures before it. The caller has locked the user and knows that no
-- earlier run has done so.
create or replace function succeed(p_attempt uuid, p_subject bytea) returns void
    language plpgsql
    set enable_seqscan = off
as $$
begin
    delete from login_attempts
    where subject = p_subject and failed and not succeeded and id <> p_attempt;
    insert into login_attempts (id, subject, succeeded) values (p_attempt, p_subject, true)
    on conflict (id) do update set failed = false, succeeded = true;
end
$$;
