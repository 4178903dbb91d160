"""`python -m bot`: check a configuration, print its schema, tell what a webhook would set going. Nothing is sent.

Exit status: 0 all is well, 1 the configuration is wrong, 2 the command could not do its work.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bot.config import DEFAULT, Config, ConfigErrors, load
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
            case _:
                return receive(options.event, options.payload, AppIdentity(options.app_id, options.slug))
    except UserError as error:
        print(f"greenlatch: error: {error}", file=sys.stderr)
        return FAILED


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m bot", description=(__doc__ or "").partition("\n")[0])
    areas = top.add_subparsers(required=True, metavar="COMMAND")
    config = areas.add_parser("config", help="the configuration of a repository")
    verbs = config.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = verbs.add_parser("validate", help="check a configuration file, and tell all mistakes with their places")
    check.add_argument("file", type=Path, metavar="FILE", help="a YAML file, or a pyproject.toml")
    verbs.add_parser("schema", help="print the JSON Schema of the configuration")
    event = areas.add_parser("receive", help="tell what a webhook would set going, and do nothing")
    event.set_defaults(command="receive")
    event.add_argument("--event", required=True, help="as in the header X-GitHub-Event, such as pull_request")
    event.add_argument("--payload", required=True, type=Path, metavar="FILE", help="the body of the request, JSON")
    event.add_argument("--slug", default="greenlatch", help="the name of the app, whose own events are ignored")
    event.add_argument("--app-id", type=int, default=0, help="its number")
    return top


def validate(file: Path) -> int:
    path = str(file)
    match load({path: _bytes(file)}, RULES, paths=(path,)):
        case ConfigErrors(problems=problems):
            for one in problems:
                print(f"{path}:{one.place.line}:{one.place.column}: {one.sentence} [{one.reference}]")
            return WRONG
        case Config() as config if config is DEFAULT:
            hint = "write one, or check `.github/greenlatch.yml`"
            raise UserError("no-configuration", "there is no table `[tool.greenlatch]`", where=path, hint=hint)
        case Config(places=places):
            print(f"{path}: valid, {len(places)} {'setting' if len(places) == 1 else 'settings'}")
    return VALID


def receive(event: str, payload: Path, me: AppIdentity) -> int:
    """Prints one JSON object for each intent."""
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
