-- What the role of a service may do: read and write the tables of its database and call its functions. It may define
-- nothing. The owner of the database applies this after each migration, because it grants on what exists by then.
-- It uses two variables of psql: `role`, and `DBNAME`, which psql sets itself.
revoke create on schema public from public;
grant connect on database :"DBNAME" to :"role";
grant usage on schema public to :"role";
grant select, insert, update, delete on all tables in schema public to :"role";
grant usage, select on all sequences in schema public to :"role";
grant execute on all functions in schema public to :"role";
revoke insert, update, delete on _sqlx_migrations from :"role";
