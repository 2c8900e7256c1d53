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

# This session holds a lock while it runs, for the functions and because the command line of `sqlx` takes none. `sqlx`
# gets user and password from the environment, so nothing in them needs an escape.
{
    cat <<'END'
select pg_advisory_lock(hashtext('zakaz migrations')) \g /dev/null
begin;
END
    functions "$root/shared"
    cat <<'END'
commit;
\set outcome `sqlx migrate run --no-dotenv --source "$FOLDER" --database-url "postgres://$PGHOST:$PGPORT/$PGDATABASE" >&2; echo $?`
select :outcome = 0 as migrated \gset
\if :migrated
\else
    do $$ begin raise exception 'sqlx failed; see why above'; end $$;
\endif
begin;
END
    functions "$root/shared" "$FOLDER"
    cat <<'END'
\i :root/undefined_functions.sql
commit;
\i :root/grant.sql
END
} | query --set role="$ROLE" --set root="$root"
echo "$1: migrated"
