#!/bin/sh
# Brings the database of one service to its newest migration: migrate.sh SERVICE
#
# PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD (of the schema's owner), PGSSLMODE and PGSSLROOTCERT say where it is;
# ROLE is who works with the tables. Safe to run twice and at the same time: sqlx and the grants each take a lock.
set -eu

service=$1
folder=${MIGRATIONS:-/migrations}/$service
grants=$(dirname "$0")/grant.sql
[ -d "$folder" ] || { echo "there are no migrations for $service in $folder" >&2; exit 64; }

deadline=$(($(date +%s) + ${WAIT_SECONDS:-600}))
until PGCONNECT_TIMEOUT=5 psql --no-psqlrc --quiet --output /dev/null --command 'select 1'; do
    if [ "$(date +%s)" -ge "$deadline" ]; then
        echo "$PGHOST did not answer; see why above" >&2
        exit 1
    fi
    sleep 2
done

# User and password are read from the environment, so that nothing in them needs an escape.
sqlx migrate run --no-dotenv --source "$folder" --database-url "postgres://$PGHOST:$PGPORT/$PGDATABASE"
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set role="$ROLE" --file "$grants"
echo "$service: migrated"
