-- What the role of a service may do: work with the tables of its database, and change no definition. The owner of the
-- database applies it after the migrations, each time, for it grants what is there by then.
-- The two names in it are psql's variables: `role`, and the database's own.
revoke create on schema public from public;
grant connect on database :"DBNAME" to :"role";
grant usage on schema public to :"role";
grant select, insert, update, delete on all tables in schema public to :"role";
grant usage, select on all sequences in schema public to :"role";
grant execute on all functions in schema public to :"role";
revoke insert, update, delete on _sqlx_migrations from :"role";
