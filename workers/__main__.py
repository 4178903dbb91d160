"""`python -m workers`: a worker; with `watch` the sweeper, `migrate` the tables, `redis` the embedded Redis."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from bot.errors import UserError
from bot.settings import ENV_FILE, has_app, load_settings
from workers.database import Database
from workers.logs import configure_logging
from workers.redis_server import server_command

LOOK_SECONDS = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    configure_logging()
    try:
        return _run(options)
    except UserError as error:
        print(f"greenlatch: {error}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("work", help="take jobs until SIGTERM (the default)")
    watch = commands.add_parser("watch", help="take up what was lost or left behind, until SIGTERM")
    watch.add_argument("--every", type=float, default=15, metavar="SECONDS", help="how often to look (default: 15)")
    watch.add_argument("--grace", type=float, default=15, metavar="SECONDS", help="how long a job may be on its way")
    watch.add_argument(
        "--patience", type=float, default=10, metavar="SECONDS", help="how long to leave to the workers what waits"
    )
    migrate = commands.add_parser("migrate", help="bring the tables of the database up to date")
    migrate.add_argument(
        "revision",
        nargs="?",
        default="head",
        help="up to this one; `base` removes all tables (default: head, the newest)",
    )
    commands.add_parser("redis", help="serve the embedded Redis in the data folder, until SIGTERM")
    healthy = commands.add_parser("healthy", help="exit with 0 if the database and Redis can be used (for containers)")
    healthy.add_argument("--url", help="an address of the web application that has to answer, too")
    return top


def _run(options: argparse.Namespace) -> int:
    if not has_app(ENV_FILE):
        match options.command:
            case "migrate":
                print("greenlatch: no GitHub App is configured yet; `/setup` of the web application makes the tables")
                return 0
            case "healthy":
                return 0  # whoever waits for the setup is well
            case "work" | "watch" | None:
                _wait_for_app()
    settings = load_settings()
    match options.command:
        case "watch":
            from workers.worker import watch  # the engine is loaded by those who use it

            watch(settings, every=options.every, grace=options.grace, patience=options.patience)
        case "migrate":
            database = Database(settings.database_url)
            database.migrate(options.revision)
            database.close()
        case "healthy":
            from workers.health import require_health

            require_health(settings, options.url)
        case "redis":
            command = server_command(settings.data_dir)
            os.execv(command[0], command)  # noqa: S606 - it takes this process's place and its signals
        case _:
            from workers.worker import work

            work(settings)
    return 0


def _wait_for_app() -> None:
    """Parts are started together: what the setup writes, they take up by themselves."""
    print("greenlatch: no GitHub App is configured yet; this part begins when `/setup` has created one", flush=True)
    while not has_app(ENV_FILE):
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
