-- Totals for metrics, so that a scrape costs the same however many users and sessions there are: see `totals`.
create table tallies (
    name text primary key,
    total numeric not null
);

-- Rows that came or went and are not in the tallies yet.
create table row_notes (
    id bigint primary key generated always as identity,
    name text not null,
    change numeric not null
);

-- There is one administrator; accounts that were are made customers when they log in.
create index users_who_administrate on users (id) where role = 'ADMIN';

create trigger users_are_noted after insert or delete on users
    for each row execute function note_row();

create trigger sessions_are_noted after insert or delete on sessions
    for each row execute function note_row();

insert into tallies (name, total)
select 'users', count(*) from users
union all
select 'sessions', count(*) from sessions;
