"""The scans' rows: asked for, coalesced, started one at a time for each pull request, and ended with a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from bot.gate import Conclusion
from bot.identity import Repository
from bot.intents import CommentKind
from workers import models
from workers.database import Database, insert_missing
from workers.detail import Detail
from workers.models import Said, ScanKind, ScanState, now
from workers.queue import SCANS, Again, Spent, Ticket, pause

MAX_ATTEMPTS = 10
"""Spread over four hours, when nobody asks for other pauses: so long does GitHub have bad days."""
MAX_FAILURES = 3
"""What breaks a worker so often will do it again."""
RESERVED = timedelta(seconds=90)
"""Longer than opening a check run takes."""
MAX_REASON = 2000
MAX_ASKED_BY = 250
UNFINISHED = (ScanState.QUEUED, ScanState.RUNNING)


@dataclass(frozen=True, slots=True)
class Comment:
    """The comment whose command asked for a scan."""

    kind: CommentKind
    id: int


@dataclass(frozen=True, slots=True)
class Request:
    """A wish for a scan of a pull request's head. `asked_by` tells people where it came from.

    `base_ref` is what the head is to be compared with, empty for whatever the base is by then. `base_sha` is for a
    merge group, `target` (the id of a finding) and `author` for a fix.
    """

    repository: Repository
    installation_id: int
    number: int
    head_sha: str
    asked_by: str
    delivery_id: int | None = None
    force: bool = False
    comment: Comment | None = None
    kind: ScanKind = ScanKind.REVIEW
    base_sha: str = ""
    base_ref: str = ""
    target: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """The scan that answers a request. `ticket` is None when it needs no new job; `note` says why it does not."""

    scan_id: int
    ticket: Ticket | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A scan that was started: what a worker needs to know of its row."""

    scan_id: int
    repository: Repository
    installation_id: int
    number: int
    attempt: int
    failures: int
    force: bool
    check_run_id: int | None
    check_run_sha: str
    comment: Comment | None
    asked_at: datetime
    delivery_id: int | None
    kind: ScanKind
    head_sha: str
    """What was asked for: the present head of a pull request may be another one."""
    base_sha: str
    base_ref: str
    target: str
    author: str


@dataclass(frozen=True, slots=True)
class Told:
    """One finding of a scan, as it is written down."""

    fingerprints: tuple[str, ...]
    rule: str
    severity: str
    confidence: str
    path: str
    line: int
    message: str
    is_new: bool
    said: Said
    comment_id: int | None = None
    detail: Detail | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a scan ended."""

    state: ScanState
    reason: str
    conclusion: str = ""
    check_run_ended: bool = False
    base_sha: str = ""
    timings: Mapping[str, float] | None = None
    findings: Iterable[Told] = ()


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """A check run on GitHub that still waits for its scan to say that it ended.

    `check_run_id` is None where GitHub's answer was lost, or was never asked for one: `needs_one` says whether the
    scan owes it, so that a verdict that will not come is seen.
    """

    scan_id: int
    repository: Repository
    installation_id: int
    check_run_id: int | None
    head_sha: str
    kind: ScanKind
    needs_one: bool
    reason: str


class Scans:
    def __init__(self, database: Database) -> None:
        self._database = database

    def request(self, request: Request) -> Granted:
        """Asks for a scan. A queued one serves everybody who asks before it starts: it looks at the head of that time.

        A running one of another head or base, or one that was forced, is marked as superseded.
        """
        with self._database.transaction() as session:
            _lock_pull_request(session, request)
            known = _same_delivery(session, request) or _that_serves(session, request)
            if known is not None:
                return _join(known, request)
            scan = _new_scan(request)
            session.add(scan)
            session.flush()
            running = session.scalars(_lane(scan, ScanState.RUNNING)).all()
            for older in running if scan.kind is ScanKind.REVIEW else ():
                older.superseded_by = scan.id
            return Granted(scan.id, None if running else _dispatch(scan))

    def begin(self, scan_id: int, host: str) -> Task | None:
        """Starts a queued scan; None when it ended, has to wait, or another scan of its pull request runs.

        `host` is the place of the worker (`workers.liveness`).
        """
        with self._database.transaction() as session:
            scan = _locked_scan(session, scan_id)
            if scan is None or scan.state is not ScanState.QUEUED or _must_wait(session, scan):
                return None
            if session.scalars(_lane(scan, ScanState.RUNNING)).first() is not None:
                return None
            scan.state, scan.host, scan.attempt = ScanState.RUNNING, host, scan.attempt + 1
            scan.started_at, scan.not_before, scan.superseded_by = now(), None, None
            return _task(scan)

    def record_head(self, scan_id: int, head_sha: str, base_ref: str, *, draft: bool = False) -> bool:
        """Writes down what is really scanned. False when there is a verdict on that and nobody forced a new one."""
        with self._database.transaction() as session:
            scan = session.get_one(models.Scan, scan_id)
            scan.head_sha, scan.base_ref, scan.draft = head_sha, base_ref, draft
            done = _lane(scan, ScanState.DONE).where(_is_about(head_sha, base_ref))
            return scan.force or session.scalars(done).first() is None

    def knows_older(self, scan_id: int, head_sha: str) -> bool:
        """Whether an earlier scan of the same pull request was for this head."""
        with self._database.transaction() as session:
            scan = session.get_one(models.Scan, scan_id)
            earlier = select(models.Scan.id).where(
                models.Scan.repository_id == scan.repository_id,
                models.Scan.number == scan.number,
                models.Scan.kind == scan.kind,
                models.Scan.head_sha == head_sha,
                models.Scan.id < scan_id,
            )
            return session.scalars(earlier).first() is not None

    def record_check_run(self, scan_id: int, head_sha: str, check_run_id: int | None) -> None:
        """`check_run_id` is None before the check run is created."""
        with self._database.transaction() as session:
            scan = session.get_one(models.Scan, scan_id)
            scan.check_run_sha, scan.check_run_id = head_sha, check_run_id

    def superseded_by(self, scan_id: int) -> int | None:
        with self._database.transaction() as session:
            return session.get_one(models.Scan, scan_id).superseded_by

    def end(self, scan_id: int, ending: Ending) -> Ticket | None:
        """Ends a scan, and gives the ticket of the one that waited for it, if any. A scan ends once."""
        with self._database.transaction() as session:
            scan = _locked_scan(session, scan_id)
            if scan is None or scan.state.finished:
                return None
            _write_ending(session, scan, ending)
            session.flush()
            return _next_ticket(session, scan)

    def postpone(
        self,
        scan_id: int,
        reason: str,
        seconds: float | None = None,
        *,
        patient: bool = False,
        attempt: int | None = None,
    ) -> Again | None:
        """One more attempt, after this time or a growing pause; None for a scan that has ended.

        With an `attempt`, also None unless that one is still running: somebody else has taken the scan up then.
        Raises Spent when there were enough attempts (few, unless `patient`): the scan is still open then.
        """
        with self._database.transaction() as session:
            scan = _locked_scan(session, scan_id)
            if scan is None or scan.state.finished:
                return None
            if attempt is not None and (scan.state, scan.attempt) != (ScanState.RUNNING, attempt):
                return None
            scan.failures += not patient
            if scan.attempt >= MAX_ATTEMPTS or scan.failures >= MAX_FAILURES:
                raise Spent
            seconds = pause(scan.attempt) if seconds is None else seconds
            scan.state, scan.reason = ScanState.QUEUED, reason[:MAX_REASON]
            scan.not_before = now() + timedelta(seconds=seconds)
            return Again(_dispatch(scan), seconds)

    def hurry(self, repository_id: int, number: int) -> list[Ticket]:
        """Makes what waits for a pull request due at once: it sees for itself whether anybody still wants it.

        An event that says so is no proof: events arrive in any order, and the pull request may be open again.
        """
        with self._database.transaction() as session:
            query = select(models.Scan).where(
                models.Scan.repository_id == repository_id,
                models.Scan.number == number,
                models.Scan.state == ScanState.QUEUED,
                models.Scan.kind != ScanKind.MERGE_GROUP,
            )
            queued = session.scalars(query).all()
            for scan in queued:
                scan.not_before = None
            return [_dispatch(scan) for scan in queued]

    def cancel_merge_group(self, repository_id: int, head_sha: str, reason: str) -> int:
        """Ends what is queued for a commit of a merge queue; the verdict of what runs harms nobody."""
        of_group = and_(models.Scan.head_sha == head_sha, models.Scan.kind == ScanKind.MERGE_GROUP)
        return self._cancel(
            of_group, models.Scan.repository_id == repository_id, ending=Ending(ScanState.CANCELLED, reason)
        )

    def cancel_repositories(self, repository_ids: Collection[int], reason: str) -> int:
        """Ends what is queued for repositories that nobody lets us into any more, with their check runs."""
        ending = Ending(ScanState.CANCELLED, reason, check_run_ended=True)
        return self._cancel(models.Scan.repository_id.in_(repository_ids), ending=ending)

    def cancel_all(self, installation_id: int, reason: str) -> int:
        """Ends what is queued for an installation, and marks its check runs as ended: nobody can write to them now."""
        theirs = select(models.Repository.id).where(models.Repository.installation_id == installation_id)
        ending = Ending(ScanState.CANCELLED, reason, check_run_ended=True)
        return self._cancel(models.Scan.repository_id.in_(theirs), ending=ending)

    def _cancel(self, *which: ColumnElement[bool], ending: Ending) -> int:
        query = select(models.Scan).where(models.Scan.state == ScanState.QUEUED, *which)
        with self._database.transaction() as session:
            queued = session.scalars(query).all()
            for scan in queued:
                _write_ending(session, scan, ending)
            return len(queued)

    def redispatch(self, scan_id: int) -> Ticket:
        with self._database.transaction() as session:
            return _dispatch(session.get_one(models.Scan, scan_id))

    def waiting(self, dispatched_before: datetime) -> list[Ticket]:
        """The present tickets of due scans whose last job was made before this time and that wait for no other scan."""
        sibling = aliased(models.Scan)
        blocked = exists().where(
            sibling.repository_id == models.Scan.repository_id,
            sibling.number == models.Scan.number,
            sibling.kind == models.Scan.kind,
            sibling.state == ScanState.RUNNING,
        )
        query = select(models.Scan.id, models.Scan.dispatches).where(
            models.Scan.state == ScanState.QUEUED,
            or_(models.Scan.not_before.is_(None), models.Scan.not_before < dispatched_before),
            or_(models.Scan.dispatched_at.is_(None), models.Scan.dispatched_at < dispatched_before),
            ~blocked,
        )
        with self._database.transaction() as session:
            return [Ticket(SCANS, row, dispatch) for row, dispatch in session.execute(query.order_by(models.Scan.id))]

    def unannounced(self, asked_before: datetime, limit: int = 50) -> list[tuple[int, int]]:
        """Queued scans that were asked for before this time, without a check run; with the ids of installations."""
        query = (
            select(models.Scan.id, models.Installation.id)
            .join(models.Repository, models.Repository.id == models.Scan.repository_id)
            .join(models.Installation, models.Installation.id == models.Repository.installation_id)
            .where(
                models.Scan.state == ScanState.QUEUED,
                models.Scan.kind != ScanKind.FIX,
                models.Scan.created_at < asked_before,
                models.Scan.check_run_sha != models.Scan.head_sha,
                or_(models.Scan.not_before.is_(None), models.Scan.not_before <= now()),
                or_(models.Installation.paused_until.is_(None), models.Installation.paused_until <= now()),
            )
            .order_by(models.Scan.id)
            .limit(limit)
        )
        with self._database.transaction() as session:
            return [(scan_id, installation_id) for scan_id, installation_id in session.execute(query)]

    def reserve(self, scan_id: int) -> Task | None:
        """Keeps a queued scan from beginning until `release`, or for a while; None where it waits no more."""
        with self._database.transaction() as session:
            scan = _locked_scan(session, scan_id)
            if scan is None or scan.state is not ScanState.QUEUED or _must_wait(session, scan):
                return None
            scan.not_before = now() + RESERVED
            return _task(scan)

    def release(self, scan_id: int) -> None:
        with self._database.transaction() as session:
            scan = _locked_scan(session, scan_id)
            if scan is not None and scan.state is ScanState.QUEUED:
                scan.not_before = None

    def is_answered(self, task: Task, base_ref: str) -> bool:
        """Whether another scan has, or will have, the verdict on a head that nobody wants to force."""
        with self._database.transaction() as session:
            scan, same = session.get_one(models.Scan, task.scan_id), _is_about(task.head_sha, base_ref)
            lanes = [_lane(scan, state).where(same) for state in (ScanState.DONE, ScanState.RUNNING)]
            return not task.force and any(session.scalars(lane).first() is not None for lane in lanes)

    def running(self) -> list[models.Scan]:
        with self._database.transaction() as session:
            return list(session.scalars(select(models.Scan).where(models.Scan.state == ScanState.RUNNING)))

    def load(self, scan_id: int) -> models.Scan | None:
        """A scan with its repository and findings, for its page."""
        options = [joinedload(models.Scan.repository), selectinload(models.Scan.findings)]
        with self._database.transaction() as session:
            return session.get(models.Scan, scan_id, options=options)

    def find(self, repository_id: int, head_sha: str) -> models.Scan | None:
        """The last scan of a commit."""
        query = select(models.Scan).where(models.Scan.repository_id == repository_id, models.Scan.head_sha == head_sha)
        with self._database.transaction() as session:
            return session.scalars(query.order_by(models.Scan.id.desc())).first()

    def last_told(self, repository_id: int, number: int) -> list[models.ScanFinding]:
        """The findings of the last review of a pull request that came to a result."""
        last = (
            select(func.max(models.Scan.id))
            .where(
                models.Scan.repository_id == repository_id,
                models.Scan.number == number,
                models.Scan.kind == ScanKind.REVIEW,
                models.Scan.state == ScanState.DONE,
            )
            .scalar_subquery()
        )
        query = select(models.ScanFinding).where(models.ScanFinding.scan_id == last).order_by(models.ScanFinding.id)
        with self._database.transaction() as session:
            return list(session.scalars(query))

    def last_head(self, repository_id: int, number: int) -> str:
        """The head that the last review of a pull request told something about; empty before the first."""
        query = select(models.Scan.head_sha).where(
            models.Scan.repository_id == repository_id,
            models.Scan.number == number,
            models.Scan.kind == ScanKind.REVIEW,
            models.Scan.state == ScanState.DONE,
            models.Scan.conclusion != Conclusion.ACTION_REQUIRED.value,
        )
        with self._database.transaction() as session:
            return session.scalars(query.order_by(models.Scan.id.desc())).first() or ""

    def held_up(self, repository: Repository) -> list[models.Scan]:
        """The last reviews of pull requests that could not be checked for a wrong configuration.

        The configuration of a repository called `.github` is that of all repositories of its owner.
        """
        last = select(func.max(models.Scan.id)).where(models.Scan.kind == ScanKind.REVIEW)
        last = last.group_by(models.Scan.repository_id, models.Scan.number)
        query = (
            select(models.Scan)
            .join(models.Scan.repository)
            .options(contains_eager(models.Scan.repository))
            .where(models.Scan.id.in_(last), models.Scan.conclusion == Conclusion.ACTION_REQUIRED.value)
        )
        if repository.name == ".github":
            query = query.where(models.Repository.full_name.startswith(f"{repository.owner}/", autoescape=True))
        else:
            query = query.where(models.Scan.repository_id == repository.id)
        with self._database.transaction() as session:
            return list(session.scalars(query.order_by(models.Scan.id)))

    def claim_open_checks(self, since: datetime, seconds: float) -> list[OpenCheck]:
        """The check runs of scans that ended since then without being able to end them.

        For so many seconds they are the caller's: two who create what is missing would create it twice.
        """
        query = (
            select(models.Scan)
            .options(joinedload(models.Scan.repository))
            .where(
                models.Scan.state.not_in(UNFINISHED),
                or_(
                    models.Scan.check_run_id.is_not(None),
                    models.Scan.check_run_sha != "",
                    models.Scan.state == ScanState.FAILED,
                ),
                models.Scan.check_run_ended.is_(False),
                models.Scan.finished_at > since,
                or_(models.Scan.not_before.is_(None), models.Scan.not_before <= now()),
            )
            .with_for_update(of=models.Scan, skip_locked=True)
        )
        with self._database.transaction() as session:
            found = session.scalars(query.order_by(models.Scan.id)).all()
            for scan in found:
                scan.not_before = now() + timedelta(seconds=seconds)
            return [_open_check(scan) for scan in found]

    def postpone_check(self, scan_id: int, seconds: float) -> None:
        with self._database.transaction() as session:
            session.get_one(models.Scan, scan_id).not_before = now() + timedelta(seconds=seconds)

    def record_check_run_ended(self, scan_id: int) -> None:
        with self._database.transaction() as session:
            session.get_one(models.Scan, scan_id).check_run_ended = True

    def waiting_since(self) -> datetime | None:
        """When the oldest scan was asked for that is due and not begun yet."""
        due = or_(models.Scan.not_before.is_(None), models.Scan.not_before < now())
        query = select(func.min(models.Scan.created_at)).where(models.Scan.state == ScanState.QUEUED, due)
        with self._database.transaction() as session:
            return session.scalar(query)

    def counts(self) -> dict[str, int]:
        with self._database.transaction() as session:
            rows = session.execute(select(models.Scan.state, func.count()).group_by(models.Scan.state))
            return {state.value: count for state, count in rows}


def _lock_pull_request(session: Session, request: Request) -> None:
    """Makes the rows that a scan needs, and holds the pull request's own until the end of the transaction."""
    repository = request.repository
    insert_missing(session, models.Installation(id=request.installation_id, account=repository.owner))
    known = insert_missing(
        session, models.Repository(id=repository.id, full_name="", installation_id=request.installation_id)
    )
    known.full_name, known.installation_id = repository.full_name, request.installation_id
    known.removed_at = None
    insert_missing(session, models.PullRequest(repository_id=repository.id, number=request.number))
    pull = session.get_one(models.PullRequest, (repository.id, request.number), with_for_update=True)
    pull.head_sha = request.head_sha


def _locked_scan(session: Session, scan_id: int) -> models.Scan | None:
    scan = session.get(models.Scan, scan_id, options=[joinedload(models.Scan.repository)])
    if scan is not None:
        session.get(models.PullRequest, (scan.repository_id, scan.number), with_for_update=True)
        session.refresh(scan)
    return scan


def _must_wait(session: Session, scan: models.Scan) -> bool:
    """Its own time has not come, or GitHub asked its installation to wait: the sweeper queues it when it is due."""
    paused = session.get_one(models.Installation, scan.repository.installation_id).paused_until
    if paused is not None and paused > now():
        scan.not_before = max(paused, scan.not_before or paused)
    return scan.not_before is not None and scan.not_before > now()


def _same_delivery(session: Session, request: Request) -> models.Scan | None:
    """What this very delivery asked for before: it may be taken twice when a worker dies."""
    if request.delivery_id is None:
        return None
    same = and_(
        models.Scan.delivery_id == request.delivery_id,
        models.Scan.number == request.number,
        models.Scan.kind == request.kind,
        models.Scan.target == request.target,
    )
    return session.scalars(select(models.Scan).where(same)).first()


def _that_serves(session: Session, request: Request) -> models.Scan | None:
    """A scan that will answer this request too: one that has not begun, or one of the same head and base.

    Each fix is its own, and so is each commit of a merge queue: every one of them waits for an answer.
    """
    if request.kind is ScanKind.FIX:
        return None
    serves: ColumnElement[bool] = models.Scan.state == ScanState.QUEUED
    if request.kind is ScanKind.MERGE_GROUP:
        serves = and_(serves, models.Scan.head_sha == request.head_sha)
    if not request.force:
        same_head = and_(
            _is_about(request.head_sha, request.base_ref),
            models.Scan.state.in_((ScanState.RUNNING, ScanState.DONE)),
            models.Scan.superseded_by.is_(None),
        )
        serves = or_(serves, same_head)
    mine = and_(
        models.Scan.repository_id == request.repository.id,
        models.Scan.number == request.number,
        models.Scan.kind == request.kind,
    )
    return session.scalars(select(models.Scan).where(mine, serves).order_by(models.Scan.id.desc())).first()


def _is_about(head_sha: str, base_ref: str) -> ColumnElement[bool]:
    """The same commit compared with the same branch is the same question, but for a draft, where nothing fails."""
    same_base = models.Scan.base_ref.in_({base_ref, ""}) if base_ref else true()
    return and_(models.Scan.head_sha == head_sha, same_base, models.Scan.draft.is_(False))


def _join(scan: models.Scan, request: Request) -> Granted:
    if scan.state is not ScanState.QUEUED:
        return Granted(scan.id, None, f"scan {scan.id} of this head is {scan.state.value}")
    scan.force = scan.force or request.force
    scan.head_sha, scan.base_sha, scan.base_ref = request.head_sha, request.base_sha, request.base_ref
    if request.comment is not None:
        scan.comment_kind, scan.comment_id = request.comment.kind.value, request.comment.id
    return Granted(
        scan.id, Ticket(SCANS, scan.id, scan.dispatches) if scan.dispatches else None, "joined a queued scan"
    )


def _new_scan(request: Request) -> models.Scan:
    return models.Scan(
        repository_id=request.repository.id,
        number=request.number,
        head_sha=request.head_sha,
        delivery_id=request.delivery_id,
        asked_by=request.asked_by[:MAX_ASKED_BY],
        force=request.force,
        comment_kind=request.comment.kind.value if request.comment else "",
        comment_id=request.comment.id if request.comment else None,
        kind=request.kind,
        base_sha=request.base_sha,
        base_ref=request.base_ref,
        target=request.target,
        author=request.author,
    )


def _lane(scan: models.Scan, state: ScanState) -> Select[models.Scan]:
    """Those of the same pull request and kind: one of them runs at a time."""
    return select(models.Scan).where(
        models.Scan.repository_id == scan.repository_id,
        models.Scan.number == scan.number,
        models.Scan.kind == scan.kind,
        models.Scan.state == state,
    )


def _task(scan: models.Scan) -> Task:
    return Task(
        scan_id=scan.id,
        repository=Repository(scan.repository_id, scan.repository.full_name),
        installation_id=scan.repository.installation_id,
        number=scan.number,
        attempt=scan.attempt,
        failures=scan.failures,
        force=scan.force,
        check_run_id=scan.check_run_id,
        check_run_sha=scan.check_run_sha,
        comment=Comment(CommentKind(scan.comment_kind), scan.comment_id) if scan.comment_id else None,
        asked_at=scan.created_at,
        delivery_id=scan.delivery_id,
        kind=scan.kind,
        head_sha=scan.head_sha,
        base_sha=scan.base_sha,
        base_ref=scan.base_ref,
        target=scan.target,
        author=scan.author,
    )


def _write_ending(session: Session, scan: models.Scan, ending: Ending) -> None:
    scan.state, scan.reason, scan.conclusion = ending.state, ending.reason[:MAX_REASON], ending.conclusion
    scan.base_sha = ending.base_sha or scan.base_sha
    scan.check_run_ended = scan.check_run_ended or ending.check_run_ended
    scan.timings = dict(ending.timings or {})
    scan.finished_at = now()
    if ending.state is ScanState.DONE:
        scan.superseded_by = None  # whoever asked meanwhile asked for this very head
    found = list(ending.findings)
    _count_by_rule(session, scan, [told for told in found if told.is_new])
    for told in found:
        session.add(
            models.ScanFinding(
                scan_id=scan.id,
                fingerprint=told.fingerprints[0],
                fingerprints=list(told.fingerprints),
                rule=told.rule,
                severity=told.severity,
                confidence=told.confidence,
                path=told.path,
                line=told.line,
                message=told.message,
                is_new=told.is_new,
                said=told.said,
                comment_id=told.comment_id,
                detail=models.FindingDetail(detail=told.detail.to_json()) if told.detail else None,
            )
        )


def _count_by_rule(session: Session, scan: models.Scan, new: list[Told]) -> None:
    """Counts what no earlier scan of this pull request has found."""
    known = set(
        session.scalars(
            select(models.ScanFinding.fingerprint)
            .join(models.Scan, models.Scan.id == models.ScanFinding.scan_id)
            .where(
                models.Scan.repository_id == scan.repository_id,
                models.Scan.number == scan.number,
                models.ScanFinding.fingerprint.in_({told.fingerprints[0] for told in new}),
            )
        )
    )
    first = {told.fingerprints[0]: told.rule for told in new if told.fingerprints[0] not in known}
    for rule, count in Counter(first.values()).items():
        day = models.RuleDay(repository_id=scan.repository_id, day=now().date(), rule=rule, found=0)
        row = insert_missing(session, day)
        session.flush()
        row.found = models.RuleDay.found + count


def _next_ticket(session: Session, ended: models.Scan) -> Ticket | None:
    query = _lane(ended, ScanState.QUEUED).order_by(models.Scan.id)
    waiting = session.scalars(query).first()
    return _dispatch(waiting) if waiting is not None else None


def _open_check(scan: models.Scan) -> OpenCheck:
    return OpenCheck(
        scan_id=scan.id,
        repository=Repository(scan.repository_id, scan.repository.full_name),
        installation_id=scan.repository.installation_id,
        check_run_id=scan.check_run_id,
        head_sha=scan.check_run_sha or scan.head_sha,
        kind=scan.kind,
        needs_one=scan.state is ScanState.FAILED,
        reason=scan.reason,
    )


def _dispatch(scan: models.Scan) -> Ticket:
    scan.dispatches, scan.dispatched_at = scan.dispatches + 1, now()
    return Ticket(SCANS, scan.id, scan.dispatches)
