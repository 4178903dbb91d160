"""What the pages read: repositories, pull requests, scans and deliveries. Every query is bounded, and uses an index."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Integer, ScalarSelect, Select, case, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from workers import models
from workers.database import Database
from workers.models import DeliveryState, ScanKind, ScanState, now

T = TypeVar("T")
ENDED = tuple(state for state in ScanState if state.finished)

MAX_PULLS = 50
MAX_REPOSITORIES = 50
MAX_SCANS = 50
MAX_VERDICTS = 200
MAX_FINDINGS = 200
MAX_DELIVERIES = 50


@dataclass(frozen=True, slots=True)
class ScanLine:
    """A scan in a list; `new` counts what gates, `seconds` are from the event to the verdict."""

    id: int
    kind: ScanKind
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
    """`scan` is the last review, None before the first."""

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
class Gates:
    """How many pull requests are open, and what was said of them last; the rest of them waits."""

    open: int = 0
    failing: int = 0
    passing: int = 0
    undecided: int = 0
    """The last review ended without a verdict."""

    @property
    def waiting(self) -> int:
        return self.open - self.failing - self.passing - self.undecided


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


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """`scans` are those that it asked for: id and name of the repository, number of the pull request, the scan."""

    line: DeliveryLine
    account: str
    repository: str
    not_before: datetime | None
    scans: tuple[tuple[int, str, int, ScanLine], ...]


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

    def repositories(self, ids: Collection[int], *, words: str = "", page: int = 1) -> list[RepositoryLine]:
        """Those with something to look at come first. `words` stand in their names, `page` counts from 1."""
        last = (
            select(func.max(models.Scan.finished_at))
            .where(models.Scan.repository_id == models.Repository.id)
            .correlate(models.Repository)
            .scalar_subquery()
        )
        query = select(models.Repository.id, models.Repository.full_name, last.label("last")).where(
            models.Repository.id.in_(ids)
        )
        if words:
            query = query.where(models.Repository.full_name.icontains(words, autoescape=True))
        query = query.order_by(last.is_(None), last.desc(), models.Repository.full_name)
        query = query.limit(MAX_REPOSITORIES).offset((page - 1) * MAX_REPOSITORIES)
        with self._database.transaction() as session:
            rows = session.execute(query).all()
            gates = _gates(session, [row.id for row in rows])
        found = [(row, gates.get(row.id, Gates())) for row in rows]
        return [RepositoryLine(row.id, row.full_name, gate.open, gate.failing, row.last) for row, gate in found]

    def gates(self, ids: Collection[int]) -> Gates:
        """Of all open pull requests of these repositories."""
        with self._database.transaction() as session:
            found = _gates(session, ids).values()
        names = ("open", "failing", "passing", "undecided")
        return Gates(*(sum(getattr(one, name) for one in found) for name in names))

    def open_pulls(self, ids: Collection[int]) -> list[PullLine]:
        """The last ones that something happened to."""
        query = select(models.PullRequest).where(models.PullRequest.repository_id.in_(ids), models.PullRequest.is_open)
        return self._pulls(query.order_by(models.PullRequest.updated_at.desc()))

    def pulls(self, repository_id: int, *, open_only: bool = False, before: int | None = None) -> list[PullLine]:
        """The newest first; `before` is the number of the last one of the page before."""
        query = select(models.PullRequest).where(models.PullRequest.repository_id == repository_id)
        if open_only:
            query = query.where(models.PullRequest.is_open)
        if before is not None:
            query = query.where(models.PullRequest.number < before)
        return self._pulls(query.order_by(models.PullRequest.number.desc()))

    def pull(self, repository_id: int, number: int) -> PullLine | None:
        pull = models.PullRequest
        found = self._pulls(select(pull).where(pull.repository_id == repository_id, pull.number == number))
        return found[0] if found else None

    def _pulls(self, query: Select[Any]) -> list[PullLine]:
        """A page of them. What is told of each is looked up afterwards: a join would begin with all scans."""
        last = _of_last_review(models.Scan.id)
        page = query.add_columns(models.Repository.full_name, last).join(
            models.Repository, models.Repository.id == models.PullRequest.repository_id
        )
        with self._database.transaction() as session:
            found = session.execute(page.limit(MAX_PULLS)).all()
            ids = [scan_id for _, _, scan_id in found if scan_id is not None]
            scans = {scan.id: scan for scan in session.scalars(select(models.Scan).where(models.Scan.id.in_(ids)))}
            new = _new_findings(session, ids)
        rows = [(pull, full_name, scans.get(scan_id or 0)) for pull, full_name, scan_id in found]
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

    def scans_of(self, repository_id: int, number: int, *, before: int | None = None) -> list[ScanLine]:
        """The newest first; `before` is the id of the last one of the page before."""
        query = select(models.Scan).where(models.Scan.repository_id == repository_id, models.Scan.number == number)
        if before is not None:
            query = query.where(models.Scan.id < before)
        with self._database.transaction() as session:
            scans = session.scalars(query.order_by(models.Scan.id.desc()).limit(MAX_SCANS)).all()
            new = _new_findings(session, [scan.id for scan in scans])
        return [_line(scan, new) for scan in scans]

    def scan(self, scan_id: int) -> models.Scan | None:
        """With its repository, without its findings: who may see those is not yet clear."""
        with self._database.transaction() as session:
            return session.get(models.Scan, scan_id, options=[joinedload(models.Scan.repository)])

    def found_in(self, scan_id: int) -> tuple[int, int]:
        """How many findings are new, and how many were there before."""
        new = func.sum(cast(models.ScanFinding.is_new, Integer))
        query = select(func.coalesce(new, 0), func.count()).where(models.ScanFinding.scan_id == scan_id)
        with self._database.transaction() as session:
            fresh, all_of_them = session.execute(query).one()
        return fresh, all_of_them - fresh

    def findings(self, scan_id: int, *, limit: int = MAX_FINDINGS) -> list[models.ScanFinding]:
        """With their details; what is new comes first."""
        query = (
            select(models.ScanFinding)
            .options(selectinload(models.ScanFinding.detail))
            .where(models.ScanFinding.scan_id == scan_id)
            .order_by(models.ScanFinding.is_new.desc(), models.ScanFinding.id)
            .limit(limit)
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
            .where(models.Scan.id.in_(last), models.Scan.kind != ScanKind.FIX)
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
        return [_delivery(row) for row in rows]

    def delivery(self, delivery_id: int) -> DeliveryView | None:
        query = (
            select(models.Scan)
            .where(models.Scan.delivery_id == delivery_id)
            .order_by(models.Scan.id)
            .limit(MAX_SCANS)
            .options(joinedload(models.Scan.repository))
        )
        with self._database.transaction() as session:
            row = session.get(models.Delivery, delivery_id)
            if row is None:
                return None
            scans = session.scalars(query).all()
            repository = session.get(models.Repository, row.repository_id) if row.repository_id else None
            account = session.get(models.Installation, row.installation_id) if row.installation_id else None
        return DeliveryView(
            line=_delivery(row),
            account=account.account if account else "",
            repository=repository.full_name if repository else "",
            not_before=row.not_before,
            scans=tuple(
                (scan.repository_id, scan.repository.full_name, scan.number, _line(scan, {})) for scan in scans
            ),
        )


def _of_last_review(column: ColumnElement[T] | InstrumentedAttribute[T]) -> ScalarSelect[T]:
    """Of the pull request of the row around it; one look into the index of pull requests' scans.

    A commit of fixes and a look at a merge queue come later, and are no verdict about the pull request.
    """
    return (
        select(column)
        .where(
            models.Scan.repository_id == models.PullRequest.repository_id,
            models.Scan.number == models.PullRequest.number,
            models.Scan.kind == ScanKind.REVIEW,
        )
        .order_by(models.Scan.id.desc())
        .limit(1)
        .correlate(models.PullRequest)
        .scalar_subquery()
    )


def _gates(session: Session, ids: Collection[int]) -> dict[int, Gates]:
    """By repository; those without an open pull request are left out."""
    ended = _of_last_review(case((models.Scan.state.in_(ENDED), models.Scan.conclusion)))
    pulls = (
        select(models.PullRequest.repository_id, ended.label("ended"))
        .where(models.PullRequest.repository_id.in_(ids), models.PullRequest.is_open)
        .subquery()
    )
    counts = (
        _count(pulls.c.ended == "failure"),
        _count(pulls.c.ended == "success"),
        _count(pulls.c.ended.not_in(("failure", "success"))),
    )
    query = select(pulls.c.repository_id, func.count(), *counts).group_by(pulls.c.repository_id)
    return {row[0]: Gates(*row[1:]) for row in session.execute(query)}


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _delivery(row: models.Delivery) -> DeliveryLine:
    return DeliveryLine(
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
        kind=scan.kind,
        state=scan.state,
        conclusion=scan.conclusion,
        reason=scan.reason,
        head_sha=scan.head_sha,
        asked_by=scan.asked_by,
        created_at=scan.created_at,
        finished_at=scan.finished_at,
        new=new.get(scan.id, 0),
    )
