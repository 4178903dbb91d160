"""The commands that people write in comments: `/greenlatch <command> ...`, their grammar and who may give them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

PREFIX = "/greenlatch"
MAX_COMMANDS = 10
"""In one comment; a list of hundreds would be an attack on the rate limit."""
MAX_READ = 16_384
"""Characters of one comment: what some markdown costs grows with the square of its length."""


class CommandName(StrEnum):
    RESCAN = "rescan"
    FIX = "fix"
    IGNORE = "ignore"
    UNIGNORE = "unignore"
    EXPLAIN = "explain"
    CONFIG = "config"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Command:
    """`target` is the finding id or the rule that the command is about, `reason` free text of its author."""

    name: CommandName
    target: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """A line that was meant for us and is no command: what was read, and what to write instead."""

    text: str
    problem: str
    hint: str


class Permission(StrEnum):
    """What GitHub says a person may do in a repository (maintain counts as write, triage as read)."""

    ADMIN = "admin"
    WRITE = "write"
    READ = "read"
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 may do the most."""
        return list(Permission).index(self)


@dataclass(frozen=True, slots=True)
class Need:
    """Who may give a command: everybody with `permission` or more, and its author where `pull_author`."""

    permission: Permission
    pull_author: bool = False


NEEDS = {
    CommandName.RESCAN: Need(Permission.WRITE, pull_author=True),
    CommandName.FIX: Need(Permission.WRITE),
    CommandName.IGNORE: Need(Permission.WRITE),
    CommandName.UNIGNORE: Need(Permission.WRITE),
    CommandName.EXPLAIN: Need(Permission.READ, pull_author=True),
    CommandName.CONFIG: Need(Permission.READ, pull_author=True),
    CommandName.HELP: Need(Permission.NONE),
}

USAGE = {
    CommandName.RESCAN: f"{PREFIX} rescan",
    CommandName.FIX: f"{PREFIX} fix [id]",
    CommandName.IGNORE: f"{PREFIX} ignore <id> [reason]",
    CommandName.UNIGNORE: f"{PREFIX} unignore <id>",
    CommandName.EXPLAIN: f"{PREFIX} explain <rule>",
    CommandName.CONFIG: f"{PREFIX} config",
    CommandName.HELP: f"{PREFIX} help",
}

FINDING_ID = re.compile(r"[0-9a-f]{8,64}", re.IGNORECASE)
RULE_ID = re.compile(r"[A-Za-z]{2}(-[A-Za-z0-9]+)+")


def allowed(
    name: CommandName,
    permission: Permission,
    *,
    is_pull_author: bool,
    needs: Mapping[CommandName, Need] = NEEDS,
) -> bool:
    """`needs` are those of the repository's configuration."""
    need = needs[name]
    return permission.rank <= need.permission.rank or (need.pull_author and is_pull_author)


def parse_commands(body: str) -> list[Command | Misunderstood]:
    """The commands of one comment, in order and without repetitions.

    A command stands at the start of a line of a paragraph: what is quoted, in a list, in code, in a heading or in an
    HTML comment is talked about, not given.
    """
    if len(body) > MAX_READ:
        body = body[:MAX_READ].rpartition("\n")[0]
    if PREFIX not in body:
        return []
    found = dict.fromkeys(parse_line(line) for line in _plain_lines(body) if _is_for_us(line))
    return list(found)[:MAX_COMMANDS]


def parse_line(line: str) -> Command | Misunderstood:
    """Reads one line that starts with `/greenlatch`."""
    words = [word.strip("`") for word in line.split()[1:]]
    if not words:
        return Command(CommandName.HELP)
    name = words[0].lower()
    if name not in list(CommandName):
        return Misunderstood(line, f"`{words[0]}` is not a command", _did_you_mean(name))
    return _with_arguments(CommandName(name), words[1:], line)


def _with_arguments(name: CommandName, words: list[str], line: str) -> Command | Misunderstood:
    match name, words:
        case (CommandName.IGNORE, [target, *reason]) if FINDING_ID.fullmatch(target):
            return Command(name, target.lower(), " ".join(reason))
        case (CommandName.UNIGNORE | CommandName.FIX, [target]) if FINDING_ID.fullmatch(target):
            return Command(name, target.lower())
        case (CommandName.EXPLAIN, [target]) if RULE_ID.fullmatch(target):
            return Command(name, target.upper())
        case (CommandName.RESCAN | CommandName.FIX | CommandName.CONFIG | CommandName.HELP, []):
            return Command(name)
    return Misunderstood(line, _problem(name, words), f"write `{USAGE[name]}`")


def _problem(name: CommandName, words: list[str]) -> str:
    match name:
        case CommandName.IGNORE | CommandName.UNIGNORE | CommandName.FIX:
            return f"`{name}` needs the id of a finding" if not words else f"`{words[0]}` is not the id of a finding"
        case CommandName.EXPLAIN:
            return "`explain` needs the id of a rule" if not words else f"`{' '.join(words)}` is not the id of a rule"
        case _:
            return f"`{name}` takes nothing more"


def _did_you_mean(name: str) -> str:
    close = difflib.get_close_matches(name, list(CommandName), n=1)
    return f"did you mean `{USAGE[CommandName(close[0])]}`?" if close else f"`{PREFIX} help` lists all commands"


def _is_for_us(line: str) -> bool:
    return line == PREFIX or line.startswith((PREFIX + " ", PREFIX + "\t"))


def _plain_lines(body: str) -> Iterator[str]:
    """The source lines that start a line of text in a paragraph at the top level, as they were written."""
    source = body.replace("\r\n", "\n").split("\n")
    tokens = MarkdownIt("commonmark").parse("\n".join(source))
    for before, token in pairwise(tokens):
        if before.type == "paragraph_open" and before.level == 0 and before.map:
            yield from _lines_of(token.children or [], source[slice(*before.map)])


def _lines_of(children: list[Token], source: list[str]) -> Iterator[str]:
    written = iter(source)
    for text in _line_starts(children):
        yield from islice((line for line in written if line.startswith(text.rstrip()) and _is_for_us(line)), 1)


def _line_starts(children: list[Token]) -> Iterator[str]:
    """What is plain text at the start of each line and begins like a command."""
    at_start = True
    for child in children:
        if at_start and child.type == "text" and child.content.startswith(PREFIX):
            yield child.content
        at_start = child.type in ("softbreak", "hardbreak")
