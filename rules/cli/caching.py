"""Where the command line keeps what it read, so that the next run need not read it again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.reading import Memory

CACHE_DIR = "GREENLATCH_CACHE_DIR"
MOST_PROCESSES = 4


@contextmanager
def memory(*, cache: bool) -> Iterator[Memory]:
    """For one run of the command line; a cache that cannot be used costs time and nothing else."""
    from rules.cache import Store
    from rules.forking import processors
    from rules.reading import Memory

    processes = min(processors(), MOST_PROCESSES)
    if not cache:
        yield Memory(processes=processes)
        return
    with Store(folder()) as store:
        yield Memory(store, processes)


def folder() -> Path:
    """`GREENLATCH_CACHE_DIR`, or below `XDG_CACHE_HOME`, which counts only where it is absolute."""
    if own := os.environ.get(CACHE_DIR):
        return Path(own)
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (shared if shared.is_absolute() else Path("~/.cache").expanduser()) / "greenlatch"
