"""What a job, the web application and the sweeper work with, made from the settings of the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.client import GitHubApp
from bot.redaction import hide
from bot.settings import Settings, load_settings
from workers.database import BUSY_SECONDS, Database
from workers.history import History
from workers.ignored import IgnoredFindings
from workers.inbox import Inbox
from workers.installations import Installations
from workers.pulls import Pulls
from workers.queue import Queues, connect
from workers.scans import Scans
from workers.sign_ins import SignIns
from workers.telemetry import figures


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    database: Database
    inbox: Inbox
    scans: Scans
    installations: Installations
    ignored: IgnoredFindings
    pulls: Pulls
    history: History
    sign_ins: SignIns
    queues: Queues
    github: GitHubApp


def make_services(settings: Settings, *, patience: float = BUSY_SECONDS) -> Services:
    """Nothing is connected before it is used. `patience` is how many seconds to wait for a locked database."""
    database = Database(settings.database_url, patience=patience)
    return Services(
        settings=settings,
        database=database,
        inbox=Inbox(database),
        scans=Scans(database),
        installations=Installations(database),
        ignored=IgnoredFindings(database),
        pulls=Pulls(database),
        history=History(database),
        sign_ins=SignIns(database),
        queues=Queues(connect(settings), scan_seconds=settings.scan_seconds),
        github=make_github(settings),
    )


def make_github(settings: Settings) -> GitHubApp:
    """The app as these settings say it is; what is secret in them is seen in no log from now on."""
    hide(*settings.secrets)
    return GitHubApp(settings, figures.observe_exchange)


@contextmanager
def open_services() -> Iterator[Services]:
    """What one job works with, made after the worker forked and closed with it: no connection has two owners."""
    services = make_services(load_settings())
    try:
        yield services
    finally:
        figures.add_up(services.queues.redis)
        services.queues.redis.close()
        services.database.close()
