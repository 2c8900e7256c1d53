-- The currency of all amounts in a database that has the table `currency`. The first start records p_currency; returns what is
-- recorded. Starts at the same time agree.
create or replace function record_currency(p_currency text) returns text
    language plpgsql
    set enable_seqscan = off
as $$
declare
    recorded text;
begin
    select code into recorded from currency where single;
    if not found then
        insert into currency (code) values (p_currency)
        on conflict do nothing;
        select code into strict recorded from currency where single;
    end if;
    return recorded;
end
$$;
