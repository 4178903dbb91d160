"""What was read of files: kept beside the git cache of their repository, gone with it, and bounded all together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from bot.settings import Settings
from rules.cache import Store
from rules.reading import Memory
from workers.checkout import Cache, caches
from workers.logs import get_logger

log = get_logger(__name__)


@contextmanager
def open_memory(settings: Settings, repository_id: int) -> Iterator[Memory]:
    """Of one repository, for a scan that uses its cache: it sees nothing of any other repository."""
    with Store(Cache(settings.data_dir, repository_id).facts, most_bytes=_most_bytes(settings)) as store:
        yield Memory(store)
    if store.problem:
        log.warning("cache_not_used", reason=store.problem)
    trim(settings)


def trim(settings: Settings) -> None:
    """Lets go of whole stores, those that were not used for longest first, until the rest fits; never of one in use."""
    stores = sorted((_measured(cache) for cache in caches(settings.data_dir)), key=lambda store: store.used_at)
    excess = sum(store.size for store in stores) - _most_bytes(settings)
    for store in stores:
        if excess <= 0:
            return
        if store.size and store.cache.discard_facts():
            excess -= store.size
            log.info("facts_let_go", megabytes=round(store.size / 1024**2))


def _most_bytes(settings: Settings) -> int:
    return settings.cache_megabytes * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Measured:
    cache: Cache
    size: int
    used_at: float


def _measured(cache: Cache) -> _Measured:
    """Files that vanish meanwhile count for nothing: another worker trims too."""
    size, used_at = 0, 0.0
    for file in cache.facts.glob("*"):
        with suppress(OSError):
            status = file.stat()
            size, used_at = size + status.st_size, max(used_at, status.st_mtime)
    return _Measured(cache, size, used_at)
