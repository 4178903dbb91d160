"""The pull requests' rows: what is known of each besides its scans, from events and from every scan that looks."""

from __future__ import annotations

from pydantic import ValidationError

from bot.delivery import Delivery
from bot.events import PullRequestEvent
from bot.identity import Repository
from bot.resources import PullRequest
from workers import models
from workers.database import Database, insert_missing
from workers.detail import clean

MAX_TITLE = 500


class Pulls:
    def __init__(self, database: Database) -> None:
        self._database = database

    def observe(self, delivery: Delivery) -> None:
        """Writes down what an event says about its pull request; other events say nothing."""
        if delivery.event != PullRequestEvent.name:
            return
        try:
            event = PullRequestEvent.model_validate(delivery.payload)
        except ValidationError:
            return  # the router tells what is wrong with it
        with self._database.transaction() as session:
            repository = event.repository.value
            insert_missing(session, models.Installation(id=event.installation_id, account=repository.owner))
            name, installation = repository.full_name, event.installation_id
            insert_missing(session, models.Repository(id=repository.id, full_name=name, installation_id=installation))
            row = insert_missing(session, models.PullRequest(repository_id=repository.id, number=event.number))
            row.head_sha = row.head_sha or event.head_sha
            row.title, row.author = clean(event.title)[:MAX_TITLE], clean(event.author)
            row.is_open, row.draft = event.state == "open", event.draft
            row.updated_at = models.now()

    def record(self, repository: Repository, pull: PullRequest) -> None:
        """Writes down what GitHub says when it is asked; the row is there, since a scan was asked for."""
        with self._database.transaction() as session:
            row = session.get_one(models.PullRequest, (repository.id, pull.number))
            row.title, row.author = clean(pull.title)[:MAX_TITLE], clean(pull.author)
            row.is_open, row.draft = pull.is_open, pull.draft
