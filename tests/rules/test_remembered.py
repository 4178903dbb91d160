"""What is remembered of entry points changes no result: after any edit, the report is the one of a first run."""

from __future__ import annotations

import gc
import os
import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rules.analysis import engine, interpreter
from rules.analysis.engine import analyse_program
from rules.analysis.interpreter import Interpreter
from rules.analysis.records import key_of
from rules.analyze import analyze
from rules.cache import Store
from rules.dependencies import Policy
from rules.finding import Fix, Safety
from rules.fixes.edits import path_of, plan
from rules.fixes.recipe import Recipe
from rules.index.models import ModelIndex
from rules.index.program import FunctionInfo, Program
from rules.project import DirectoryProject, MemoryProject, Project
from rules.reading import Memory, read_files
from rules.report import Report
from tests.rules.models import MODELS
from tests.rules.scoring import TRUTH

Files = dict[str, bytes]
ROOT = Path(__file__).parents[2]


def read(root: Path, *folders: str) -> Files:
    files: Files = {}
    for folder in folders:
        project = DirectoryProject(root / folder)
        files.update({f"{folder}/{path}": project.read(path) for path in project.paths()})
    return files


FILES = read(TRUTH / "cases" / "08_cross_function", "repository_service", "unit_of_work", "generic_repository") | read(
    ROOT / "bot" / "sandbox" / "pulls", "000-digest-source", "003-battle-performers"
)
FILES |= {
    "pages/main.py": b"""
from fastapi import FastAPI
from fastapi.templating import Jinja2Templates
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from pages.models import *

app = FastAPI()
templates = Jinja2Templates(directory="pages/templates")
factory = async_sessionmaker()

@app.get("/")
async def index(session: AsyncSession):
    from pages.helpers import heads
    authors = (await session.scalars(select(Author))).all()
    heads(authors)
    return templates.TemplateResponse("index.html", {"authors": authors})

@app.get("/saved")
async def saved():
    async with factory() as session:
        author = await session.get(Author, 1)
        await session.commit()
        return author.name
""",
    "pages/models.py": b"""
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

class Base(DeclarativeBase): ...

class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list["Book"]] = relationship()

class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
""",
    "pages/helpers.py": b"def heads(authors):\n    return [author.name for author in authors]\n",
    "pages/templates/index.html": b"{% for author in authors %}{{ author.books|length }}{% endfor %}\n",
}


def every(pattern: str, by: str) -> Callable[[Files], Files]:
    """Replaces in every file."""
    return lambda files: {path: re.sub(pattern.encode(), by.encode(), data) for path, data in files.items()}


def one(path: str, pattern: str, by: str) -> Callable[[Files], Files]:
    assert re.search(pattern.encode(), FILES[path]), pattern
    return lambda files: {**files, path: re.sub(pattern.encode(), by.encode(), files[path])}


def add(path: str, text: str) -> Callable[[Files], Files]:
    return lambda files: {**files, path: text.encode()}


def remove(path: str) -> Callable[[Files], Files]:
    assert path in FILES
    return lambda files: {other: data for other, data in files.items() if other != path}


EDITS: dict[str, Callable[[Files], Files]] = {
    "nothing": lambda files: files,
    "a helper reads more": one("pages/helpers.py", "author.name", "author.books"),
    "a helper moves down": one("pages/helpers.py", "^", "\n\n"),
    "everything moves down": lambda files: {path: b"\n\n" + data for path, data in files.items()},
    "everything is apart": every(r"\n(@|async def|def|class)", "\n\n# apart\n\n\\1"),
    "everything imports more": every("^(?=from|import)", "import sqlalchemy.orm\n"),
    "everything is told twice": every(r"(?s)^(from.*)$", "\\1\n\\1"),
    "a builtin is hidden": add(
        "pages/models.py", FILES["pages/models.py"].decode() + "\ndef len(it): return it[0].books\n"
    ),
    "a helper is bound anew": one("pages/helpers.py", "$", "\ndef heads(authors):\n    return authors[0].books\n"),
    "a helper becomes another": one("pages/helpers.py", "$", "\nheads = len\n"),
    "a helper is decorated": one("pages/helpers.py", "^def", "import functools\n@functools.cache\ndef"),
    "a subclass": one("pages/models.py", "$", "\nclass Poet(Author):\n    verses: Mapped[str]\n"),
    "a backref": one("pages/models.py", "title:", "author = relationship(Author, backref='works')\n    title:"),
    "a default moves": one("pages/helpers.py", "authors\\)", "authors, *, of=len)"),
    "the mapping loads": one("pages/models.py", r"relationship\(\)", 'relationship(lazy="selectin")'),
    "an attribute of the model goes": one("pages/models.py", "    books.*\n", ""),
    "a template reads less": one("pages/templates/index.html", "author.books", "author.name"),
    "a template goes": remove("pages/templates/index.html"),
    "a nearer template": add("pages/index.html", "{{ authors }}"),
    "a template that counts first": add("pages/pages/templates/index.html", "{{ authors[0].books }}"),
    "the factory keeps": one("pages/main.py", r"sessionmaker\(\)", "sessionmaker(expire_on_commit=False)"),
    "another factory": add(
        "other.py", "from sqlalchemy.ext.asyncio import async_sessionmaker\nx = async_sessionmaker(autoflush=False)\n"
    ),
    "an import within a function finds nothing": remove("pages/helpers.py"),
    "a star import finds nothing": remove("pages/models.py"),
    "a star import is shadowed": add("pages/pages/models.py", "class Author: ...\n"),
    "a package of the same name": add("pages/pages/helpers.py", "def heads(authors): return authors[0].books\n"),
    "a listener": add(
        "pages/events.py",
        "from sqlalchemy import event\nfrom pages.models import Author\n"
        '@event.listens_for(Author.name, "set")\ndef changed(target, value, old, event): target.books\n',
    ),
    "an entry point goes": one("pages/main.py", r"(?s)@app.get...saved.*", ""),
    "an entry point has another name": one("pages/main.py", "def saved", "def kept"),
    "an entry point is a helper of another": one(
        "pages/main.py", "$", "\nasync def later():\n    return await saved()\n"
    ),
    "no options": every(r"\.options\([^()]*(\([^()]*\))*[^()]*\)", ""),
    "no commits": every(r"await [a-z_.]*commit\(\)", "pass"),
    "every subclass goes": every(r"class (\w+)\((\w*Repository\w*|Base\w*)(\[.*\])?\)", r"class \1"),
    "SQLAlchemy 2.0": add("requirements.txt", "sqlalchemy[asyncio]==2.0.40\nasyncpg\n"),
}


def seen(report: Report) -> object:
    return [finding.to_dict() for finding in report.findings], report.skipped, report.suppressed


@pytest.fixture(scope="module")
def memory() -> Memory:
    memory = Memory()
    assert analyze(MemoryProject(FILES), memory=memory).findings
    return memory


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_project_is_reported_as_if_it_had_never_been_seen(
    edit: Callable[[Files], Files], memory: Memory
) -> None:
    project = MemoryProject(edit(FILES))

    assert seen(analyze(project, fixes=False, memory=memory)) == seen(analyze(project, fixes=False))


def test_a_store_tells_the_next_process(tmp_path: Path, runs: list[str]) -> None:
    with Store(tmp_path) as store:
        first = analyze(MemoryProject(FILES), fixes=False, memory=Memory(store))
    assert runs
    runs.clear()

    with Store(tmp_path) as store:
        again = analyze(MemoryProject(FILES), fixes=False, memory=Memory(store))

    assert not runs
    assert seen(again) == seen(first)
    assert {**again.statistics, "seconds": 0} == {**first.statistics, "seconds": 0}


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Project]:
    """The projects that were read and analysed."""
    projects: list[Project] = []

    def noted(project: Project, memory: Memory) -> object:
        projects.append(project)
        return read_files(project, memory)

    monkeypatch.setattr("rules.analyze.read_files", noted)
    return projects


def test_a_project_that_was_reported_is_not_analysed_again(tmp_path: Path, looks: list[Project]) -> None:
    with Store(tmp_path) as store:
        first = analyze(MemoryProject(FILES), memory=Memory(store))
    assert any(finding.fixes for finding in first.findings)
    looks.clear()

    with Store(tmp_path) as store:
        again = analyze(MemoryProject(FILES), memory=Memory(store))

    assert not looks
    assert again == replace(first, statistics={**first.statistics, "seconds": again.statistics["seconds"]})
    assert names_elsewhere(again) == names_elsewhere(first)


def names_elsewhere(report: Report) -> list[str]:
    """The fingerprints in files of another name."""
    return [read.fingerprint_in("renamed.py") for finding in report.findings for read in finding.reads]


def test_another_question_is_another_report(looks: list[Project]) -> None:
    memory = Memory()
    files = {**FILES, "requirements.txt": b"sqlalchemy[asyncio]==2.0.40\nasyncpg==0.30.0\n"}

    plain = analyze(MemoryProject(files), fixes=False, memory=memory)
    looks.clear()
    strict = analyze(MemoryProject(files), fixes=False, policy=Policy(require_explicit_greenlet=True), memory=memory)

    assert looks
    assert "BR-DEP-001" in {finding.rule for finding in strict.findings} - {finding.rule for finding in plain.findings}


def test_fixes_are_tried_again_only_where_an_edit_reaches(runs: list[str]) -> None:
    memory = Memory()
    analyze(MemoryProject(FILES), memory=memory)
    runs.clear()
    edited = {**FILES, "elsewhere.py": b"x = 1\n"}

    again = analyze(MemoryProject(edited), memory=memory)

    assert not runs
    assert seen(again) == seen(analyze(MemoryProject(edited)))


@pytest.mark.parametrize(
    ("edit", "again"),
    [
        (one("pages/main.py", "session.commit", "session.rollback"), ["saved"]),
        (one("pages/main.py", "heads\\(authors\\)", "print(authors)"), ["index"]),
        (one("pages/main.py", "^", "# moved\n\nimport asyncio\n\n"), []),
        (one("pages/main.py", "\\n@app", "\n# moved\n\nunused = 1\n\n@app"), []),
        (one("pages/main.py", "$", "\nasync def added(session):\n    await session.commit()\n"), ["added"]),
        (one("pages/main.py", "$", "\nfactory = None\n"), ["saved"]),
        (one("pages/main.py", "$", "\ndef list(): ...\n"), []),
        (one("pages/models.py", "class Author", "\nclass Author"), []),
        (one("pages/models.py", "title", "name"), ["index"]),
        (one("pages/helpers.py", "$", "\ndef tails(authors):\n    return heads(authors[1:])\n"), []),
    ],
    ids=[
        "a body",
        "another body",
        "an import above",
        "a variable above",
        "a function",
        "a variable bound anew",
        "a name that nobody uses",
        "a model further down",
        "a column",
        "another helper",
    ],
)
def test_only_what_looks_at_an_edited_definition_is_run_again(
    edit: Callable[[Files], Files], again: list[str], runs: list[str]
) -> None:
    memory = Memory()
    analyze(MemoryProject(FILES), fixes=False, memory=memory)
    runs.clear()

    report = analyze(MemoryProject(edit(FILES)), fixes=False, memory=memory)

    assert runs == again
    assert seen(report) == seen(analyze(MemoryProject(edit(FILES)), fixes=False))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the entry points that were interpreted."""
    names: list[str] = []
    run = engine.run_root

    def noted(interp, function):  # type: ignore[no-untyped-def]
        names.append(function.name)
        return run(interp, function)

    monkeypatch.setattr(engine, "run_root", noted)
    return names


@pytest.fixture
def small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WORTH_A_PROCESS", 5)


@pytest.mark.usefixtures("small_shares")
@pytest.mark.parametrize("processes", [2, 3])
def test_more_processes_change_no_result(processes: int, runs: list[str]) -> None:
    alone = analyze(MemoryProject(FILES), fixes=False)
    here = [*runs]
    runs.clear()

    shared = analyze(MemoryProject(FILES), fixes=False, memory=Memory(processes=processes))

    assert not set(here) <= set(runs)
    assert seen(shared) == seen(alone)
    assert {**shared.statistics, "seconds": 0} == {**alone.statistics, "seconds": 0}


@pytest.mark.usefixtures("small_shares")
def test_more_processes_run_nothing_that_something_known_has_run(monkeypatch: pytest.MonkeyPatch) -> None:
    shared: list[str] = []

    def spread(work: object, parts: Sequence[Sequence[FunctionInfo]]) -> list[None]:
        shared.extend(function.name for part in parts for function in part)
        return [None for _ in parts]

    monkeypatch.setattr(engine, "spread", spread)
    memory = Memory(processes=2)
    analyze(MemoryProject(FILES), fixes=False, memory=memory)
    assert shared
    shared.clear()

    analyze(MemoryProject({**FILES, "elsewhere.py": b"x = 1\n"}), fixes=False, memory=memory)

    assert not shared


@pytest.mark.usefixtures("small_shares")
def test_a_process_that_is_killed_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    parent, run = os.getpid(), engine.run_root

    def killed(interp, function):  # type: ignore[no-untyped-def]
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return run(interp, function)

    monkeypatch.setattr(engine, "run_root", killed)

    shared = analyze(MemoryProject(FILES), fixes=False, memory=Memory(processes=2))

    assert seen(shared) == seen(analyze(MemoryProject(FILES), fixes=False))


def test_a_record_knows_its_reads_by_the_same_keys() -> None:
    files = {path: data for path, data in FILES.items() if path.startswith("pages/")} | {
        "pages/quiet.py": b"""
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from pages.models import Author

async def quietly(session: AsyncSession):
    author = (await session.scalars(select(Author))).first()
    try:
        return author.books
    except Exception:
        return []
""",
    }
    read = read_files(MemoryProject(files), Memory())
    program = Program(read.facts)

    found = analyse_program(program, ModelIndex(program)).accesses

    assert {access.manner for access in found} == {(False, True), (True, True)}
    assert [access.key for access in found] == [key_of(access) for access in found]


def test_a_fix_is_planned_again_only_where_its_file_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[str] = []

    def noted(recipe: Recipe, project: Project) -> Fix | None:
        planned.append(path_of(recipe))
        return plan(recipe, project)

    monkeypatch.setattr("rules.fixes.planned.plan", noted)
    memory = Memory()
    first = analyze(MemoryProject(FILES), memory=memory)
    assert planned
    assert any(finding.fixes for finding in first.findings)
    changed = planned[0]
    planned.clear()
    edited = {**FILES, changed: FILES[changed] + b"\n\nadded = 1\n"}

    again = analyze(MemoryProject(edited), memory=memory)

    assert set(planned) == {changed}
    assert seen(again) == seen(analyze(MemoryProject(edited)))


SHARED: Files = {
    "models.py": b"""
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

class Base(DeclarativeBase): ...

class User(Base):
    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship()

class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
""",
    "queries.py": b"""
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from models import User

async def all_users(session: AsyncSession) -> list[User]:
    return list((await session.scalars(select(User))).all())
""",
    "counting.py": b"""
from sqlalchemy.ext.asyncio import AsyncSession
from queries import all_users

async def count(session: AsyncSession) -> int:
    return sum(len(user.posts) for user in await all_users(session))

async def names(session: AsyncSession) -> list[int]:
    return [user.id for user in await all_users(session)]
""",
}


def test_where_no_read_failed_a_fix_that_only_loads_is_not_tried(runs: list[str]) -> None:
    report = analyze(MemoryProject(SHARED), memory=Memory())

    assert runs == ["count", "names", "count"]
    assert [[fix.safety for fix in finding.fixes] for finding in report.findings] == [[Safety.SAFE]]


CALLING: Files = {
    "walk.py": b"""
from sqlalchemy.ext.asyncio import AsyncSession

def walk(session: AsyncSession, parts: list[str]) -> list[str]:
    pairs = [(a, b) for a in parts for b in parts]
    for pair in pairs:
        walk(session, [*pair])
    return [a for a, b in pairs]

async def one(session: AsyncSession) -> None:
    walk(session, [])

async def two(session: AsyncSession) -> None:
    walk(session, [])
""",
}


def interpreted(files: Files) -> Interpreter:
    program = Program(read_files(MemoryProject({**SHARED, **files}), Memory()).facts)
    return engine.interpret(program, ModelIndex(program))


def runs_of(interp: Interpreter, name: str) -> int:
    return sum(count for function, count in interp.runs.items() if function.name == name)


def test_a_function_that_calls_itself_is_remembered_for_all_who_call_it() -> None:
    alone = interpreted({"walk.py": CALLING["walk.py"].partition(b"async def two")[0]})
    both = interpreted(CALLING)
    assert runs_of(both, "walk") == runs_of(alone, "walk") > 1


def test_what_was_only_remembered_needs_no_search_for_garbage() -> None:
    gc.collect()
    gc.disable()
    try:
        interp = interpreted(CALLING)
        assert interp.memo
        interp.release()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = {type(one).__name__ for one in gc.garbage if type(one).__module__.startswith("rules.analysis")}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()

    assert not left


@pytest.mark.parametrize("chapter", sorted(path.name for path in (TRUTH / "cases").iterdir() if path.is_dir()))
def test_order_of_entry_points_changes_nothing(chapter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call goes the same way for whoever meets it first, and for whoever meets it again."""
    project = MemoryProject(read(TRUTH / "cases", chapter))
    first = analyze(project, fixes=False)
    in_order = engine._entry_points

    def backwards(program: Program) -> tuple[list[FunctionInfo], list[FunctionInfo]]:
        uncalled, called = in_order(program)
        return uncalled[::-1], called[::-1]

    monkeypatch.setattr(engine, "_entry_points", backwards)
    assert analyze(project, fixes=False).findings == first.findings


AGAIN = {
    "a result": (
        "async def find(session: AsyncSession, statement):\n    return await session.execute(statement)\n",
        "    user = (await find(session, select(User))).scalar_one()\n",
    ),
    "a function that sees variables": (
        "def finder(session: AsyncSession):\n    async def find():\n        return await session.get(User, 1)\n\n"
        "    return find\n",
        "    user = await finder(session)()\n",
    ),
    "a function in a function that sees variables": (
        "def finder(session: AsyncSession):\n    def make():\n        async def find():\n"
        "            return await session.get(User, 1)\n\n        return find\n\n    return make\n",
        "    user = await finder(session)()()\n",
    ),
    "an object that the function made": (
        "class Box:\n    def __init__(self, user):\n        self.user = user\n\n"
        "async def find(session: AsyncSession):\n    return Box(await session.get(User, 1))\n",
        "    user = (await find(session)).user\n",
    ),
}


HEAD = "from models import User\nfrom sqlalchemy import select\nfrom sqlalchemy.ext.asyncio import AsyncSession\n\n"


@pytest.mark.parametrize(("helper", "use"), AGAIN.values(), ids=AGAIN)
def test_what_a_remembered_call_gives_is_what_it_gave(helper: str, use: str) -> None:
    entry = "async def {name}(session: AsyncSession):\n{use}    return list(user.posts)\n\n"
    code = f"{HEAD}{helper}\n" + "".join(entry.format(name=name, use=use) for name in ("first", "second", "third"))
    found = analyze(MemoryProject({"models.py": MODELS, "entry.py": code})).findings
    assert len({read.location.line for finding in found for read in finding.reads}) == 3


def failing_in(interp: Interpreter, path: str) -> int:
    return sum(access.place[0] == path for access in interp.accesses.values())


def entries(count: int, body: str) -> str:
    return "".join(f"async def entry{number}(session: AsyncSession):\n{body}\n" for number in range(count))


ONCE = {
    "a nested function, by what it sees": (
        "def logged(function):\n    async def called(*arguments):\n        return await function(*arguments)\n\n"
        "    return called\n\n@logged\nasync def load(session):\n    return await session.get(User, 1)\n\n",
        "    return (await load(session)).posts\n",
    ),
    "a nested function, whatever else is around it": (
        "def maker(session, text):\n    unseen = [text]\n\n    async def called():\n"
        "        return await session.get(User, 1)\n\n    return called\n\n",
        "    return (await maker(session, session.info)()).posts\n",
    ),
    "one with many ways out": (
        "async def called(session, key):\n    user = await session.get(User, 1)\n"
        + "".join(f"    if key.{name}:\n        raise ValueError\n" for name in "abcdefgh")
        + "".join(f"    if key.{name}:\n        return user\n" for name in "ijklmnop")
        + "    return user\n\n",
        "    return (await called(session, session.info)).posts\n",
    ),
}


@pytest.mark.parametrize(("helper", "use"), ONCE.values(), ids=ONCE)
def test_a_call_is_run_once_for_all_who_call_it_alike(helper: str, use: str) -> None:
    interp = interpreted({"models.py": MODELS.encode(), "entry.py": (HEAD + helper + entries(5, use)).encode()})
    assert runs_of(interp, "called") == 1
    assert failing_in(interp, "entry.py") == 5


def test_a_nested_function_is_run_for_each_thing_that_it_sees() -> None:
    helper = (
        "def maker(session, kind):\n    async def called():\n        user = await session.get(User, 1)\n"
        "        if kind == 'posts':\n            return user.posts\n        return user\n\n    return called\n\n"
    )
    use = "    await maker(session, 'user')()\n    await maker(session, 'posts')()\n"
    found = analyze(MemoryProject({"models.py": MODELS, "entry.py": HEAD + helper + entries(2, use)})).findings
    assert [finding.attribute for finding in found] == ["posts"]


def test_what_is_met_again_is_remembered_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "MAX_REMEMBERED", 6)
    helper = "async def used(session):\n    return await session.get(User, 1)\n\n"
    code = HEAD + helper
    for number in range(30):
        code += f"async def own{number}(session):\n    return await session.get(User, {number})\n\n"
        code += f"async def entry{number}(session: AsyncSession):\n    await own{number}(session)\n"
        code += "    return (await used(session)).posts\n\n"
    interp = interpreted({"models.py": MODELS.encode(), "entry.py": code.encode()})

    assert runs_of(interp, "used") == 1
    assert len(interp.memo) <= 8
    assert failing_in(interp, "entry.py") == 30
