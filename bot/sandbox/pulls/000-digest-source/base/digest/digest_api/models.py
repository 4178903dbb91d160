"""Sources, their articles, and what readers get and read."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Source(Base):
    __tablename__ = "sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    theme: Mapped[str]

    contents: Mapped[list["Content"]] = relationship(back_populates="source")


class Content(Base):
    __tablename__ = "contents"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    title: Mapped[str]
    url: Mapped[str]
    minutes: Mapped[int]
    withdrawn: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime] = mapped_column(server_default=func.now())

    source: Mapped["Source"] = relationship(back_populates="contents")


class Digest(Base):
    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("reader_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[int]
    day: Mapped[date]

    entries: Mapped[list["DigestEntry"]] = relationship(order_by="DigestEntry.rank", cascade="all, delete-orphan")


class DigestEntry(Base):
    __tablename__ = "digest_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest_id: Mapped[int] = mapped_column(ForeignKey("digests.id"))
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id"))
    rank: Mapped[int]


class Reading(Base):
    __tablename__ = "readings"

    reader_id: Mapped[int] = mapped_column(primary_key=True)
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id"), primary_key=True)
