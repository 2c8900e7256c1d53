-- The currency of all amounts in this database, which the first start records: see `record_currency`. It never changes.
create table currency (
    single boolean primary key default true check (single),
    code text not null check (code ~ '^[A-Z]{3}$')
);

create trigger currency_is_immutable
    before update or delete or truncate on currency
    for each statement execute function refuse_change();

insert into currency (code)
select currency from orders order by created_at desc, id desc limit 1;
