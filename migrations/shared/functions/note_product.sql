-- For triggers after changes of the warehouse's products: notes what it changes in the totals of the catalogue.
create or replace function note_product() returns trigger
    language plpgsql
as $$
begin
    insert into row_notes (name, change)
    select name, sum(change)
    from (
        select 'products', new.active::int where tg_op <> 'DELETE'
        union all
        select 'products', -old.active::int where tg_op <> 'INSERT'
        union all
        select 'available', (new.active and new.stocked > new.reserved)::int where tg_op <> 'DELETE'
        union all
        select 'available', -(old.active and old.stocked > old.reserved)::int where tg_op <> 'INSERT'
        union all
        select 'stocked', new.stocked where tg_op <> 'DELETE'
        union all
        select 'stocked', -old.stocked where tg_op <> 'INSERT'
    ) as changes (name, change)
    group by name
    having sum(change) <> 0;
    return null;
end
$$;
