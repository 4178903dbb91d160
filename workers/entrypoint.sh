#!/bin/sh
# Starts one part of Greenlatch in a container; anything else is run as it is.
set -eu
case "${1:-web}" in
web)
    python -m workers migrate
    exec gunicorn -c workers/gunicorn_conf.py "app:create_app()"
    ;;
worker) exec python -m workers work ;;
sweeper) exec python -m workers watch ;;
migrate) exec python -m workers migrate ;;
*) exec "$@" ;;
esac
