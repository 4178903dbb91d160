"""Reading a project: nothing that spares work (the cache, more processes, unpacking late) changes what is read."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rules.analyze import analyze
from rules.cache import Store
from rules.dependencies.used import FileUsage
from rules.project import MemoryProject
from rules.reading import Memory, OneFile, packing, parallel, read_file, read_files, read_template
from rules.source import ir
from rules.source.facts import Class, FileFacts, Function, Import, Parameter
from rules.source.layout import Layout

ROOT = Path(__file__).parents[3]
MODEL = b"""
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Mapped, mapped_column, relationship

engine = create_async_engine("postgresql+asyncpg://localhost/app")  # greenlatch: ignore[BR-DEP-003] tried

class Post(Base):
    id: Mapped[int] = mapped_column(primary_key=True, default=lambda: 1)

    async def load(self, session: AsyncSession, key=lambda post: post.id) -> "list[Post]":
        class Inner:
            x = lambda: 1
        def nested(): yield self.id
        match session:
            case Other(x=1) | {"a": [*rest]}: pass
        return [nested() async for one in session if (two := one)]

async def show(session): return 1j, 1.5, 10 ** 40, ..., b"x", "\\ud800", -1, float("nan")
"""
FILES: dict[str, bytes | str] = {
    "app/models.py": MODEL,
    "app/copy_of_models.py": MODEL,
    "app/stub.pyi": MODEL,
    "app/broken.py": "def (:",
    "app/latin.py": b"# -*- coding: latin-1 -*-\nname = '\xe4'\n",
    "app/newer.py": "class Box[T]:\n    value: T\n\n    def first[S](self, other: S) -> T: ...\n",
    "app/empty.py": "",
    ".github/x.txt": "",
    ".env": "DATABASE_URL=postgresql+asyncpg://localhost/app",
}


def plain(found: Any) -> Any:
    """Facts as values that can be compared."""
    if isinstance(found, FileFacts | Function | Class):
        kind = next(one for one in (FileFacts, Function, Class) if isinstance(found, one))
        return (kind.__name__, *(plain(getattr(found, name)) for name in kind.__slots__))
    if isinstance(found, OneFile):
        return tuple(plain(getattr(found, name)) for name in OneFile.__slots__)
    if isinstance(found, Layout):
        return found.pieces
    if isinstance(found, Parameter | Import):
        return tuple(plain(getattr(found, name)) for name in type(found).__slots__)
    if isinstance(found, dict):
        return {name: plain(one) for name, one in found.items()}
    if isinstance(found, tuple):
        return tuple(plain(one) for one in found)
    return found if not isinstance(found, float) else repr(found)


def everything(memory: Memory, files: dict[str, bytes | str] = FILES) -> Any:
    read = read_files(MemoryProject(files), memory)
    facts = [plain(one) for one in read.facts]
    return facts, read.skipped, read.suppressions, read.usage


class Unread(MemoryProject):
    """A project of which no Python file may be read any more."""

    def read(self, path: str) -> bytes:
        raise AssertionError(f"`{path}` was read")


@pytest.mark.parametrize("path", [path for path in FILES if path.endswith((".py", ".pyi"))])
def test_packing_loses_nothing(path: str) -> None:
    data = MemoryProject(FILES).read(path)
    one = read_file(path, data)
    packed = packing.pack(one)
    assert packed is not None
    assert plain(packing.unpack(path, packed)) == plain(one)


def test_packing_loses_nothing_of_our_own_code() -> None:
    files = sorted((ROOT / "rules" / "source").glob("*.py")) + sorted((ROOT / "bot").glob("*.py"))
    assert len(files) > 20
    for file in files:
        one = read_file(file.name, file.read_bytes())
        packed = packing.pack(one)
        assert packed is not None
        assert plain(packing.unpack(file.name, packed)) == plain(one)


def test_packing_loses_nothing_of_a_template() -> None:
    text = (
        b"{% macro m(a, b=1) %}{{ a.b }}{% endmacro %}{% block c %}{% for x in y %}{{ x.z }}{% endfor %}{% endblock %}"
    )
    one = read_template("templates/page.html", text)
    packed = packing.pack(one)
    assert packed is not None
    assert plain(packing.unpack("templates/page.html", packed)) == plain(one)


def test_usage_keeps_its_types() -> None:
    packed = packing.pack(read_file("app/models.py", MODEL))
    assert packed is not None
    usage = packing.unpack("app/models.py", packed).usage
    assert isinstance(usage, FileUsage)
    assert usage == read_file("app/models.py", MODEL).usage
    assert usage.urls[0].role.name == "ASYNC_ENGINE"


def test_a_body_stays_packed_until_it_is_wanted() -> None:
    packed = packing.pack(read_file("app/models.py", MODEL))
    assert packed is not None
    facts = packing.unpack("app/models.py", packed).facts
    assert facts is not None
    function = facts.functions["show"]
    assert function.name == "show"
    assert "session" not in function.mentions
    assert function.body is function.body
    with pytest.raises(AttributeError):
        function.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_mentions_are_the_names_and_attributes_of_a_body() -> None:
    facts = read_file("a.py", b"def f(x=default):\n    a.b(lambda y: c)\n    def g(): d.e\n").facts
    assert facts is not None
    assert set(facts.functions["f"].mentions) >= {"a", "b", "c", "d", "e"}


def test_the_store_changes_no_result(tmp_path: Path) -> None:
    expected = everything(Memory())
    with Store(tmp_path) as store:
        assert everything(Memory(store)) == expected
    with Store(tmp_path) as store:
        assert everything(Memory(store)) == expected
        assert store.problem == ""


def test_what_is_in_the_store_is_not_read(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        expected = everything(Memory(store))
        read = read_files(Unread(FILES), Memory(store))
        assert [plain(one) for one in read.facts] == expected[0]


def test_a_moved_file_is_not_read_again(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        read_files(MemoryProject({"a.py": MODEL}), Memory(store))
        (facts,) = read_files(Unread({"moved/b.py": MODEL}), Memory(store)).facts
    assert facts.path == "moved/b.py"
    assert facts.functions.keys() == {"show"}


def test_two_paths_of_one_blob_share_no_definition(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        for _ in range(2):
            read = read_files(MemoryProject({"a.py": MODEL, "b.py": MODEL}), Memory(store))
            a, b = (one.functions["show"] for one in read.facts)
            assert a is not b


def test_a_file_that_is_too_deep_to_be_packed_is_read_nevertheless(tmp_path: Path) -> None:
    deep = "x = 0\n" + "if x:\n    f()\nel" * 850 + f"if {'a + ' * 500}b:\n    g()\n"
    with Store(tmp_path) as store:
        for _ in range(2):
            (facts,) = read_files(MemoryProject({"deep.py": deep}), Memory(store)).facts
            assert facts.lines == deep.count("\n")


@pytest.mark.parametrize(
    "text",
    ["x = " + " + ".join(["'a'"] * 900), "if a: x\n" + "elif b: y\n" * 900, "x = a" + ".b" * 800],
    ids=["parts of a text", "branches", "attributes"],
)
def test_long_code_is_read(text: str) -> None:
    assert read_file("long.py", text.encode()).reason == ""


def test_code_that_is_nested_too_deeply_costs_only_itself() -> None:
    deep = b"not " * 2000 + b"a"
    one = read_file("deep.py", b"x = " + deep + b"\ndef f():\n    def g(): return " + deep + b"\ndef h(): b.c\n")
    assert one.reason == ""
    assert one.facts is not None
    assert list(one.facts.functions) == ["f", "h"]
    assert one.facts.assignments == {}
    ((_, _, inner),) = one.facts.functions["f"].body
    assert [statement[0] for statement in inner.body] == [ir.RAISE]
    assert one.facts.functions["h"].mentions == ("b", "c")


def test_a_body_that_does_nothing_is_none_that_raises() -> None:
    facts = read_file("a.py", b'def f():\n    """Nothing."""\n\ndef g(): pass\n').facts
    assert facts is not None
    assert [one.body for one in facts.functions.values()] == [(), ()]


@pytest.fixture
def small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "WORTH_A_PROCESS", 100)


@pytest.mark.usefixtures("small_shares")
def test_more_processes_change_no_result() -> None:
    assert everything(Memory(processes=3)) == everything(Memory())


@pytest.mark.usefixtures("small_shares")
def test_a_process_that_is_killed_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = os.getpid()

    def read(files: Sequence[parallel.File]) -> list[bytes]:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return [packing.pack(read_file(path, data)) or b"" for path, data, _ in files]

    monkeypatch.setattr(parallel, "_read", read)
    assert everything(Memory(processes=2)) == everything(Memory())


@pytest.mark.usefixtures("small_shares")
def test_one_process_reads_alone_where_others_cannot_be_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = everything(Memory())
    monkeypatch.setattr(parallel, "spread", None)
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert everything(Memory(processes=2)) == expected


@pytest.mark.usefixtures("small_shares")
def test_a_process_with_threads_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "spread", None)
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert everything(Memory(processes=2)) == everything(Memory())
    finally:
        done.set()
        thread.join()


def test_a_report_from_the_cache_is_the_same(tmp_path: Path) -> None:
    pull = ROOT / "bot" / "sandbox" / "pulls"
    files = {one.relative_to(pull).as_posix(): one.read_bytes() for one in pull.rglob("*") if one.is_file()}
    reports = []
    with Store(tmp_path) as store:
        for memory in (Memory(), Memory(store), Memory(store), Memory(store, processes=2)):
            found = analyze(MemoryProject(files), memory=memory).to_dict()
            found["statistics"].pop("seconds")
            reports.append(found)
    assert reports[0]["findings"]
    assert all(report == reports[0] for report in reports)
