"""`python -m tests.system.deadly`: workers whose processes are killed where a test says.

Every effect of a job (a transaction, a request, a git process, an analysis, a job that is queued, a lock) is a stage;
they are counted as the job comes to them, and written down. An order names a job and one of its stages: the process is
killed there, before the effect, with SIGKILL; a `whole` worker together with it. The worker is started anew at once, as
a service manager would.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import select

import bot.client
import rules.analyze
import workers.checkout
import workers.git
import workers.jobs
import workers.liveness
import workers.look
from bot.settings import load_settings
from rules.dependencies import Policy
from rules.project import Project
from rules.reading import Memory
from rules.report import Report
from workers.__main__ import main
from workers.database import Database
from workers.models import Delivery, Scan
from workers.queue import Queues

FOLDER = "GREENLATCH_TEST_STAGES"
LAST = "the end of the job"


class Stages:
    """The stages of the job that this process does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.job = ""
        self.count = 0

    def begin(self, job: str) -> None:
        self.job, self.count = job, 0
        self.reach("the start of the job")

    def reach(self, name: str) -> None:
        if not self.job:
            return
        with (self.folder / f"{self.job}.log").open("a") as log:
            log.write(f"{self.count} {name}\n")
        order = self.folder / f"{self.job}.order"
        with contextlib.suppress(FileNotFoundError):
            number, whole = json.loads(order.read_text())
            if number == self.count:
                order.unlink()
                _kill(whole)
        self.count += 1


def _kill(whole: bool) -> None:
    if whole:
        os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def scan_job(repository_id: int, number: int) -> str:
    return f"scan-{repository_id}-{number}"


def event_job(event: str, repository_id: int, number: int) -> str:
    return f"{event}-{repository_id}-{number}"


def _install(stages: Stages) -> None:
    """Puts a stage before each effect."""
    transaction = Database.transaction

    @contextmanager
    def staged_transaction(self: Database) -> Iterator[Any]:
        stages.reach("a transaction")
        with transaction(self) as session:
            yield session
            stages.reach("a commit")

    Database.transaction = staged_transaction  # type: ignore[method-assign]
    connection = bot.client.Connection
    connection._send = _before(  # type: ignore[method-assign]
        stages, connection._send, lambda arguments: f"{arguments[1]} {arguments[2]}"
    )
    start_git = _before(stages, workers.git.start_git, lambda arguments: f"git {arguments[1]}")
    workers.git.start_git = start_git
    workers.checkout.start_git = start_git  # type: ignore[attr-defined]
    workers.look.analyze = _before(stages, _looking_once(stages.folder), lambda _: "an analysis")  # type: ignore[attr-defined]
    Queues.put = _before(stages, Queues.put, lambda _: "a job is queued")  # type: ignore[method-assign]
    workers.liveness.hold = _before(stages, workers.liveness.hold, lambda _: "a lock")
    workers.jobs.run_scan = _job(stages, workers.jobs.run_scan, _scan_name)  # type: ignore[assignment]
    workers.jobs.take_delivery = _job(stages, workers.jobs.take_delivery, _delivery_name)  # type: ignore[assignment]


def _looking_once(folder: Path) -> Callable[..., Report]:
    """The engine, which is not what these workers are for, looks at each tree once."""

    def look(
        project: Project, *, fixes: bool = True, policy: Policy = rules.analyze.NO_POLICY, memory: Memory | None = None
    ) -> Report:
        files = "".join(f"{path} {project.blob_id(path)}\n" for path in project.paths())
        kept = folder / f"{hashlib.sha256((files + repr(policy)).encode()).hexdigest()}-{fixes}.report"
        if kept.exists():
            report: Report = pickle.loads(kept.read_bytes())
            return report
        report = rules.analyze.analyze(project, fixes=fixes, policy=policy, memory=memory)
        fresh = kept.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(pickle.dumps(report))
        fresh.rename(kept)
        return report

    return look


def _before(stages: Stages, effect: Callable[..., Any], name: Callable[[tuple[Any, ...]], str]) -> Callable[..., Any]:
    def staged(*arguments: Any, **more: Any) -> Any:
        stages.reach(name(arguments))
        return effect(*arguments, **more)

    return staged


def _job(stages: Stages, job: Callable[[int], None], name: Callable[[int], str]) -> Callable[[int], None]:
    def staged(row: int) -> None:
        stages.begin(name(row))
        job(row)
        stages.reach(LAST)
        stages.job = ""

    return staged


def _scan_name(row: int) -> str:
    database = Database(load_settings().database_url)
    with database.transaction() as session:
        scan = session.get_one(Scan, row)
        return scan_job(scan.repository_id, scan.number)


def _delivery_name(row: int) -> str:
    database = Database(load_settings().database_url)
    with database.transaction() as session:
        event, body = session.execute(select(Delivery.event, Delivery.payload).where(Delivery.id == row)).one()
    payload = json.loads(body)
    number = (payload.get("issue") or payload.get("pull_request") or {}).get("number", 0)
    return event_job(event, payload.get("repository", {}).get("id", 0), number)


def supervise(work: Callable[[], int]) -> int:
    """Starts the work in a process of its own, again and again while it is killed."""
    asked: list[int] = []
    child = 0

    def pass_on(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)

    while True:
        child = os.fork()
        if child == 0:
            os.setsid()
            os._exit(work())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, pass_on)
        _, status = os.waitpid(child, 0)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        if asked or not os.WIFSIGNALED(status):
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    _install(Stages(Path(os.environ[FOLDER])))
    sys.exit(supervise(lambda: main(["work"])))
