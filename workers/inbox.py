"""The inbox: every delivery is a row before GitHub gets its answer, and stays one until something came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, undefer

from bot.delivery import Delivery, delivery_of
from bot.errors import UserError
from workers import models
from workers.database import Database
from workers.models import DeliveryState, now
from workers.queue import DELIVERIES, Again, Spent, Ticket, pause

MAX_ATTEMPTS = 8
"""Spread over three hours, when nobody asks for other pauses: so long does GitHub have bad days."""
MAX_OUTCOME = 2000
MAX_ID = 2**63


@dataclass(frozen=True, slots=True)
class Stored:
    """`ticket` is None for a delivery that was stored before and needs no job."""

    id: int
    ticket: Ticket | None


class Inbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    def store(self, delivery: Delivery, body: bytes) -> Stored:
        """Stores a delivery once for its guid.

        A redelivery of one that failed gets a new job, of one that waits the job that it may have lost; what is done
        or ignored stays so.
        """
        with self._database.transaction() as session:
            row = self._insert(session, delivery, body)
            if row is None:
                row = session.scalars(select(models.Delivery).where(models.Delivery.guid == delivery.guid)).one()
                if row.state in (DeliveryState.DONE, DeliveryState.IGNORED):
                    return Stored(row.id, None)
                if row.state is DeliveryState.RECEIVED:
                    return Stored(row.id, Ticket(DELIVERIES, row.id, row.dispatches))
                row.state, row.attempt, row.not_before = DeliveryState.RECEIVED, 0, None
                row.payload = body  # its own may have expired
            return Stored(row.id, _dispatch(row))

    @staticmethod
    def _insert(session: Session, delivery: Delivery, body: bytes) -> models.Delivery | None:
        row = models.Delivery(
            guid=delivery.guid,
            event=delivery.event,
            action=delivery.action,
            payload=body,
            installation_id=_id_of(delivery, "installation"),
            repository_id=_id_of(delivery, "repository"),
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            return None
        return row

    def begin(self, delivery_id: int) -> Delivery | None:
        """The delivery, for one more attempt; None when there is nothing left to do for it, or not yet."""
        with self._database.transaction() as session:
            row = session.get(models.Delivery, delivery_id, options=[undefer(models.Delivery.payload)])
            if row is None or row.state.finished or (row.not_before is not None and row.not_before > now()):
                return None
            row.attempt, row.not_before = row.attempt + 1, None
            return delivery_of(row.guid, row.event, json.loads(row.payload))

    def finish(self, delivery_id: int, state: DeliveryState, outcome: str) -> None:
        with self._database.transaction() as session:
            row = session.get_one(models.Delivery, delivery_id)
            row.state, row.outcome, row.finished_at = state, outcome[:MAX_OUTCOME], now()

    def postpone(self, delivery_id: int, reason: str, seconds: float | None = None) -> Again | None:
        """One more attempt, after this time or a growing pause; None for a delivery that is finished.

        Raises Spent when there were enough attempts: then it has failed.
        """
        with self._database.transaction() as session:
            row = session.get_one(models.Delivery, delivery_id)
            if row.state.finished:
                return None
            row.outcome = reason[:MAX_OUTCOME]
            if row.attempt < MAX_ATTEMPTS:
                seconds = pause(row.attempt) if seconds is None else seconds
                row.not_before = now() + timedelta(seconds=seconds)
                return Again(_dispatch(row), seconds)
            row.state, row.finished_at = DeliveryState.FAILED, now()
        raise Spent

    def run_again(self, delivery_id: int) -> Ticket:
        """Takes a delivery back to its start, for a person who asks. Raises UserError where that is not possible."""
        with self._database.transaction() as session:
            row = session.get(models.Delivery, delivery_id, options=[undefer(models.Delivery.payload)])
            if row is None:
                raise UserError("no-such-delivery", f"there is no delivery {delivery_id}")
            if not row.state.finished:
                raise UserError("delivery-waits", "the delivery waits for its job already")
            if not row.payload:
                raise UserError("payload-expired", "the payload of this delivery is no longer kept")
            row.state, row.attempt, row.not_before, row.finished_at = DeliveryState.RECEIVED, 0, None, None
            return _dispatch(row)

    def redispatch(self, delivery_id: int) -> Ticket:
        with self._database.transaction() as session:
            return _dispatch(session.get_one(models.Delivery, delivery_id))

    def waiting(self, dispatched_before: datetime) -> list[Ticket]:
        """The present tickets of due deliveries whose last job was made before this time."""
        query = select(models.Delivery.id, models.Delivery.dispatches).where(
            models.Delivery.state == DeliveryState.RECEIVED,
            or_(models.Delivery.not_before.is_(None), models.Delivery.not_before < dispatched_before),
            or_(models.Delivery.dispatched_at.is_(None), models.Delivery.dispatched_at < dispatched_before),
        )
        with self._database.transaction() as session:
            return [
                Ticket(DELIVERIES, row, dispatch)
                for row, dispatch in session.execute(query.order_by(models.Delivery.id))
            ]

    def waiting_since(self) -> datetime | None:
        """When the oldest delivery arrived that is due and not taken yet."""
        due = or_(models.Delivery.not_before.is_(None), models.Delivery.not_before < now())
        query = select(func.min(models.Delivery.received_at)).where(
            models.Delivery.state == DeliveryState.RECEIVED, due
        )
        with self._database.transaction() as session:
            return session.scalar(query)

    def counts(self) -> dict[str, int]:
        query = select(models.Delivery.state, func.count()).group_by(models.Delivery.state)
        with self._database.transaction() as session:
            return {state.value: count for state, count in session.execute(query)}


def _id_of(delivery: Delivery, part: str) -> int | None:
    told = delivery.payload.get(part)
    number = told.get("id") if isinstance(told, Mapping) else None
    return number if isinstance(number, int) and 0 < number < MAX_ID else None


def _dispatch(row: models.Delivery) -> Ticket:
    row.dispatches, row.dispatched_at = row.dispatches + 1, now()
    return Ticket(DELIVERIES, row.id, row.dispatches)
