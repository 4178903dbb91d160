"""Sends what waits in the outbox, a batch at a time."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from notifications_worker.config import settings
from notifications_worker.models import Notification

engine = create_async_engine(settings.database_url)
SessionLocal = async_sessionmaker(engine, expire_on_commit=False)


async def send_batch(send: Callable[[int, str], Awaitable[None]]) -> int:
    """How many notifications were sent."""
    async with SessionLocal() as session:
        waiting = select(Notification).where(Notification.sent_at.is_(None)).order_by(Notification.id)
        batch = (await session.scalars(waiting.limit(settings.batch_size))).all()
        for notification in batch:
            await send(notification.reader_id, notification.text)
            notification.sent_at = datetime.now(UTC)
        await session.commit()
    return len(batch)
