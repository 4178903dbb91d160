"""The tables of the library."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, DateTime, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class TimestampMixin:
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )


class JobKind(StrEnum):
    SYNC_ALL = "sync_all"
    SYNC_TAGS = "sync_tags"


class Job(TimestampMixin, Base):
    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: uuid4().hex)
    kind: Mapped[JobKind]
    status: Mapped[str] = mapped_column(default="pending")
    job_metadata: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Export(Base):
    __tablename__ = "exports"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    rows: Mapped[int] = mapped_column(default=0)
