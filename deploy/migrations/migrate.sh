#!/bin/sh
# Brings the database of one service to its newest migration: migrate.sh SERVICE
#
# PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD (of the schema's owner), PGSSLMODE and PGSSLROOTCERT say where the
# database is; ROLE is the role of the service. It may be run again, and in parallel. The rules for migrations are in
# docs/database.md.
set -eu

root=${MIGRATIONS:-/migrations}
export FOLDER="$root/$1"
[ -d "$FOLDER" ] || { echo "there are no migrations for $1: no folder $FOLDER" >&2; exit 64; }

query() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$@"
}

# psql commands that include each file with functions of the folders, in the order of the names.
functions() {
    for folder in "$@"; do
        for file in "$folder"/functions/*.sql; do
            [ ! -f "$file" ] || printf "\\\\i '%s'\n" "$file"
        done
    done
}

deadline=$(($(date +%s) + ${WAIT_SECONDS:-600}))
until PGCONNECT_TIMEOUT=5 query --output /dev/null --command 'select 1'; do
    if [ "$(date +%s)" -ge "$deadline" ]; then
        echo "$PGHOST did not answer; see why above" >&2
        exit 1
    fi
    sleep 2
done

# The versions of the numbered files: 0001, 0002
versions() {
    for file in "$FOLDER"/[0-9]*_*.sql; do
        [ ! -f "$file" ] || basename "$file" | sed 's/_.*//'
    done | paste -s -d ,
}

# Runs `sqlx` from psql. It gets user and password from the environment, so nothing in them needs an escape.
sqlx_migrate() {
    cat <<END
\\set outcome \`sqlx migrate run $* --no-dotenv --source "\$FOLDER" --database-url "postgres://\$PGHOST:\$PGPORT/\$PGDATABASE" >&2; echo \$?\`
select :outcome = 0 as migrated \\gset
\\if :migrated
\\else
    do \$\$ begin raise exception 'sqlx failed; see why above'; end \$\$;
\\endif
END
}

# This session holds a lock while it runs, for the functions and because the command line of `sqlx` takes none.
#
# A database that has newer migrations stays as it is: this image is that of an earlier release, after a rollback. The
# newer functions serve it, and its own are not made for the newer tables.
{
    cat <<'END'
select pg_advisory_lock(hashtext('zakaz migrations')) \g /dev/null
select string_to_array(:'versions', ',')::bigint[] as known, to_regclass('_sqlx_migrations') is not null as made \gset
\set newer false
\if :made
    select coalesce(max(version) > (select max(it) from unnest(:'known'::bigint[]) it), false) as newer
    from _sqlx_migrations \gset
\endif
\if :newer
    select
        string_agg(version::text, ', ' order by version) filter (where version > newest) as newer_versions,
        coalesce(string_agg(version::text, ', ' order by version) filter (where version <= newest), '') as differing
    from (
        select coalesce(file, version) as version, max(file) over () as newest, file is null or version is null as differs
        from unnest(:'known'::bigint[]) file full join _sqlx_migrations on file = version
    ) compared
    where differs \gset
    select :'differing' = '' as earlier \gset
    \if :earlier
    \else
        \warn 'the database has newer migrations (':newer_versions'), and older ones differ:' :differing
        do $$ begin raise exception 'this image is not that of an earlier release'; end $$;
    \endif
END
    # Applies nothing, and compares the files with what was applied.
    sqlx_migrate --ignore-missing
    cat <<'END'
    \echo :service': nothing was applied, because the database has newer migrations:' :newer_versions
\else
    begin;
END
    functions "$root/shared"
    echo 'commit;'
    sqlx_migrate
    echo 'begin;'
    functions "$root/shared" "$FOLDER"
    cat <<'END'
    \i :root/undefined_functions.sql
    commit;
    \i :root/grant.sql
    \echo :service': migrated'
\endif
END
} | query --set role="$ROLE" --set root="$root" --set service="$1" --set versions="$(versions)"
