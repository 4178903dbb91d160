"""The arguments of every command, and which module does its work. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rules.cli.options import CheckOptions, Color, Format
from rules.errors import UserError
from rules.finding import Confidence

STAGES = ("facts", "index", "calls", "summaries", "accesses")


def run(arguments: Sequence[str]) -> int:
    """Parses the arguments and runs the command they name; returns the exit status."""
    parsed = parser().parse_args(arguments)
    match parsed.command:
        case "check":
            from rules.cli.check import check

            return check(check_options(parsed))
        case "explain":
            from rules.cli.explain import explain

            return explain(parsed.rule, color=Color(parsed.color))
        case "list":
            from rules.cli.listing import list_rules

            return list_rules(parsed.format)
        case "dump":
            from rules.cli.dump import dump

            return dump(parsed.stage, parsed.path)
        case command:
            raise UserError("unknown-command", f"`{command}` is not a command")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="greenlatch",
        description="Finds the code that will fail under SQLAlchemy's asyncio ORM, before it runs.",
        epilog="Exit status: 0 nothing found, 1 findings, 2 the command could not do its work.",
    )
    top.add_argument("--version", action=_Version)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_check(commands.add_parser("check", help="check folders and files"))
    explain = commands.add_parser("explain", help="print the page of a rule")
    explain.add_argument(
        "rule", nargs="?", metavar="RULE", help="such as BR-ASYNC-001; without it, all rules are listed"
    )
    _add_color(explain)
    listing = commands.add_parser("list", help="list the rules")
    listing.add_argument("--format", choices=("text", "json", "markdown"), default="text", help="default: text")
    dump = commands.add_parser("dump", help="print what one stage of the engine made of the code")
    dump.add_argument("stage", choices=STAGES, help="the stage")
    dump.add_argument("path", type=Path, metavar="PATH", help="the folder or file to look at")
    return top


def check_options(parsed: argparse.Namespace) -> CheckOptions:
    return CheckOptions(
        paths=tuple(parsed.paths) or (Path(),),
        format=Format(parsed.format),
        select=tuple(parsed.select),
        ignore=tuple(parsed.ignore),
        min_confidence=Confidence(parsed.min_confidence),
        base=parsed.base,
        fix=parsed.fix,
        unsafe_fixes=parsed.unsafe_fixes,
        diff=parsed.diff,
        output=parsed.output,
        exit_zero=parsed.exit_zero,
        statistics=parsed.statistics,
        cache=not parsed.no_cache,
        color=Color(parsed.color),
    )


def _add_check(check: argparse.ArgumentParser) -> None:
    check.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="folders and files (default: here)")
    check.add_argument("--no-cache", action="store_true", help="read every file anew, and keep nothing")
    what = check.add_argument_group("what is reported")
    what.add_argument("--select", action="extend", type=_names, default=[], metavar="RULE,...", help="only these rules")
    what.add_argument("--ignore", action="extend", type=_names, default=[], metavar="RULE,...", help="not these rules")
    what.add_argument("--min-confidence", choices=[*Confidence], default=Confidence.LOW, help="default: low, all")
    what.add_argument("--base", metavar="REV", help="only what is new against the merge base of REV and HEAD")
    how = check.add_argument_group("how it is reported")
    how.add_argument("--format", choices=[*Format], default=Format.TEXT, help="default: text")
    how.add_argument("--output", type=Path, metavar="FILE", help="write there, not to standard output")
    how.add_argument("--statistics", action="store_true", help="count the findings by rule, and what the engine saw")
    how.add_argument("--exit-zero", action="store_true", help="exit with 0 even when there are findings")
    _add_color(how)
    repairs = check.add_argument_group("repairs")
    repairs.add_argument("--fix", action="store_true", help="apply the safe fixes")
    repairs.add_argument("--unsafe-fixes", action="store_true", help="count unsafe fixes in, for --fix and --diff")
    repairs.add_argument("--diff", action="store_true", help="print what --fix would change, and change nothing")


def _add_color(to: argparse._ActionsContainer) -> None:
    to.add_argument("--color", choices=[*Color], default=Color.AUTO, help="default: auto, on a terminal")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, **_: object) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version and end")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from rules.cli.version import version

        sys.stdout.write(f"greenlatch {version()}\n")
        parser.exit()


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
