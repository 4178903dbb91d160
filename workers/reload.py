"""The services of a long-running process, which take new credentials from their files without a restart."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from bot.errors import UserError
from bot.settings import Settings, load_settings
from workers.database import BUSY_SECONDS
from workers.logs import get_logger
from workers.services import Services, make_github, make_services

log = get_logger(__name__)

FIXED = ("database_url", "redis_url", "data_dir", "github_url", "app_id")
"""Settings that a process keeps until it ends: connections and rows belong to them."""

Stamp = tuple[tuple[str, int, int, int], ...]


class LiveServices:
    """Gives the present services. A job does not need it: it reads its settings anew."""

    def __init__(
        self, settings: Settings, load: Callable[[], Settings] = load_settings, *, patience: float = BUSY_SECONDS
    ) -> None:
        self._load = load
        self._services = make_services(settings, patience=patience)
        self._stamp = stamp(settings)
        self._lock = threading.Lock()

    def current(self) -> Services:
        """Looks whether a file of the settings changed; what cannot be used is told, and the old one stays."""
        if stamp(self._services.settings) != self._stamp:
            with self._lock:
                present = stamp(self._services.settings)
                if present != self._stamp:
                    self._stamp = present
                    self._take()
        return self._services

    def _take(self) -> None:
        old = self._services.settings
        try:
            new = self._load()
            fixed = [name for name in FIXED if getattr(new, name) != getattr(old, name)]
            if fixed:
                log.warning("settings_need_a_restart", settings=fixed)
                return
            self._services = replace(self._services, settings=new, github=make_github(new))
        except UserError as error:
            log.error("settings_not_taken", reason=str(error))
            return
        log.info("settings_taken")


def stamp(settings: Settings) -> Stamp:
    """What changes when one of the files does, also when it is replaced by another of the same size."""
    found = []
    for file in settings.files():
        try:
            status = file.stat()
        except OSError:
            continue
        found.append((str(file), status.st_ino, status.st_mtime_ns, status.st_size))
    return tuple(found)
