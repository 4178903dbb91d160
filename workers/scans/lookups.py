"""Questions about the scans that there are; those of the pages are in `workers/history.py`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from bot.gate import Conclusion
from bot.identity import Repository
from workers import models
from workers.models import ScanKind, ScanState, now
from workers.scans.rows import Rows, is_about, lane
from workers.scans.values import Task


class Lookups(Rows):
    """What was scanned, and what came of it."""

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

    def is_answered(self, task: Task, base_ref: str) -> bool:
        """Whether another scan has, or will have, the verdict on a head that nobody wants to force."""
        with self._database.transaction() as session:
            scan, same = session.get_one(models.Scan, task.scan_id), is_about(task.head_sha, base_ref)
            lanes = [lane(scan, state).where(same) for state in (ScanState.DONE, ScanState.RUNNING)]
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
        if repository.name != ".github":
            last = last.where(models.Scan.repository_id == repository.id)
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
