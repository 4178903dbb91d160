"""What was read of files: each repository's by itself, all of them bounded together, and none taken from a scan."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import Settings
from rules.cache import Store
from workers.checkout import Cache
from workers.facts import open_memory, trim

KEY = b"key"
MEGABYTE = 1024 * 1024


@pytest.fixture
def small(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(cache_megabytes=3)


def keep(settings: Settings, repository_id: int, *, size: int = MEGABYTE, used_at: int = 0) -> Path:
    """What a scan of this repository read, as large as that."""
    folder = Cache(settings.data_dir, repository_id).facts
    with Store(folder) as store:
        store.put_many("facts", {KEY: os.urandom(size)})
    for file in folder.iterdir():
        os.utime(file, (used_at, used_at))
    return folder


def test_no_repository_sees_what_was_read_of_another(settings: Settings) -> None:
    keep(settings, 1)
    with open_memory(settings, 1) as mine, open_memory(settings, 2) as other:
        assert mine.store is not None
        assert other.store is not None
        assert mine.store.get_many("facts", [KEY])
        assert not other.store.get_many("facts", [KEY])


def test_all_stores_together_stay_below_the_bound(small: Settings) -> None:
    folders = {number: keep(small, number, used_at=number) for number in (4, 1, 3, 2, 5)}
    trim(small)
    assert sorted(number for number, folder in folders.items() if folder.exists()) == [4, 5]
    trim(small)
    assert folders[4].exists(), "what fits stays"


def test_a_scan_that_ends_makes_room(small: Settings) -> None:
    old = keep(small, 1, size=3 * MEGABYTE)
    with open_memory(small, 2) as memory:
        assert memory.store is not None
        memory.store.put_many("facts", {KEY: b"new"})
        assert old.exists()
    assert not old.exists()
    assert Cache(small.data_dir, 2).facts.exists()


def test_what_a_scan_uses_is_left_to_it(small: Settings) -> None:
    """Neither the bound nor the end of the repository takes it away; the next look does."""
    used, free = keep(small, 1, size=4 * MEGABYTE), keep(small, 2, size=4 * MEGABYTE, used_at=9)
    cache = Cache(small.data_dir, 1)
    with cache.used():
        trim(small)
        cache.discard()
        assert (used.exists(), free.exists()) == (True, False)
    cache.discard()
    assert not used.exists()


def test_a_store_that_vanished_under_a_worker_is_a_miss_and_made_anew(settings: Settings) -> None:
    """Somebody made room by hand, as the guide allows while no worker runs; one that runs does not fall over it."""
    keep(settings, 1)
    with open_memory(settings, 1) as memory:
        assert memory.store is not None
        memory.store.get_many("facts", [KEY])
        assert Cache(settings.data_dir, 1).discard_facts()
        memory.store.put_many("facts", {KEY: b"new"})
    with open_memory(settings, 1) as memory:
        assert memory.store is not None
        assert not memory.store.get_many("facts", [KEY])
        memory.store.put_many("facts", {KEY: b"newer"})
    with open_memory(settings, 1) as memory:
        assert memory.store is not None
        assert memory.store.get_many("facts", [KEY]) == {KEY: b"newer"}
