"""What a person sees, as text files in `snapshots/`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rules.cli.checked import Analyze
from rules.finding import Confidence, Edit, Finding, Fix, Location, Read, Safety, Severity, Step
from rules.project import Project
from rules.report import Report, Skipped
from tests.rules.cli.command import SERVICE, Command, assert_snapshot

REPOSITORY = """\
from sqlalchemy import select
from sqlalchemy.orm import selectinload


class BattleRepository:
    async def get(self, battle_id: int) -> Battle | None:
        query = select(Battle).where(Battle.id == battle_id).options(selectinload(Battle.performers))
        return await self.session.scalar(query)
"""
ROUTES = """\
async def show(battle_id: int, battles: BattleRepository) -> dict[str, object]:
    battle = await battles.get(battle_id)
    return {"names": names(battle.performers), "first": battle.performers[0].dancer.blaze}


def names(performers: list[Performer]) -> list[str]:
    return [
        performer.dancer.blaze
        for performer in performers
        if hasattr(performer, "dancer")
    ]
"""
MANIFEST = "[project]\ndependencies = [\n    'sqlalchemy>=2.0',\n]\n"


def engine_of(*findings: Finding, **report: object) -> Analyze:
    """An engine that finds just these."""

    def analyze(project: Project, *, fixes: bool = True) -> Report:
        return replace(Report(findings), **report)  # type: ignore[arg-type]

    return analyze


def at(path: str, line: int, column: int, end_column: int, *, end_line: int | None = None) -> Location:
    return Location(path, line, column, end_line or line, end_column)


def nested() -> Finding:
    """A cause in one file with reads in another."""
    query = Step("app/repository.py", 7, 70, "the query loads `Battle.performers`, and no `dancer` with them")
    executed = Step("app/repository.py", 8, 22, "executed here")
    returned = Step("app/repository.py", 8, 9, "returned by `get`")
    passed = Step("app/routes.py", 3, 22, "`performers` is passed to `names`")
    read = Step("app/routes.py", 8, 9, "`performer.dancer` is read")
    option = Edit("app/repository.py", 7, 101, 7, 101, ".selectinload(Performer.dancer)")
    return Finding(
        rule="BR-ASYNC-002",
        message="`Performer.dancer` was not loaded with `Battle.performers`; reading it here fails",
        severity=Severity.ERROR,
        confidence=Confidence.MEDIUM,
        reads=(
            Read(
                at("app/routes.py", 8, 9, 25), "performer.dancer", "a" * 16, (query, executed, returned, passed, read)
            ),
            Read(at("app/routes.py", 3, 56, 83), "battle.performers[0].dancer", "b" * 16, (query,)),
        ),
        origin=query,
        model="Performer",
        attribute="dancer",
        fixes=(
            Fix("Chain `dancer` to the option on line 7", Safety.SAFE, (option,)),
            Fix("Read it through `awaitable_attrs`", Safety.UNSAFE, ()),
        ),
    )


def manifest() -> Finding:
    """Cause and read at one place, and a fix of more than one line."""
    place = at("pyproject.toml", 3, 5, 22)
    edit = Edit("pyproject.toml", 3, 5, 3, 22, "'sqlalchemy[asyncio]>=2.0',\n    'greenlet'")
    return Finding(
        rule="BR-DEP-001",
        message="nothing guarantees greenlet",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        reads=(Read(place, "sqlalchemy>=2.0", "c" * 16),),
        origin=Step("pyproject.toml", 3, 5, "required here"),
        fixes=(Fix("Use the extra", Safety.SAFE, (edit,)),),
    )


@pytest.fixture
def battle(command: Command) -> Command:
    command.write("app/repository.py", REPOSITORY)
    command.write("app/routes.py", ROUTES)
    command.write("pyproject.toml", MANIFEST)
    return command


def test_findings_with_excerpts_way_and_fixes(battle: Command) -> None:
    engine = engine_of(nested(), manifest(), statistics={"files": 2})
    assert_snapshot("findings.txt", battle(".", engine=engine).out)


def test_colours_on_demand(battle: Command) -> None:
    shown = battle(".", "--color", "always", engine=engine_of(nested())).out
    assert_snapshot("colours.txt", shown.replace("\x1b", "<ESC>"))


def test_no_colours_where_no_terminal_is(battle: Command) -> None:
    assert "\x1b" not in battle(".", engine=engine_of(nested())).out


@pytest.mark.parametrize(
    ("name", "arguments"), [("nothing", []), ("statistics", ["--statistics"]), ("skipped", ["--ignore", "BR-SUP"])]
)
def test_closing_lines(battle: Command, name: str, arguments: list[str]) -> None:
    skipped = (
        Skipped("app/old.py", "no valid Python: print statement on line 3"),
        Skipped("big.py", "larger than 5 MiB"),
    )
    statistics = {"files": 12, "seconds": 0.1234, "reads": {"seen": 40, "unknown": {"receiver": 3}}}
    report = {"statistics": statistics, "skipped": skipped if name == "skipped" else ()}
    found = [manifest(), nested(), manifest()] if name == "statistics" else []
    assert_snapshot(f"{name}.txt", battle(*arguments, engine=engine_of(*found, **report)).out)


def test_suppressed_findings_are_counted(command: Command) -> None:
    command.write("service.py", SERVICE.replace("user.posts]", "user.posts]  # greenlatch: ignore[BR-ASYNC-001] known"))
    ran = command(".")
    assert ran.status == 0
    assert ran.out == "No problems found in 1 file.\n1 problem suppressed by comments.\n"


def excerpt(command: Command, line: str, start: int, end: int) -> list[str]:
    """Source line and caret line of a finding on line 1."""
    command.write("a.py", f"{line}\nb = 2\n")
    finding = replace(nested(), reads=(Read(at("a.py", 1, start, end), "x", "d" * 16),), fixes=())
    finding = replace(finding, origin=Step("a.py", 1, start, ""))
    _, _, source, carets, *_ = command(".", engine=engine_of(finding)).out.split("\n")
    return [source, carets]


@pytest.mark.parametrize(
    ("line", "start", "end", "expected"),
    [
        ("abc = user.posts", 7, 17, ["1 | abc = user.posts", "  |       ^^^^^^^^^^"]),
        ("\tif\tuser.posts:", 5, 15, ["1 |     if    user.posts:", "  |           ^^^^^^^^^^"]),
        ("日本 = user.posts", 6, 16, ["1 | 日本 = user.posts", "  |        ^^^^^^^^^^"]),
        ("user.日本 = 1", 1, 8, ["1 | user.日本 = 1", "  | ^^^^^^^^^"]),
        ("e\u0301 = user.posts", 6, 16, ["1 | e\u0301 = user.posts", "  |     ^^^^^^^^^^"]),
        ("a = '\x1b[31m\u202e' + b", 15, 16, ["1 | a = '\ufffd[31m\ufffd' + b", "  |               ^"]),
        ("pass", 9, 12, ["1 | pass", "  |     ^"]),
    ],
)
def test_carets_stand_under_the_range(command: Command, line: str, start: int, end: int, expected: list[str]) -> None:
    assert excerpt(command, line, start, end) == expected


def test_long_line_is_cut_around_the_range(command: Command) -> None:
    source, carets = excerpt(command, "x" * 5000 + "user.posts" + "y" * 5000, 5001, 5011)
    assert len(source) < 160
    assert source[carets.index("^") : carets.rindex("^") + 1] == "user.posts"
    assert source.endswith("…")


def test_long_line_of_a_step_is_cut_around_its_column(command: Command) -> None:
    command.write("a.py", "b\n" + "x" * 5000 + "session.get" + "y" * 5000)
    finding = replace(nested(), reads=(Read(at("a.py", 1, 1, 2), "b", "d" * 16),), fixes=())
    line = command(".", engine=engine_of(replace(finding, origin=Step("a.py", 2, 5001, "the query")))).out.split("\n")[
        5
    ]
    assert line.startswith(f"2 | …{'x' * 40}session.gety")


def test_range_over_lines_is_marked_line_by_line(command: Command) -> None:
    command.write("a.py", "value = (\n    user\n    .posts\n)\n")
    finding = replace(nested(), reads=(Read(at("a.py", 2, 5, 11, end_line=3), "x", "d" * 16),), fixes=())
    shown = command(".", engine=engine_of(replace(finding, origin=Step("a.py", 2, 5, "")))).out
    assert shown.splitlines()[1:6] == ["  |", "2 |     user", "  |     ^^^^", "3 |     .posts", "  |     ^^^^^^"]


def test_many_reads_are_cut_short(battle: Command) -> None:
    first, other = nested().reads[:2]
    others = (replace(other, location=replace(other.location, line=line, end_line=line)) for line in range(30, 43))
    finding = replace(nested(), reads=(first, *others))
    shown = battle(".", engine=engine_of(finding)).out
    assert shown.count("= also at") == 10
    assert "  = and at 3 more places\n" in shown


def test_a_place_that_is_reached_in_several_ways_is_told_once(battle: Command) -> None:
    first, other = nested().reads[:2]
    finding = replace(nested(), reads=(first, first, other, other))
    assert battle(".", engine=engine_of(finding)).out.count("= also at") == 1


def test_long_range_shows_its_first_lines(command: Command) -> None:
    command.write("a.py", "f(\n" + "    x,\n" * 20 + ")\n")
    finding = replace(nested(), reads=(Read(at("a.py", 1, 1, 2, end_line=22), "x", "d" * 16),), fixes=())
    shown = command(".", engine=engine_of(replace(finding, origin=Step("a.py", 1, 1, "")))).out.splitlines()
    assert shown[12:15] == [" 6 |     x,", "   |     ^^", "   | ..."]


def test_place_behind_the_end_of_the_file_is_told_without_excerpt(command: Command) -> None:
    command.write("a.py", "a = 1")
    finding = replace(nested(), reads=(Read(at("a.py", 2, 1, 2), "x", "d" * 16),), fixes=())
    shown = command(".", engine=engine_of(replace(finding, origin=Step("a.py", 0, 1, "the module"))))
    assert shown.out.splitlines()[1] == " --> a.py:0:1 the module"


def test_place_without_source_is_told_without_excerpt(command: Command) -> None:
    assert (
        "pyproject.toml:3:5 BR-DEP-001 [warning]" in command(".", engine=engine_of(replace(manifest(), fixes=()))).out
    )


def test_no_color_is_honoured_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from rules.cli.options import Color
    from rules.cli.style import Style

    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    assert Style.chosen(Color.AUTO, terminal=True).color
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Style.chosen(Color.AUTO, terminal=True).color
    assert Style.chosen(Color.ALWAYS, terminal=False).color


def test_file_gets_no_colours_even_when_a_terminal_is_there(battle: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b" in battle(".", engine=engine_of(nested())).out
    battle(".", "--output", "report.txt", engine=engine_of(nested()))
    assert "\x1b" not in (battle.folder / "report.txt").read_text()


def test_snapshots_have_no_strays() -> None:
    assert {file.name for file in Path(__file__).with_name("snapshots").iterdir()} == {
        f"{name}.txt" for name in ("findings", "colours", "diff", "nothing", "statistics", "skipped")
    }
