#!/usr/bin/env bash
# Run once by the image of PostgreSQL, in an empty server: the owner of the operational database, who may
# also read its log (docs/cdc.md).
set -euo pipefail

password="$(cat "${SECRETS:-/run/secrets}/source_password")"
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 --set password="$password" <<'SQL'
create role bank login createrole replication password :'password';
create database bank owner bank;
SQL
