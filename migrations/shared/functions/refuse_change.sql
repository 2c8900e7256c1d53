-- For triggers: refuses a change of rows that are kept as they were written.
create or replace function refuse_change() returns trigger
    language plpgsql
as $$
begin
    raise exception '% of % is not allowed: its rows are kept as they were written', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end
$$;
