#!/usr/bin/env bash
# Makes the secrets of compose.yaml in deploy/secrets, each once: passwords, the URLs that hold them, the
# master key, and a self-signed certificate. Replace the certificate by the bank's; keep a copy of
# master_key elsewhere: without it the vault cannot be opened.
set -euo pipefail

folder="$(dirname "$0")/secrets"
name="${FINPLATFORM_PUBLIC_NAME:-localhost}"
mkdir -p "$folder"
# The folder is closed to other accounts of this machine; inside a container each file is mounted
# separately, and is read by an account with another uid.
chmod 700 "$folder"

once() {
    [ -s "$folder/$1" ] || printf '%s' "$2" > "$folder/$1"
    chmod 444 "$folder/$1"
}

random() {
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

for password in warehouse_password loader_password source_admin_password source_password \
    mongo_password valkey_password; do
    once "$password" "$(random)"
done
once finplatform_master_key "$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
once finplatform_database_url \
    "postgresql://finplatform_loader:$(cat "$folder/loader_password")@warehouse:5432/finplatform"
once finplatform_dagster_database_url \
    "postgresql://finplatform_loader:$(cat "$folder/loader_password")@warehouse:5432/dagster"
once finplatform_redis_url "redis://:$(cat "$folder/valkey_password")@valkey:6379/0"
once bank_database_url "postgresql://bank:$(cat "$folder/source_password")@source:5432/bank"

if [ ! -s "$folder/tls_key" ]; then
    openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj "/CN=$name" \
        -addext "subjectAltName=DNS:$name,DNS:localhost,IP:127.0.0.1" \
        -keyout "$folder/tls_key" -out "$folder/tls_certificate" 2> /dev/null
fi
chmod 444 "$folder/tls_key" "$folder/tls_certificate"
echo "Secrets are in $folder."
