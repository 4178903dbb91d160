"""The outbox is sent."""

from datetime import UTC, datetime


async def prepare():
    pass


async def step_send():
    from notifications_worker.models import Base, Notification
    from notifications_worker.outbox import SessionLocal, engine, send_batch

    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with SessionLocal() as session:
        session.add_all(Notification(reader_id=reader, text="new digest") for reader in (1, 2))
        session.add(Notification(reader_id=3, text="sent", sent_at=datetime.now(UTC)))
        await session.commit()
    sent = []

    async def send(reader_id, text):
        sent.append([reader_id, text])

    return {"count": await send_batch(send), "sent": sent, "again": await send_batch(send)}
