"""Whether a worker still lives: it holds a lock on a file, and the system takes that away when it dies."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

GLANCES = 4
GLANCE_SECONDS = 0.02
"""Whoever looks whether it is held holds it for an instant."""


def place(data_dir: Path) -> str:
    """A name for the data folder: workers that share it, also from several containers, see each other's locks."""
    file = _folder(data_dir) / "place"
    try:
        return file.read_text("ascii")
    except FileNotFoundError:
        fresh = file.with_name(f"place.{os.getpid()}")
        fresh.write_text(secrets.token_hex(16), "ascii")
        try:
            os.link(fresh, file)  # whoever is second takes the name of the first
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return file.read_text("ascii")


@contextmanager
def hold(data_dir: Path, name: str) -> Iterator[bool]:
    """Holds a name for this process and those it forks; gives False when a living process has it."""
    handle = _lock(_folder(data_dir) / f"{name}.lock")
    if handle is None:
        yield False
        return
    with handle:
        try:
            yield True
        finally:
            Path(handle.name).unlink(missing_ok=True)


def is_held(data_dir: Path, name: str) -> bool:
    """Whether a living process holds it."""
    try:
        with _file(data_dir, name).open("r") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def has_died(data_dir: Path, name: str) -> bool:
    """Whether a process of this place held it and let it go without saying so: it was killed."""
    return _file(data_dir, name).exists() and not is_held(data_dir, name)


def scan_name(scan_id: int) -> str:
    return f"scan-{scan_id}"


def delivery_name(delivery_id: int) -> str:
    return f"delivery-{delivery_id}"


def _lock(file: Path) -> IO[str] | None:
    """The file, locked; None when another process has it."""
    for _ in range(GLANCES):
        handle = file.open("a")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            time.sleep(GLANCE_SECONDS)
            continue
        if _is_still(file, handle):
            return handle
        handle.close()
    return None


def _is_still(file: Path, handle: IO[str]) -> bool:
    """False when the last holder removed the file after we had opened it."""
    try:
        return os.path.samestat(os.fstat(handle.fileno()), file.stat())
    except FileNotFoundError:
        return False


def _file(data_dir: Path, name: str) -> Path:
    return data_dir.resolve() / "running" / f"{name}.lock"


def _folder(data_dir: Path) -> Path:
    folder = data_dir.resolve() / "running"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
