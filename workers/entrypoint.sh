#!/bin/sh
# Starts one part of Greenlatch, in a container or as a unit of systemd; anything else is run as it is.
set -eu
case "${1:-web}" in
web)
    python -m workers migrate
    exec gunicorn -c workers/gunicorn_conf.py "app:create_app()"
    ;;
worker | worker-*) exec python -m workers work ;;
sweeper) exec python -m workers watch ;;
redis) exec python -m workers redis ;;
migrate) exec python -m workers migrate ;;
credentials)
    # The password of the database that belongs to this installation alone: made once, into the first folder of secrets.
    file="${GREENLATCH_SECRETS_DIR%%:*}/greenlatch_database_password"
    if [ ! -s "$file" ]; then
        umask 077
        python -c "import secrets; print(secrets.token_hex(32))" >"$file.new"
        mv "$file.new" "$file"
    fi
    ;;
*) exec "$@" ;;
esac
