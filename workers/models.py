"""The tables: what was delivered, who installed the app, what each scan did. They are the truth, Redis carries ids."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def now() -> datetime:
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC, also on databases that forget the zone (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only for INTEGER."""


def choice(values: type[StrEnum]) -> Enum:
    """A closed choice, stored as plain text on every database."""
    return Enum(
        values,
        native_enum=False,
        create_constraint=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


class DeliveryState(StrEnum):
    RECEIVED = "received"
    """Stored, and waits for its job."""
    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"

    @property
    def finished(self) -> bool:
        return self in {DeliveryState.DONE, DeliveryState.IGNORED, DeliveryState.FAILED}


class ScanState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    SUPERSEDED = "superseded"
    """A newer head or a newer request took its place."""
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def finished(self) -> bool:
        return self not in {ScanState.QUEUED, ScanState.RUNNING}


class ScanKind(StrEnum):
    """What a scan is for."""

    REVIEW = "review"
    MERGE_GROUP = "merge_group"
    """The commit that a merge queue made: it gets a check run and nothing else."""
    FIX = "fix"
    """Commits the verified fixes to the branch of the pull request."""


class Said(StrEnum):
    """Where a finding was told."""

    INLINE = "inline"
    ANNOTATION = "annotation"
    NOWHERE = "nowhere"
    """It was there before the pull request, and is only counted."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Delivery(Base):
    """The inbox: one row for each webhook delivery, written before GitHub gets its answer."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_state_received_at", "state", "received_at"),
        Index("ix_deliveries_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    guid: Mapped[str] = mapped_column(String(100), unique=True)
    event: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(100), default="")
    payload: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    """The body, byte for byte; empty when it was kept long enough."""
    installation_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    repository_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """GitHub's ids, also of what is not in the tables yet."""
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[DeliveryState] = mapped_column(choice(DeliveryState), default=DeliveryState.RECEIVED)
    outcome: Mapped[str] = mapped_column(Text, default="")
    """One line for people: what came of it."""
    attempt: Mapped[int] = mapped_column(default=0)
    """How often a job began with it."""
    dispatches: Mapped[int] = mapped_column(default=0)
    """How often a job was made for it; part of the job's id."""
    dispatched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its job is due, for one that waits for another attempt."""


class Installation(Base):
    """An account that installed the app."""

    __tablename__ = "installations"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """GitHub's id."""
    account: Mapped[str] = mapped_column(String(100), default="")
    suspended: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """GitHub set a limit: no scan of it begins before."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)


class Repository(Base):
    __tablename__ = "repositories"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """GitHub's id: it survives renames."""
    full_name: Mapped[str] = mapped_column(String(250))
    installation_id: Mapped[int] = mapped_column(ForeignKey("installations.id"), index=True)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was taken from the installation: it is deleted with all that belongs to it."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)


class PullRequest(Base):
    """A pull request that was heard of. Its row is locked while a scan of it is asked for, started or ended."""

    __tablename__ = "pull_requests"
    __table_args__ = (Index("ix_pull_requests_open", "repository_id", "is_open", "updated_at"),)

    repository_id: Mapped[int] = mapped_column(ForeignKey("repositories.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    head_sha: Mapped[str] = mapped_column(String(64), default="")
    """The last one that was heard of."""
    title: Mapped[str] = mapped_column(String(500), default="")
    author: Mapped[str] = mapped_column(String(100), default="")
    is_open: Mapped[bool] = mapped_column(default=True)
    draft: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)


class Scan(Base):
    """One look at one head of one pull request, or at what a merge queue made of it."""

    __tablename__ = "scans"
    __table_args__ = (
        Index("ix_scans_repository_id_number_id", "repository_id", "number", "id"),
        Index("ix_scans_state_created_at", "state", "created_at"),
        Index("ix_scans_repository_id_finished_at", "repository_id", "finished_at"),
        Index("ix_scans_repository_id_state_finished_at", "repository_id", "state", "finished_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    repository_id: Mapped[int] = mapped_column(ForeignKey("repositories.id"))
    number: Mapped[int]
    kind: Mapped[ScanKind] = mapped_column(choice(ScanKind), default=ScanKind.REVIEW)
    head_sha: Mapped[str] = mapped_column(String(64))
    """What the event named; from the start of the scan on, what the pull request's head really was."""
    base_sha: Mapped[str] = mapped_column(String(64), default="")
    """The merge base that the head was compared with; empty until it is known, which for a merge group is at once."""
    base_ref: Mapped[str] = mapped_column(String(255), default="")
    """The branch that the head is compared with; empty until it is known."""
    draft: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A draft was looked at, because a person asked: such a verdict fails nothing."""
    target: Mapped[str] = mapped_column(String(64), default="")
    """The id of the finding that a fix is for; empty for all of them."""
    author: Mapped[str] = mapped_column(String(100), default="")
    """Who asked for a fix."""
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"), index=True)
    asked_by: Mapped[str] = mapped_column(String(250), default="")
    """What asked for it, for people: `pull_request.opened`, `/greenlatch rescan by octocat`."""
    comment_id: Mapped[int | None] = mapped_column(BigInteger)
    """The comment whose command asked for it: it gets the closing reaction."""
    comment_kind: Mapped[str] = mapped_column(String(20), default="")
    force: Mapped[bool] = mapped_column(default=False)
    """A person asked: look again even where this head has a result."""

    state: Mapped[ScanState] = mapped_column(choice(ScanState), default=ScanState.QUEUED)
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it ended as it did, for people."""
    check_run_id: Mapped[int | None] = mapped_column(BigInteger)
    check_run_sha: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The head of the check run, written before it is created: the answer with its id may be lost."""
    check_run_ended: Mapped[bool] = mapped_column(default=False)
    conclusion: Mapped[str] = mapped_column(String(20), default="")
    superseded_by: Mapped[int | None] = mapped_column(ForeignKey("scans.id"), index=True)

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    timings: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)
    """Seconds of each stage."""
    host: Mapped[str] = mapped_column(String(250), default="")
    """The place (`workers.liveness`) whose worker runs it: only there can be told at once whether it is alive."""
    attempt: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many attempts ended for another reason than GitHub's: those are few."""
    dispatches: Mapped[int] = mapped_column(default=0)
    dispatched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)

    repository: Mapped[Repository] = relationship(lazy="raise")
    findings: Mapped[list[ScanFinding]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="ScanFinding.id"
    )


class ScanFinding(Base):
    """One finding of one scan, and where it was said."""

    __tablename__ = "findings"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    scan_id: Mapped[int] = mapped_column(ForeignKey("scans.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(String(64), index=True)
    fingerprints: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Those of all its reads, the one above first."""
    rule: Mapped[str] = mapped_column(String(50))
    severity: Mapped[str] = mapped_column(String(20))
    confidence: Mapped[str] = mapped_column(String(20))
    path: Mapped[str] = mapped_column(Text)
    line: Mapped[int]
    message: Mapped[str] = mapped_column(Text)
    is_new: Mapped[bool]
    said: Mapped[Said] = mapped_column(choice(Said))
    comment_id: Mapped[int | None] = mapped_column(BigInteger)

    detail: Mapped[FindingDetail | None] = relationship(lazy="raise", cascade="all, delete-orphan")


class FindingDetail(Base):
    """What the page of a scan shows of a finding beyond its line: source code, kept for less time than the rest."""

    __tablename__ = "finding_details"

    finding_id: Mapped[int] = mapped_column(ForeignKey("findings.id", ondelete="CASCADE"), primary_key=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    """A `workers.detail.Detail`."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)


class RuleDay(Base):
    """How many problems a rule found for the first time in a repository's pull requests on one day (UTC)."""

    __tablename__ = "rule_days"

    repository_id: Mapped[int] = mapped_column(ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    rule: Mapped[str] = mapped_column(String(50), primary_key=True)
    found: Mapped[int] = mapped_column(default=0)


class SignIn(Base):
    """Somebody who signed in with GitHub. The key is in their cookie alone: without it the token cannot be read."""

    __tablename__ = "sign_ins"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the key."""
    user_id: Mapped[int] = mapped_column(BigInteger)
    login: Mapped[str] = mapped_column(String(100))
    sealed_token: Mapped[bytes] = mapped_column(LargeBinary)
    """GitHub's token of this user, encrypted with the key."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    readable: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What GitHub said this user may read, for a short time."""


class IgnoredFinding(Base):
    """A finding that a person told us to ignore in a repository."""

    __tablename__ = "ignored_findings"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    repository_id: Mapped[int] = mapped_column(ForeignKey("repositories.id"), index=True)
    fingerprints: Mapped[list[str]] = mapped_column(JSON)
    """Those of all its reads, that of its id first."""
    rule: Mapped[str] = mapped_column(String(50))
    path: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(100))
    number: Mapped[int]
    """The pull request where it was asked for."""
    reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
