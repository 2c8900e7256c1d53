-- For triggers on rows: refuses the deletion of a row that is needed, which the function named by the trigger's argument
-- tells of the row.
create or replace function refuse_deletion_of_needed() returns trigger
    language plpgsql
as $$
declare
    needed boolean;
begin
    execute format('select %I($1)', tg_argv[0]) into needed using old;
    if needed then
        raise exception 'DELETE of % is not allowed: the row is needed', tg_table_name
            using errcode = 'restrict_violation';
    end if;
    return old;
end
$$;
