"""`python -m bot`: look whether everything works, check a configuration, run a payload, get lost deliveries again.

Exit status: 0 all is well, 1 something is wrong with what was looked at, 2 the command could not do its work.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bot.config import DEFAULT, PATHS, Config, ConfigErrors, load
from bot.config.catalogue import RULES
from bot.config.schema import schema_text
from bot.delivery import parse_delivery
from bot.errors import UserError
from bot.identity import AppIdentity
from bot.router import route

VALID, WRONG, FAILED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status. `--help` and usage errors raise SystemExit."""
    options = parser().parse_args(arguments)
    try:
        match options.command:
            case "validate":
                return validate(options.file)
            case "schema":
                print(schema_text(RULES), end="")
                return VALID
            case "doctor":
                return doctor(as_json=options.format == "json")
            case "redeliver":
                return redeliver(options.since)
            case _ if options.dry_run:
                return tell(options.event, options.payload, AppIdentity(options.app_id, options.slug))
            case _:
                return receive(options.event, options.payload)
    except UserError as error:
        print(f"greenlatch: error: {error}", file=sys.stderr)
        return FAILED


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m bot", description=(__doc__ or "").partition("\n")[0])
    areas = top.add_subparsers(required=True, metavar="COMMAND")
    config = areas.add_parser("config", help="the configuration of a repository")
    verbs = config.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = verbs.add_parser("validate", help="check a configuration file, and tell all mistakes with their places")
    check.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="a YAML file, or a pyproject.toml (default: the one that this folder has, as GitHub would see it)",
    )
    verbs.add_parser("schema", help="print the JSON Schema of the configuration")
    look = areas.add_parser("doctor", help="look at every part, and say what to do about what is wrong")
    look.set_defaults(command="doctor")
    look.add_argument("--format", choices=("text", "json"), default="text", help="how to tell it (default: text)")
    event = areas.add_parser("receive", help="take the payload of a webhook from a file, as if it had just arrived")
    event.set_defaults(command="receive")
    event.add_argument("--event", required=True, help="as in the header X-GitHub-Event, such as pull_request")
    event.add_argument("--payload", required=True, type=Path, metavar="FILE", help="the body of the request, JSON")
    event.add_argument("--dry-run", action="store_true", help="only tell what it would set going, as JSON")
    event.add_argument("--slug", default="greenlatch", help="with --dry-run: the app's name, whose events are ignored")
    event.add_argument("--app-id", type=int, default=0, help="with --dry-run: its number")
    again = areas.add_parser("redeliver", help="ask GitHub to deliver again what never arrived")
    again.set_defaults(command="redeliver")
    again.add_argument("--since", default="3d", metavar="TIME", help="how far back, like 90m, 12h or 3d (default: 3d)")
    return top


def doctor(*, as_json: bool) -> int:
    from workers.doctor import examine
    from workers.logs import configure_logging

    configure_logging(logging.ERROR)
    if as_json:
        found = list(examine.examine())
        print(examine.as_json(found))
    else:
        found = []
        for one in examine.examine():
            found.append(one)
            print(examine.as_text(one), flush=True)
    return examine.status(found)


def redeliver(since: str) -> int:
    from workers import replay
    from workers.logs import configure_logging
    from workers.services import open_services

    configure_logging(logging.WARNING)
    age = replay.duration(since)
    count = 0
    with open_services() as services:
        for one in replay.redeliver(services, age):
            count += 1
            print(f"{one.delivered_at:%Y-%m-%d %H:%M} {one.event}{f'.{one.action}' if one.action else ''} {one.guid}")
    if age > replay.KEPT:
        print("github.com keeps deliveries for three days; what is older may be gone")
    print(f"asked GitHub for {count} {'delivery' if count == 1 else 'deliveries'} again" if count else "all arrived")
    return VALID


def receive(event: str, payload: Path) -> int:
    """Prints the outcome as it stands in the delivery's row."""
    from workers import replay
    from workers.logs import configure_logging
    from workers.services import open_services

    configure_logging(logging.WARNING)
    body = _bytes(payload)
    with open_services() as services:
        state, outcome = replay.receive(services, event, body)
    print(f"{state.value}: {outcome or 'nothing more'}")
    return WRONG if state.value == "failed" else VALID


def validate(file: Path | None) -> int:
    """Without a file, what stands where it does in a repository: two of them are a mistake, too."""
    paths = (str(file),) if file is not None else tuple(path for path in PATHS if Path(path).is_file())
    match load({path: _bytes(Path(path)) for path in paths}, RULES, paths=paths):
        case ConfigErrors(problems=problems):
            for one in problems:
                place = one.place
                print(f"{place.path}:{place.line}:{place.column}: {one.sentence} [{one.reference}]")
            return WRONG
        case Config() as config if config is DEFAULT:
            if file is None:
                message, hint = "there is no configuration here", f"write `{PATHS[0]}`, or name a file"
                raise UserError("no-configuration", message, where=str(Path.cwd()), hint=hint)
            hint = "write one, or check `.github/greenlatch.yml`"
            raise UserError("no-configuration", "there is no table `[tool.greenlatch]`", where=str(file), hint=hint)
        case Config(places=places):
            path = next(iter(places.values())).path if places else paths[0]
            print(f"{path}: valid, {len(places)} {'setting' if len(places) == 1 else 'settings'}")
    return VALID


def tell(event: str, payload: Path, me: AppIdentity) -> int:
    """Prints one JSON object for each intent; nothing is stored or sent."""
    delivery = parse_delivery({"X-GitHub-Event": event, "X-GitHub-Delivery": "local"}, _bytes(payload))
    for intent in route(delivery, me):
        print(json.dumps({"intent": type(intent).__name__, **asdict(intent)}, ensure_ascii=False))
    return VALID


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError("unreadable-file", f"the file cannot be read: {error.strerror}", where=str(file)) from None


if __name__ == "__main__":
    sys.exit(main())
