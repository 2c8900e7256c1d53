#!/bin/sh
# Brings the database of one service to its newest migration: migrate.sh SERVICE
#
# PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD (of the schema's owner), PGSSLMODE and PGSSLROOTCERT say where it is;
# ROLE is who works with the tables. Safe to run twice and at the same time.
set -eu

export FOLDER="${MIGRATIONS:-/migrations}/$1"
[ -d "$FOLDER" ] || { echo "there are no migrations for $1: no folder $FOLDER" >&2; exit 64; }

# Called often, with output that nobody needs.
query() {
    psql --no-psqlrc --quiet --output /dev/null --set ON_ERROR_STOP=1 "$@"
}

deadline=$(($(date +%s) + ${WAIT_SECONDS:-600}))
until PGCONNECT_TIMEOUT=5 query --command 'select 1'; do
    if [ "$(date +%s)" -ge "$deadline" ]; then
        echo "$PGHOST did not answer; see why above" >&2
        exit 1
    fi
    sleep 2
done

# `sqlx` takes no lock of its own, so this session holds one as long as it runs. User and password are read from the
# environment, so that nothing in them needs an escape.
query --set role="$ROLE" --set grants="$FOLDER/../grant.sql" <<'END'
select pg_advisory_lock(hashtext('zakaz migrations'));
\set outcome `sqlx migrate run --no-dotenv --source "$FOLDER" --database-url "postgres://$PGHOST:$PGPORT/$PGDATABASE" >&2; echo $?`
select :outcome = 0 as migrated \gset
\if :migrated
    \i :grants
\else
    do $$ begin raise exception 'sqlx failed; see why above'; end $$;
\endif
END
echo "$1: migrated"
