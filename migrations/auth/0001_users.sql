-- Users. An e-mail is kept as it was given. Two that differ only in upper and lower case are the same.

create table users (
    id uuid primary key,
    email text not null check (char_length(email) <= 254),
    -- By which e-mails are compared. E-mails are ASCII, so "C" folds every letter, whatever the database's locale.
    email_key text collate "C" not null unique generated always as (lower(email collate "C")) stored,
    password_hash text not null check (starts_with(password_hash, '$argon2id$')),
    role text not null default 'CUSTOMER' check (role in ('CUSTOMER', 'ADMIN')),
    -- A keyed hash of the configured password under which this became the administrator's account. The
    -- database does not know the key.
    admin_mark bytea check (octet_length(admin_mark) = 32),
    name text check (char_length(name) between 1 and 200),
    created_at timestamptz not null default now()
);
