#!/bin/sh
# Starts Redis with the users whose passwords are in the environment; only their hashes go further.
#   REDIS_PASSWORD             for doors and workers: user hansard
#   REDIS_DASHBOARD_PASSWORD   for rq-dashboard, which may only read: user dashboard; none if empty
# What is given to this script is given to redis-server.
set -eu
here=$(dirname "$0")

if [ "${#REDIS_PASSWORD}" -lt 16 ]; then
  echo "REDIS_PASSWORD has fewer than 16 characters; openssl rand -hex 24 makes a good one" >&2
  exit 1
fi

hash_of() { printf '%s' "$1" | sha256sum | cut -d ' ' -f 1; }

# Nobody can be the user default, which is off; but when Redis starts it reads its append-only files
# as that user, and leaves out transactions, scripts' among them, that this user might not do.
users="user default off resetpass ~* &* +@all
user hansard on #$(hash_of "$REDIS_PASSWORD") ~hansard:* ~rq:* &* +@all -@admin -@dangerous +info +config|get +client"
if [ -n "${REDIS_DASHBOARD_PASSWORD:-}" ]; then
  users="$users
user dashboard on #$(hash_of "$REDIS_DASHBOARD_PASSWORD") ~rq:* -@all +@read +@connection +@transaction +info +time"
fi
unset REDIS_PASSWORD REDIS_DASHBOARD_PASSWORD

exec redis-server - "$@" <<CONFIG
$(cat "$here/redis.conf")
$users
CONFIG
