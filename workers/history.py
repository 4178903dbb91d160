"""What the pages read: repositories, pull requests, scans and deliveries. Every query is bounded, and uses an index."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Integer, ScalarSelect, cast, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from workers import models
from workers.database import Database
from workers.models import DeliveryState, ScanState, now

MAX_PULLS = 50
MAX_REPOSITORIES = 100
MAX_SCANS = 50
MAX_VERDICTS = 200
MAX_FINDINGS = 200
MAX_DELIVERIES = 50


@dataclass(frozen=True, slots=True)
class ScanLine:
    """A scan in a list; `new` counts what gates, `seconds` are from the event to the verdict."""

    id: int
    state: ScanState
    conclusion: str
    reason: str
    head_sha: str
    asked_by: str
    created_at: datetime
    finished_at: datetime | None
    new: int

    @property
    def seconds(self) -> float | None:
        return (self.finished_at - self.created_at).total_seconds() if self.finished_at else None


@dataclass(frozen=True, slots=True)
class PullLine:
    """`scan` is the last one, None before the first."""

    repository: str
    number: int
    title: str
    author: str
    is_open: bool
    draft: bool
    head_sha: str
    updated_at: datetime
    scan: ScanLine | None


@dataclass(frozen=True, slots=True)
class RepositoryLine:
    id: int
    full_name: str
    open_pulls: int
    failing: int
    last_scan: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """How many problems a rule found for the first time on one day."""

    day: date
    rule: str
    count: int


@dataclass(frozen=True, slots=True)
class Verdict:
    finished_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    id: int
    guid: str
    event: str
    action: str
    state: DeliveryState
    outcome: str
    attempt: int
    received_at: datetime
    finished_at: datetime | None


class History:
    """Repositories are given by id: those that the asking person may read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def repository(self, full_name: str) -> models.Repository | None:
        query = select(models.Repository).where(func.lower(models.Repository.full_name) == full_name.lower())
        with self._database.transaction() as session:
            return session.scalars(query.order_by(models.Repository.updated_at.desc())).first()

    def known(self, ids: Collection[int]) -> frozenset[int]:
        """Those of the repositories that the app is installed on."""
        query = (
            select(models.Repository.id)
            .join(models.Installation, models.Installation.id == models.Repository.installation_id)
            .where(models.Repository.id.in_(ids), models.Installation.removed_at.is_(None))
        )
        with self._database.transaction() as session:
            return frozenset(session.scalars(query))

    def has_installation(self) -> bool:
        query = select(models.Installation.id).where(models.Installation.removed_at.is_(None)).limit(1)
        with self._database.transaction() as session:
            return session.scalars(query).first() is not None

    def repositories(self, ids: Collection[int]) -> list[RepositoryLine]:
        """Those with something to look at come first."""
        last = (
            select(func.max(models.Scan.finished_at))
            .where(models.Scan.repository_id == models.Repository.id)
            .correlate(models.Repository)
            .scalar_subquery()
        )
        query = select(models.Repository.id, models.Repository.full_name, last.label("last")).where(
            models.Repository.id.in_(ids)
        )
        order = (last.is_(None), last.desc(), models.Repository.full_name)
        with self._database.transaction() as session:
            rows = session.execute(query.order_by(*order).limit(MAX_REPOSITORIES)).all()
            pulls = self._counts(session, [row.id for row in rows])
        return [RepositoryLine(row.id, row.full_name, *pulls.get(row.id, (0, 0)), row.last) for row in rows]

    @staticmethod
    def _counts(session: Session, ids: Collection[int]) -> dict[int, tuple[int, int]]:
        """Open pull requests, and how many of them fail."""
        failing = func.sum(cast(func.coalesce(models.Scan.conclusion == "failure", False), Integer))
        query = (
            select(models.PullRequest.repository_id, func.count(), failing)
            .outerjoin(models.Scan, models.Scan.id == _last_scan())
            .where(models.PullRequest.repository_id.in_(ids), models.PullRequest.is_open)
            .group_by(models.PullRequest.repository_id)
        )
        return {row[0]: (row[1], row[2] or 0) for row in session.execute(query)}

    def open_pulls(self, ids: Collection[int]) -> list[PullLine]:
        """The last ones that something happened to."""
        return self._pulls(ids, open_only=True, limit=MAX_PULLS)

    def pulls(self, repository_id: int) -> list[PullLine]:
        return self._pulls([repository_id], open_only=False, limit=MAX_PULLS)

    def pull(self, repository_id: int, number: int) -> PullLine | None:
        found = self._pulls([repository_id], open_only=False, limit=1, number=number)
        return found[0] if found else None

    def _pulls(self, ids: Collection[int], *, open_only: bool, limit: int, number: int | None = None) -> list[PullLine]:
        query = (
            select(models.PullRequest, models.Repository.full_name, models.Scan)
            .join(models.Repository, models.Repository.id == models.PullRequest.repository_id)
            .outerjoin(models.Scan, models.Scan.id == _last_scan())
            .where(models.PullRequest.repository_id.in_(ids))
        )
        if open_only:
            query = query.where(models.PullRequest.is_open)
        if number is not None:
            query = query.where(models.PullRequest.number == number)
        with self._database.transaction() as session:
            rows = session.execute(query.order_by(models.PullRequest.updated_at.desc()).limit(limit)).all()
            new = _new_findings(session, [scan.id for _, _, scan in rows if scan is not None])
        return [
            PullLine(
                repository=full_name,
                number=pull.number,
                title=pull.title,
                author=pull.author,
                is_open=pull.is_open,
                draft=pull.draft,
                head_sha=pull.head_sha,
                updated_at=pull.updated_at,
                scan=_line(scan, new) if scan is not None else None,
            )
            for pull, full_name, scan in rows
        ]

    def scans_of(self, repository_id: int, number: int) -> list[ScanLine]:
        """The newest first."""
        query = select(models.Scan).where(models.Scan.repository_id == repository_id, models.Scan.number == number)
        with self._database.transaction() as session:
            scans = session.scalars(query.order_by(models.Scan.id.desc()).limit(MAX_SCANS)).all()
            new = _new_findings(session, [scan.id for scan in scans])
        return [_line(scan, new) for scan in scans]

    def scan(self, scan_id: int) -> models.Scan | None:
        """With its repository, without its findings: who may see those is not yet clear."""
        with self._database.transaction() as session:
            return session.get(models.Scan, scan_id, options=[joinedload(models.Scan.repository)])

    def findings(self, scan_id: int) -> list[models.ScanFinding]:
        """With their details; what is new comes first."""
        query = (
            select(models.ScanFinding)
            .options(selectinload(models.ScanFinding.detail))
            .where(models.ScanFinding.scan_id == scan_id)
            .order_by(models.ScanFinding.is_new.desc(), models.ScanFinding.id)
            .limit(MAX_FINDINGS)
        )
        with self._database.transaction() as session:
            return list(session.scalars(query))

    def found_by_rule(self, ids: Collection[int], *, days: int) -> list[Found]:
        query = (
            select(models.RuleDay.day, models.RuleDay.rule, func.sum(models.RuleDay.found))
            .where(models.RuleDay.repository_id.in_(ids), models.RuleDay.day > now().date() - timedelta(days=days))
            .group_by(models.RuleDay.day, models.RuleDay.rule)
            .order_by(models.RuleDay.day, models.RuleDay.rule)
        )
        with self._database.transaction() as session:
            return [Found(day, rule, count) for day, rule, count in session.execute(query)]

    def verdicts(self, ids: Collection[int], *, days: int) -> list[Verdict]:
        """The last ones, the oldest of them first, with the time since GitHub told about the push."""
        last = (
            select(models.Scan.id)  # all of it is in an index: of a busy week only the rows that are shown are read
            .where(
                models.Scan.repository_id.in_(ids),
                models.Scan.state == ScanState.DONE,
                models.Scan.finished_at > now() - timedelta(days=days),
            )
            .order_by(models.Scan.finished_at.desc())
            .limit(MAX_VERDICTS)
        )
        asked_at = func.coalesce(models.Delivery.received_at, models.Scan.created_at, type_=models.UtcDateTime())
        query = (
            select(models.Scan.finished_at, asked_at)
            .outerjoin(models.Delivery, models.Delivery.id == models.Scan.delivery_id)
            .where(models.Scan.id.in_(last))
            .order_by(models.Scan.finished_at.desc())
        )
        with self._database.transaction() as session:
            rows = session.execute(query).all()
        return [Verdict(end, max((end - start).total_seconds(), 0.0)) for end, start in reversed(rows) if end]

    def deliveries(self, *, state: DeliveryState | None = None, before: int | None = None) -> list[DeliveryLine]:
        """The newest first; `before` is the id of the last one of the page before."""
        query = select(models.Delivery)
        if state is not None:
            query = query.where(models.Delivery.state == state)
        if before is not None:
            query = query.where(models.Delivery.id < before)
        with self._database.transaction() as session:
            rows = session.scalars(query.order_by(models.Delivery.id.desc()).limit(MAX_DELIVERIES)).all()
        return [
            DeliveryLine(
                id=row.id,
                guid=row.guid,
                event=row.event,
                action=row.action,
                state=row.state,
                outcome=row.outcome,
                attempt=row.attempt,
                received_at=row.received_at,
                finished_at=row.finished_at,
            )
            for row in rows
        ]


def _last_scan() -> ScalarSelect[int | None]:
    """Of the pull request of the row around it; one look into the index of pull requests' scans."""
    return (
        select(func.max(models.Scan.id))
        .where(
            models.Scan.repository_id == models.PullRequest.repository_id,
            models.Scan.number == models.PullRequest.number,
        )
        .correlate(models.PullRequest)
        .scalar_subquery()
    )


def _new_findings(session: Session, scan_ids: Iterable[int]) -> dict[int, int]:
    query = (
        select(models.ScanFinding.scan_id, func.count())
        .where(models.ScanFinding.scan_id.in_(list(scan_ids)), models.ScanFinding.is_new)
        .group_by(models.ScanFinding.scan_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _line(scan: models.Scan, new: dict[int, int]) -> ScanLine:
    return ScanLine(
        id=scan.id,
        state=scan.state,
        conclusion=scan.conclusion,
        reason=scan.reason,
        head_sha=scan.head_sha,
        asked_by=scan.asked_by,
        created_at=scan.created_at,
        finished_at=scan.finished_at,
        new=new.get(scan.id, 0),
    )
