-- Lets the service's role (the variable `role`) work with the tables of this database, and change no definition.
begin;

-- Grants of two sessions to one role at the same time would fail each other.
select pg_advisory_xact_lock(hashtext('zakaz grants'));

revoke create on schema public from public;
grant connect on database :"DBNAME" to :"role";
grant usage on schema public to :"role";
grant select, insert, update, delete on all tables in schema public to :"role";
grant usage, select on all sequences in schema public to :"role";
grant execute on all functions in schema public to :"role";
revoke insert, update, delete on _sqlx_migrations from :"role";

commit;
