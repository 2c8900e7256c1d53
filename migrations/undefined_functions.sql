-- The functions of the database that no file defines any more. To be run in the transaction that has just applied the
-- files: a row of pg_proc with another xmin was not written by it. Functions of extensions are none of ours.
select oid::regprocedure::text as undefined_function
from pg_proc
where pronamespace = 'public'::regnamespace
    and xmin <> pg_current_xact_id()::xid
    and not exists (
        select
        from pg_depend
        where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e'
    )
order by 1;
