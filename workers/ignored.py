"""The findings that people told us to ignore, as rows."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from bot.ignoring import Ignored
from bot.renames import Renames
from workers import models
from workers.database import Database


class IgnoredFindings:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, repository_id: int) -> list[Ignored]:
        """Those of a repository, the oldest first."""
        query = select(models.IgnoredFinding).where(models.IgnoredFinding.repository_id == repository_id)
        with self._database.transaction() as session:
            return [_value(row) for row in session.scalars(query.order_by(models.IgnoredFinding.id))]

    def fingerprints(self, repository_id: int) -> frozenset[str]:
        return frozenset(fingerprint for one in self.of(repository_id) for fingerprint in one.fingerprints)

    def remember(self, repository_id: int, ignored: Ignored) -> None:
        with self._database.transaction() as session:
            session.add(
                models.IgnoredFinding(
                    repository_id=repository_id,
                    fingerprints=list(ignored.fingerprints),
                    rule=ignored.rule,
                    path=ignored.path,
                    message=ignored.message,
                    author=ignored.author,
                    number=ignored.number,
                    reason=ignored.reason,
                )
            )

    def follow(self, repository_id: int, renames: Renames) -> None:
        """Ignores the same in files that have another name now, also when the former one is long forgotten."""
        if not renames.fingerprints:
            return
        query = select(models.IgnoredFinding).where(models.IgnoredFinding.repository_id == repository_id)
        with self._database.transaction() as session:
            for row in session.scalars(query).all():
                present = renames.also(row.fingerprints).difference(row.fingerprints)
                if present:
                    row.fingerprints = [*row.fingerprints, *sorted(present)]

    def forget(self, repository_id: int, ignored: Collection[Ignored]) -> None:
        query = select(models.IgnoredFinding).where(models.IgnoredFinding.repository_id == repository_id)
        with self._database.transaction() as session:
            for row in session.scalars(query).all():
                if _value(row) in ignored:
                    session.delete(row)


def _value(row: models.IgnoredFinding) -> Ignored:
    return Ignored(
        fingerprints=tuple(row.fingerprints),
        rule=row.rule,
        path=row.path,
        message=row.message,
        author=row.author,
        number=row.number,
        reason=row.reason,
    )
