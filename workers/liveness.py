"""Whether a scan's worker still lives: it holds a lock on a file, and the system takes that away when it dies."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOST = socket.gethostname()


@contextmanager
def hold(data_dir: Path, scan_id: int) -> Iterator[bool]:
    """Holds the scan for this process as long as it lives; gives False when another process of this machine has it."""
    file = _lock_file(data_dir, scan_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
        file.unlink(missing_ok=True)


def is_held(data_dir: Path, scan_id: int) -> bool:
    """Whether a living process of this machine works on the scan."""
    try:
        with _lock_file(data_dir, scan_id).open("r") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _lock_file(data_dir: Path, scan_id: int) -> Path:
    return data_dir.resolve() / "running" / f"scan-{scan_id}.lock"
