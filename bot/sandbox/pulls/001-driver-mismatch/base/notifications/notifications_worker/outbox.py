"""Sends what waits in the outbox, a batch at a time."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import create_engine, select
from sqlalchemy.orm import sessionmaker

from notifications_worker.config import settings
from notifications_worker.models import Notification

engine = create_engine(settings.database_url)
SessionLocal = sessionmaker(engine, expire_on_commit=False)


def send_batch(send: Callable[[int, str], None]) -> int:
    """How many notifications were sent."""
    with SessionLocal() as session:
        waiting = select(Notification).where(Notification.sent_at.is_(None)).order_by(Notification.id)
        batch = session.scalars(waiting.limit(settings.batch_size)).all()
        for notification in batch:
            send(notification.reader_id, notification.text)
            notification.sent_at = datetime.now(UTC)
        session.commit()
    return len(batch)
