"""What is to be sent, and whether it was."""

from datetime import datetime

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Notification(Base):
    __tablename__ = "notifications"

    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[int]
    text: Mapped[str]
    sent_at: Mapped[datetime | None]
