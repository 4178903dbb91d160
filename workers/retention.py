"""What is kept, and for how long: payloads, code, scans, git caches, and everything of an installation that is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Delete, Table, Update, delete, exists, false, or_, select, update
from sqlalchemy.orm import Session

from workers import models
from workers.checkout import Cache
from workers.logs import get_logger
from workers.models import Base, ScanState, now
from workers.services import Services

log = get_logger(__name__)

EVERY = timedelta(hours=1)
TABLES = Base.metadata.tables
CODE = ("finding_details",)
"""Tables whose rows hold source code and nothing that is needed later; each row tells when it was made."""


class Hourly:
    """Is due when it is first asked, and every hour afterwards."""

    def __init__(self) -> None:
        self._due: datetime | None = None

    def is_due(self) -> bool:
        if self._due is not None and now() < self._due:
            return False
        self._due = now() + EVERY
        return True


class Retention:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._hourly = Hourly()

    def sweep(self) -> None:
        forget_removed(self._services)
        if self._hourly.is_due():
            expire(self._services, now())
            drop_caches(self._services, now())


def expire(services: Services, at: datetime) -> None:
    """Removes what is older than the settings allow."""
    settings = services.settings
    payloads = _empty_payloads(services, at - timedelta(days=settings.keep_payloads_days))
    excerpts = _delete_code(services, at - timedelta(days=settings.keep_code_days))
    scans = _delete_scans(services, at - timedelta(days=settings.keep_scans_days))
    sign_ins = _delete_sign_ins(services, at)
    if payloads or excerpts or scans or sign_ins:
        log.info("expired", payloads=payloads, excerpts=excerpts, scans=scans, sign_ins=sign_ins)


def forget_removed(services: Services) -> None:
    """Deletes what is left of installations and repositories that were removed, once nothing of theirs runs."""
    with services.database.transaction() as session:
        installations = session.scalars(
            select(models.Installation.id).where(models.Installation.removed_at.is_not(None))
        ).all()
        repositories = session.scalars(
            select(models.Repository.id).where(models.Repository.removed_at.is_not(None))
        ).all()
    for installation_id in installations:
        forget_installation(services, installation_id)
    for repository_id in repositories:
        forget_repositories(services, [repository_id])


def forget_installation(services: Services, installation_id: int) -> bool:
    """Deletes everything of it. False while a scan runs, or one of its deliveries is on its way: the rest later."""
    theirs = select(models.Repository.id).where(models.Repository.installation_id == installation_id)
    with services.database.transaction() as session:
        repositories = session.scalars(theirs).all()
    if not forget_repositories(services, repositories):
        return False
    deliveries = models.Delivery.installation_id == installation_id
    with services.database.transaction() as session:
        session.execute(delete(models.Delivery).where(deliveries, models.Delivery.finished_at.is_not(None)))
        if session.scalar(select(models.Delivery.id).where(deliveries).limit(1)) is not None:
            return False
        session.execute(delete(models.Installation).where(models.Installation.id == installation_id))
    log.info("installation_forgotten", installation=installation_id)
    return True


def forget_repositories(services: Services, repository_ids: Sequence[int]) -> bool:
    """Deletes everything of these; nothing while a scan of one of them runs."""
    pulls = select(models.PullRequest).where(models.PullRequest.repository_id.in_(repository_ids))
    running = exists().where(models.Scan.repository_id.in_(repository_ids), models.Scan.state == ScanState.RUNNING)
    with services.database.transaction() as session:
        session.scalars(pulls.with_for_update()).all()  # no scan of theirs begins from here on
        if session.scalar(select(running)):
            return False
        _delete_repositories(session, repository_ids)
        deliveries = models.Delivery.repository_id.in_(repository_ids)
        session.execute(delete(models.Delivery).where(deliveries, models.Delivery.finished_at.is_not(None)))
    for repository_id in repository_ids:
        Cache(services.settings.data_dir, repository_id).discard()
    return True


def drop_caches(services: Services, at: datetime) -> None:
    """Removes the caches of this machine that no scan used for long, or whose repository is gone."""
    with services.database.transaction() as session:
        known = {str(one) for one in session.scalars(select(models.Repository.id))}
    unused = at - timedelta(days=services.settings.keep_code_days)
    for folder in (services.settings.data_dir / "repositories").glob("*"):
        if folder.name not in known or _last_use(folder) < unused.timestamp():
            Cache(services.settings.data_dir, int(folder.name)).discard()


def _last_use(folder: Path) -> float:
    """When a commit was fetched into it last, in seconds since the epoch."""
    marks = (folder, *folder.glob("*.git"), *folder.glob("*.git/refs/*"))
    return max((mark.stat().st_mtime for mark in marks), default=0.0)


def _empty_payloads(services: Services, before: datetime) -> int:
    old = (models.Delivery.finished_at < before, models.Delivery.payload != b"")
    with services.database.transaction() as session:
        return _change(session, update(models.Delivery).where(*old).values(payload=b""))


def _delete_code(services: Services, before: datetime) -> int:
    with services.database.transaction() as session:
        return sum(
            _change(session, delete(TABLES[name]).where(TABLES[name].c.created_at < before))
            for name in CODE
            if name in TABLES
        )


def _delete_sign_ins(services: Services, at: datetime) -> int:
    with services.database.transaction() as session:
        return _change(session, delete(models.SignIn).where(models.SignIn.expires_at < at))


def _delete_scans(services: Services, before: datetime) -> int:
    """Scans with what belongs to them, then the deliveries and pull requests that nothing points to any more."""
    old = models.Scan.finished_at < before
    with services.database.transaction() as session:
        _delete_below(session, TABLES["scans"], old)
        count = _change(session, delete(models.Scan).where(old))
        scanned = exists().where(models.Scan.delivery_id == models.Delivery.id)
        session.execute(delete(models.Delivery).where(models.Delivery.finished_at < before, ~scanned))
    return count


def _change(session: Session, statement: Update | Delete) -> int:
    """How many rows it changed."""
    result: CursorResult[Any] = session.execute(statement)  # type: ignore[assignment]
    return result.rowcount


def _delete_repositories(session: Session, repository_ids: Sequence[int]) -> None:
    theirs = models.Repository.id.in_(repository_ids)
    _delete_below(session, TABLES["repositories"], theirs)
    session.execute(delete(models.Repository).where(theirs))


def _delete_below(session: Session, root: Table, chosen: ColumnElement[bool]) -> None:
    """Deletes what points to the chosen rows of a table, over any number of tables, the farthest first."""
    scans = owned(TABLES["scans"], root, chosen)
    session.execute(
        update(models.Scan)
        .where(models.Scan.superseded_by.in_(select(models.Scan.id).where(scans)))
        .values(superseded_by=None)
    )
    for table in reversed(Base.metadata.sorted_tables):
        if table is not root:
            session.execute(delete(table).where(owned(table, root, chosen)))


def owned(table: Table, root: Table, chosen: ColumnElement[bool]) -> ColumnElement[bool]:
    """Which rows of a table point to the chosen ones, directly or by way of others."""
    if table is root:
        return chosen
    keys = [key for key in table.foreign_keys if key.column.table is not table]
    ways = [
        key.parent.in_(select(key.column).where(owned(key.column.table, root, chosen)))
        for key in keys
        if is_below(key.column.table, root)
    ]
    return or_(*ways) if ways else false()


def is_below(table: Table, root: Table) -> bool:
    """Whether rows of this table can belong to one of the other."""
    others = (key.column.table for key in table.foreign_keys if key.column.table is not table)
    return table is root or any(is_below(other, root) for other in others)
