"""The doctor's look at this machine and what runs beside it: files, git, disk, database, Redis, workers."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from redis.exceptions import RedisError, ResponseError
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import UserError
from bot.settings import ENV_FILE, Settings
from workers.database import make_folder
from workers.doctor.diagnosis import Diagnosis, Verdict, ok, problem, warning
from workers.git import run_git
from workers.health import check_database, check_sweeper, check_workers
from workers.models import now
from workers.services import Services

OLDEST_GIT = (2, 31)
"""The first that takes its settings from the environment."""
FEW_BYTES, TOO_FEW_BYTES = 2 * 1024**3, 200 * 1024**2
LONG = timedelta(minutes=10)
OTHERS = 0o077


def check_git() -> Iterator[Diagnosis]:
    if shutil.which("git") is None:
        yield problem("git", "there is no `git` on PATH", "install it (Debian: apt install git)")
        return
    try:
        told = run_git(Path(tempfile.gettempdir()), "version", seconds=10).decode("ascii", "replace").strip()
    except subprocess.CalledProcessError as error:
        yield problem("git", f"`git version` failed with status {error.returncode}", "install git anew")
        return
    found = re.search(r"(\d+)\.(\d+)", told)
    if found is None or (int(found[1]), int(found[2])) < OLDEST_GIT:
        needed = ".".join(map(str, OLDEST_GIT))
        yield problem("git", f"{told} is too old", f"install git {needed} or newer")
    else:
        yield ok("git", told)


def check_files(settings: Settings) -> Iterator[Diagnosis]:
    """Files with secrets are nobody else's business; a folder that the system gives to a container is."""
    own = [ENV_FILE, *([settings.private_key_file] if settings.private_key_file else [])]
    open_ones = [file for file in own if file.is_file() and file.stat().st_mode & OTHERS]
    if open_ones:
        names = " ".join(map(str, open_ones))
        yield warning("files", f"other users of this machine can read {names}", f"chmod 600 {names}")
    try:
        settings.private_key_pem.get_secret_value()
    except UserError as error:
        yield problem("private key", f"{error.where or 'GREENLATCH_PRIVATE_KEY'}: {error.message}", error.hint)
        return
    yield ok("private key", "an RSA key in PEM form")


def check_disk(settings: Settings) -> Iterator[Diagnosis]:
    folder = settings.data_dir.absolute()
    try:
        make_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except UserError as error:
        yield problem("disk", f"{error.where}: {error.message}", error.hint)
        return
    except OSError as error:
        advice = "let the user that Greenlatch runs as own it, or set GREENLATCH_DATA_DIR"
        yield problem("disk", f"nothing can be written to {folder}: {error.strerror}", advice)
        return
    says = f"{free / 1024**3:.1f} GiB free at {folder}"
    if free < FEW_BYTES:
        tell = problem if free < TOO_FEW_BYTES else warning
        yield tell("disk", says, "make room: the git caches in `repositories/` may be deleted while no worker runs")
    else:
        yield ok("disk", says)


def check_storage(services: Services) -> Iterator[Diagnosis]:
    url = services.database.engine.url.render_as_string(hide_password=True)
    started = time.perf_counter()
    try:
        services.database.ping()
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        yield problem("database", f"{url} cannot be used: {said}", "see GREENLATCH_DATABASE_URL, and that it runs")
        return
    milliseconds = (time.perf_counter() - started) * 1000
    part = check_database(services)
    if part.problem:
        yield problem("database", f"{url}: {part.problem}", "python -m workers migrate")
    else:
        yield ok("database", f"{url}, tables up to date, answers in {milliseconds:.0f} ms")


def check_queue(services: Services) -> Iterator[Diagnosis]:
    try:
        told = services.queues.redis.info()
        yield from _persistence(services)
    except RedisError as error:
        advice = "see GREENLATCH_REDIS_URL, and that it runs"
        if services.settings.redis_url is None:
            advice = "start the embedded one: python -m workers redis"
        yield problem("redis", f"it cannot be used ({type(error).__name__})", advice)
        return
    yield ok("redis", f"Redis {told.get('redis_version')}, {told.get('used_memory_human')} in use")


def _persistence(services: Services) -> Iterator[Diagnosis]:
    """What is lost with it is taken up again, but later; an evicted job is taken up as a lost one."""
    try:
        config = services.queues.redis.config_get("*")
    except ResponseError:
        return  # a hosted Redis that does not show its configuration
    if config.get("appendonly") != "yes":
        yield warning("redis", "it keeps nothing over a restart", "set `appendonly yes`: jobs are not delayed then")
    if config.get("maxmemory-policy", "noeviction") != "noeviction":
        yield warning("redis", "it drops jobs when memory is short", "set `maxmemory-policy noeviction`")


def check_processes(services: Services) -> Iterator[Diagnosis]:
    try:
        services.queues.redis.ping()
    except RedisError:
        yield Diagnosis("workers, sweeper", Verdict.UNKNOWN, "they are known by Redis alone")
        return
    workers, sweeper = check_workers(services), check_sweeper(services)
    if workers.problem:
        yield problem("workers", workers.problem, "python -m workers")
    else:
        yield ok("workers", f"{workers.counts['count']} alive, {workers.counts['busy']} busy")
    if sweeper.problem:
        yield problem("sweeper", sweeper.problem, "python -m workers watch")
    else:
        yield ok("sweeper", f"looked {sweeper.counts['seconds_ago']} seconds ago")
    yield from _waiting(services)


def _waiting(services: Services) -> Iterator[Diagnosis]:
    try:
        since = [at for at in (services.inbox.waiting_since(), services.scans.waiting_since()) if at]
    except SQLAlchemyError:
        return  # the database has been told about
    longest = now() - min(since) if since else timedelta(0)
    if longest > LONG:
        minutes = int(longest.total_seconds() // 60)
        advice = "start more workers; the log of one says what it does: python -m workers"
        yield problem("queue", f"something waits for {minutes} minutes already", advice)
    else:
        yield ok("queue", f"{len(since)} kinds of work wait" if since else "nothing waits")
