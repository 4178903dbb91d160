"""The grammar of commands, and who may give them."""

from __future__ import annotations

import pytest

from bot.commands import Command, CommandName, Misunderstood, Permission, allowed, parse_commands

RESCAN = Command(CommandName.RESCAN)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/greenlatch rescan", RESCAN),
        ("/greenlatch  RESCAN  ", RESCAN),
        ("/greenlatch\trescan", RESCAN),
        ("/greenlatch", Command(CommandName.HELP)),
        ("/greenlatch fix", Command(CommandName.FIX)),
        ("/greenlatch fix 0123abcd", Command(CommandName.FIX, "0123abcd")),
        (
            "/greenlatch ignore 0123ABCD it is loaded by *the* caller",
            Command(CommandName.IGNORE, "0123abcd", "it is loaded by *the* caller"),
        ),
        ("/greenlatch ignore `0123abcd`", Command(CommandName.IGNORE, "0123abcd")),
        ("/greenlatch unignore 0123abcd", Command(CommandName.UNIGNORE, "0123abcd")),
        ("/greenlatch explain br-async-001", Command(CommandName.EXPLAIN, "BR-ASYNC-001")),
        ("/greenlatch config", Command(CommandName.CONFIG)),
        ("/greenlatch help", Command(CommandName.HELP)),
    ],
)
def test_every_command(line: str, command: Command) -> None:
    assert parse_commands(line) == [command]


@pytest.mark.parametrize(
    ("line", "problem", "hint"),
    [
        ("/greenlatch rescn", "`rescn` is not a command", "did you mean `/greenlatch rescan`?"),
        ("/greenlatch dance", "`dance` is not a command", "`/greenlatch help` lists all commands"),
        ("/greenlatch ignore", "`ignore` needs the id of a finding", "write `/greenlatch ignore <id> [reason]`"),
        ("/greenlatch ignore it", "`it` is not the id of a finding", "write `/greenlatch ignore <id> [reason]`"),
        ("/greenlatch explain", "`explain` needs the id of a rule", "write `/greenlatch explain <rule>`"),
        ("/greenlatch rescan now", "`rescan` takes nothing more", "write `/greenlatch rescan`"),
    ],
)
def test_a_command_that_is_wrong_is_answered(line: str, problem: str, hint: str) -> None:
    assert parse_commands(line) == [Misunderstood(line, problem, hint)]


@pytest.mark.parametrize(
    "body",
    [
        "Thanks!\n/greenlatch rescan",
        "/greenlatch rescan\r\nthanks\r\n",
        "Hard break  \n/greenlatch rescan",
        "> what it said\n\n/greenlatch rescan",
        "```\ncode\n```\n/greenlatch rescan",
        "<!-- note -->\n\n/greenlatch rescan",
        "with [a\nlink](https://example.com)\n/greenlatch rescan",
        "/greenlatch rescan\n/greenlatch rescan",
    ],
)
def test_a_command_stands_at_the_start_of_a_line(body: str) -> None:
    assert parse_commands(body) == [RESCAN]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "try /greenlatch rescan",
        "/greenlatchrescan",
        "/Greenlatch rescan",
        " /greenlatch rescan",
        "\\/greenlatch rescan",
        "> /greenlatch rescan",
        "> quoted\n/greenlatch rescan",
        ">> twice\n/greenlatch rescan",
        "```\n/greenlatch rescan\n```",
        "````\n```\n/greenlatch rescan\n````",
        "~~~sh\n/greenlatch rescan\n~~~",
        "```\nnever closed\n/greenlatch rescan",
        "text\n\n    /greenlatch rescan",
        "`code\n/greenlatch rescan\ncode`",
        "<!--\n/greenlatch rescan\n-->",
        "text <!-- hidden\n/greenlatch rescan\n-->",
        "- item\n/greenlatch rescan",
        "<details>\n/greenlatch rescan\n</details>",
        "<pre>\n/greenlatch rescan\n\n</pre>",
        "/greenlatch rescan\n===",
    ],
)
def test_what_is_only_talked_about_is_no_command(body: str) -> None:
    assert parse_commands(body) == []


def test_a_command_behind_one_in_code() -> None:
    body = "`see\n/greenlatch fix 00000000\n`\n/greenlatch fix 11111111"
    assert parse_commands(body) == [Command(CommandName.FIX, "11111111")]


def test_several_commands_in_order_and_no_flood() -> None:
    assert parse_commands("/greenlatch config\n/greenlatch rescan") == [Command(CommandName.CONFIG), RESCAN]
    flood = "\n".join(f"/greenlatch explain BR-ASYNC-{number:03}" for number in range(500))
    assert len(parse_commands(flood)) == 10


def test_markdown_that_is_made_to_be_slow_ends() -> None:
    for nasty in ("[" * 20_000, "*a_" * 20_000, "`" * 30_000, "> " * 20_000, "<!--" * 10_000):
        assert parse_commands(nasty + "\n\n/greenlatch rescan") in ([], [RESCAN])


@pytest.mark.parametrize(
    ("name", "permission", "pull_author", "may"),
    [
        (CommandName.RESCAN, Permission.WRITE, False, True),
        (CommandName.RESCAN, Permission.ADMIN, False, True),
        (CommandName.RESCAN, Permission.READ, False, False),
        (CommandName.RESCAN, Permission.READ, True, True),
        (CommandName.FIX, Permission.READ, True, False),
        (CommandName.IGNORE, Permission.READ, True, False),
        (CommandName.IGNORE, Permission.WRITE, False, True),
        (CommandName.EXPLAIN, Permission.NONE, False, False),
        (CommandName.HELP, Permission.NONE, False, True),
    ],
)
def test_who_may_do_what(name: CommandName, permission: Permission, pull_author: bool, may: bool) -> None:
    assert allowed(name, permission, is_pull_author=pull_author) is may


def test_a_very_long_comment_is_read_as_far_as_is_affordable() -> None:
    """A person may write 65536 characters; what they cost grows with their square."""
    assert parse_commands("/greenlatch rescan\n\n" + "![" * 32_000) == [RESCAN]
    assert parse_commands("a\n" * 32_000 + "\n/greenlatch rescan") == []
    assert parse_commands("```\n" + "a\n" * 32_000 + "```\n/greenlatch rescan") == []
    in_the_middle = "a " * 8_180 + "\n\n/greenlatch ignore 0123abcd for a reason"
    assert parse_commands(in_the_middle) == []
