"""A dead process is told from a living one at once, however it died."""

from __future__ import annotations

import fcntl
import os
import signal
from pathlib import Path
from typing import IO

import pytest

from workers.liveness import has_died, hold, is_held, place


def test_a_scan_is_held_once(tmp_path: Path) -> None:
    assert not is_held(tmp_path, "scan-4")
    with hold(tmp_path, "scan-4") as mine:
        assert mine
        assert is_held(tmp_path, "scan-4")
        with hold(tmp_path, "scan-4") as second:
            assert not second
        assert is_held(tmp_path, "scan-4")
        assert not is_held(tmp_path, "scan-5")
    assert not is_held(tmp_path, "scan-4")


def test_a_lock_on_a_file_that_was_removed_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last holder removes the file between our opening it and our locking it."""
    original = fcntl.flock

    def remove_first(handle: IO[str], how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", original)
        (tmp_path / "running" / "scan-4.lock").unlink()
        original(handle, how)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    with hold(tmp_path, "scan-4") as mine:
        assert mine
        assert is_held(tmp_path, "scan-4")


def test_who_shares_the_folder_is_at_the_same_place(tmp_path: Path) -> None:
    assert place(tmp_path / "a") == place(tmp_path / "a") != place(tmp_path / "b")


def test_a_killed_process_is_told_from_one_that_ended(tmp_path: Path) -> None:
    with hold(tmp_path, "scan-4"):
        assert not has_died(tmp_path, "scan-4")
    assert not has_died(tmp_path, "scan-4")
    (tmp_path / "running" / "scan-5.lock").touch()
    assert has_died(tmp_path, "scan-5")


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with hold(tmp_path, "scan-4"):
            os.write(writing, b"held")
            signal.pause()
    assert os.read(reading, 4) == b"held"
    assert is_held(tmp_path, "scan-4")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert not is_held(tmp_path, "scan-4")
