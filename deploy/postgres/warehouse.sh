#!/usr/bin/env bash
# Run once by the image of PostgreSQL, in an empty server: the platform's login, which is no superuser,
# and its databases (see docs/access.md).
set -euo pipefail

password="$(cat "${SECRETS:-/run/secrets}/loader_password")"
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 --set password="$password" <<'SQL'
create role finplatform_loader login createrole password :'password';
create database finplatform owner finplatform_loader;
create database dagster owner finplatform_loader;
SQL
