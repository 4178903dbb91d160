"""Who installed the app, and in which repositories: what GitHub told about it last."""

from __future__ import annotations

from datetime import timedelta

from bot.intents import RecordInstallation
from workers import models
from workers.database import Database, insert_missing
from workers.models import now


class Installations:
    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, intent: RecordInstallation) -> None:
        with self._database.transaction() as session:
            row = insert_missing(session, models.Installation(id=intent.installation_id))
            row.account, row.suspended, row.removed_at = intent.account, intent.suspended, None
            for repository in intent.added:
                known = insert_missing(
                    session, models.Repository(id=repository.id, full_name="", installation_id=intent.installation_id)
                )
                known.full_name, known.installation_id = repository.full_name, intent.installation_id
                known.removed_at = None
            for repository in intent.removed:
                gone = session.get(models.Repository, repository.id)
                if gone is not None and gone.installation_id == intent.installation_id:
                    gone.removed_at = now()

    def pause(self, installation_id: int, seconds: float) -> None:
        """GitHub limits it: no scan begins before this time is over."""
        with self._database.transaction() as session:
            row = session.get_one(models.Installation, installation_id)
            until = now() + timedelta(seconds=seconds)
            row.paused_until = max(until, row.paused_until or until)

    def forget(self, installation_id: int) -> None:
        """Marks it as removed: `workers.retention` deletes it with all that belongs to it."""
        with self._database.transaction() as session:
            row = insert_missing(session, models.Installation(id=installation_id))
            row.removed_at = now()
