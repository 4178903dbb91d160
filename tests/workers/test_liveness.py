"""A dead process is told from a living one at once, however it died."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from workers.liveness import hold, is_held


def test_a_scan_is_held_once(tmp_path: Path) -> None:
    assert not is_held(tmp_path, 4)
    with hold(tmp_path, 4) as mine:
        assert mine
        assert is_held(tmp_path, 4)
        with hold(tmp_path, 4) as second:
            assert not second
        assert is_held(tmp_path, 4)
        assert not is_held(tmp_path, 5)
    assert not is_held(tmp_path, 4)


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with hold(tmp_path, 4):
            os.write(writing, b"held")
            signal.pause()
    assert os.read(reading, 4) == b"held"
    assert is_held(tmp_path, 4)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert not is_held(tmp_path, 4)
