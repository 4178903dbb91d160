"""The store: what it keeps, what it lets go of, and that nothing that happens to its file is an error."""

from __future__ import annotations

import multiprocessing
import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rules.cache import Store, store
from rules.cache.store import FILE

KEY, OTHER = b"k" * 20, b"o" * 20


def value(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def database(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / FILE)


def test_what_was_put_is_got_by_another_store(tmp_path: Path) -> None:
    with Store(tmp_path / "new" / "folder") as first:
        first.put_many("facts", {KEY: b"1", OTHER: b""})
        first.put_many("results", {KEY: b"2"})
    with Store(tmp_path / "new" / "folder") as second:
        assert second.get_many("facts", [KEY, OTHER, b"unknown"]) == {KEY: b"1", OTHER: b""}
        assert second.get_many("results", [KEY, OTHER]) == {KEY: b"2"}
        assert second.problem == ""


def test_a_later_value_replaces_the_earlier_one(tmp_path: Path) -> None:
    with Store(tmp_path) as kept:
        kept.put_many("facts", {KEY: b"1"})
        kept.put_many("facts", {KEY: b"2"})
        assert kept.get_many("facts", [KEY]) == {KEY: b"2"}


def test_more_keys_than_one_query_takes(tmp_path: Path) -> None:
    entries = {number.to_bytes(20): str(number).encode() for number in range(2500)}
    with Store(tmp_path) as kept:
        kept.put_many("facts", entries)
        assert kept.get_many("facts", entries) == entries


def test_the_name_of_a_table_is_no_sql(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no name of a table"):
        Store(tmp_path).get_many("facts; DROP TABLE facts", [KEY])


@pytest.mark.parametrize("damage", ["x'00'", "value || x'00'", "substr(value, 1, 20)", "NULL || ''", "'text'", "x''"])
def test_a_damaged_entry_is_a_miss(tmp_path: Path, damage: str) -> None:
    with Store(tmp_path) as kept:
        kept.put_many("facts", {KEY: value(100), OTHER: b"intact"})
    with closing(database(tmp_path)) as connection, connection:
        connection.execute(f"UPDATE facts SET value = coalesce({damage}, x'') WHERE key = ?", (KEY,))
    with Store(tmp_path) as kept:
        assert kept.get_many("facts", [KEY, OTHER]) == {OTHER: b"intact"}


def test_the_value_of_another_key_is_a_miss(tmp_path: Path) -> None:
    with Store(tmp_path) as kept:
        kept.put_many("facts", {KEY: b"1", OTHER: b"2"})
    with closing(database(tmp_path)) as connection, connection:
        connection.execute("UPDATE facts SET value = (SELECT value FROM facts WHERE key = ?)", (OTHER,))
    with Store(tmp_path) as kept:
        assert kept.get_many("facts", [KEY, OTHER]) == {OTHER: b"2"}


@pytest.mark.parametrize(
    "content",
    [b"", b"no database at all" * 500, b"SQLite format 3\0" + b"\xff" * 5000],
    ids=["empty", "text", "header"],
)
def test_a_file_that_is_no_database_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with Store(tmp_path) as kept:
        kept.put_many("facts", {KEY: b"1"})
        kept.put_many("facts", {KEY: b"1"})
        assert kept.get_many("facts", [KEY]) == {KEY: b"1"}


def test_any_damage_to_the_file_is_a_miss_or_an_intact_entry(tmp_path: Path) -> None:
    entries = {number.to_bytes(20): value(3000, number) for number in range(60)}
    with Store(tmp_path) as kept:
        kept.put_many("facts", entries)
    whole = (tmp_path / FILE).read_bytes()
    chance = random.Random(7)
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(chance.choice((1, 20, 500))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        cut = chance.choice((len(broken), chance.randrange(len(broken))))
        for file in tmp_path.iterdir():
            file.unlink()
        (tmp_path / FILE).write_bytes(broken[:cut])
        with Store(tmp_path) as kept:
            assert kept.get_many("facts", entries).items() <= entries.items()
            kept.put_many("facts", {KEY: b"1"})
            assert kept.get_many("facts", [KEY]) in ({KEY: b"1"}, {})


def test_a_table_of_another_shape_is_made_anew(tmp_path: Path) -> None:
    with closing(database(tmp_path)) as connection, connection:
        connection.execute("CREATE TABLE facts (something TEXT)")
    with Store(tmp_path) as kept:
        assert kept.get_many("facts", [KEY]) == {}
        kept.put_many("facts", {KEY: b"1"})
        assert kept.get_many("facts", [KEY]) == {KEY: b"1"}


def test_it_may_be_deleted_while_it_is_in_use(tmp_path: Path) -> None:
    with Store(tmp_path) as kept:
        kept.put_many("facts", {KEY: b"1"})
        for file in tmp_path.iterdir():
            file.unlink()
        kept.put_many("facts", {OTHER: b"2"})
        assert kept.get_many("facts", [OTHER]) == {OTHER: b"2"}
        with Store(tmp_path) as anew:
            anew.put_many("facts", {KEY: b"3"})
            assert anew.get_many("facts", [KEY, OTHER]) == {KEY: b"3"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with Store(tmp_path / "cache") as kept:
        kept.put_many("facts", {KEY: b"1"})
        assert kept.get_many("facts", [KEY]) == {}
        assert "denied" in kept.problem


def test_a_folder_that_is_a_file_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with Store(tmp_path / "cache") as kept:
        kept.put_many("facts", {KEY: b"1"})
        assert kept.get_many("facts", [KEY]) == {}
        assert kept.problem != ""


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [number.to_bytes(20) for number in range(6)]
    for day, key in enumerate(keys):
        monkeypatch.setattr(store, "_today", lambda day=day: day)
        with Store(tmp_path, most_bytes=420_000) as kept:
            kept.put_many("facts" if day % 2 else "results", {key: value(60_000, day)})
    monkeypatch.setattr(store, "_today", lambda: 7)
    with Store(tmp_path, most_bytes=420_000) as kept:
        assert kept.get_many("results", keys[:1])
    monkeypatch.setattr(store, "_today", lambda: 8)
    with Store(tmp_path, most_bytes=420_000) as kept:
        kept.put_many("facts", {KEY: value(150_000, 99)})
        left = {*kept.get_many("facts", [*keys, KEY]), *kept.get_many("results", keys)}
    assert kept.problem == ""
    assert {keys[0], KEY, keys[5]} <= left
    assert not {keys[1], keys[2]} & left
    assert (tmp_path / FILE).stat().st_size <= 420_000


def test_an_entry_that_is_larger_than_the_bound_is_let_go(tmp_path: Path) -> None:
    with Store(tmp_path, most_bytes=50_000) as kept:
        kept.put_many("facts", {KEY: value(200_000)})
        assert kept.get_many("facts", [KEY]) == {}
        kept.put_many("facts", {OTHER: b"small"})
        assert kept.get_many("facts", [OTHER]) == {OTHER: b"small"}


def test_several_processes_use_one_store(tmp_path: Path) -> None:
    """Some of them by a store that was opened before the fork."""
    context = multiprocessing.get_context("fork")
    with Store(tmp_path) as shared:
        shared.put_many("facts", {KEY: b"parent"})
        children = [context.Process(target=_work, args=(shared, tmp_path, number)) for number in range(4)]
        for child in children:
            child.start()
        for child in children:
            child.join()
        assert [child.exitcode for child in children] == [0] * 4
        expected = {_key(number, turn): str(number).encode() for number in range(4) for turn in range(20)}
        assert shared.get_many("facts", expected) == expected


def _work(shared: Store, folder: Path, number: int) -> None:
    with shared if number % 2 else Store(folder) as kept:
        for turn in range(20):
            kept.put_many("facts", {_key(number, turn): str(number).encode()})
            assert kept.get_many("facts", [KEY]) == {KEY: b"parent"}
        assert kept.problem == ""


def _key(number: int, turn: int) -> bytes:
    return f"{number} {turn}".encode()
