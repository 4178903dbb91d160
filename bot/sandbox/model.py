"""What the sandbox holds: accounts, apps, repositories, pull requests and all that is said about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.git import GitRepository


@dataclass(slots=True)
class User:
    """A person, an organization, or the bot of an app. `kind` is GitHub's `type`."""

    id: int
    login: str
    kind: str = "User"

    @property
    def email(self) -> str:
        return f"{self.id}+{self.login}@users.noreply.localhost"


@dataclass(slots=True)
class App:
    id: int
    slug: str
    name: str
    owner: User
    bot: User
    private_key: str
    """PEM. GitHub keeps the public half only; the sandbox also hands the key to whoever configures the app."""
    public_key: str
    webhook_secret: str
    webhook_url: str
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime
    client_secret: str = ""
    callback_urls: list[str] = field(default_factory=list)
    """Where people are sent back to who sign in; one without a path allows any below."""
    setup_url: str = ""
    """Where people are sent to who installed it."""
    description: str = ""

    @property
    def client_id(self) -> str:
        return f"Iv23li{self.id:014d}"


@dataclass(slots=True)
class Repository:
    id: int
    owner: User
    name: str
    git: GitRepository
    created_at: datetime
    pushed_at: datetime
    default_branch: str = "main"
    description: str = ""
    private: bool = True
    parent: Repository | None = None
    """The repository that this one was forked from."""
    roles: dict[str, str] = field(default_factory=dict)
    """Login to role: admin, maintain, write, triage or read."""
    protected: set[str] = field(default_factory=set)
    """Branches that take changes through pull requests only."""
    last_number: int = 0

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"


@dataclass(slots=True)
class Installation:
    id: int
    app: App
    account: User
    repository_ids: set[int] | None
    """None: every repository of the account."""
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime
    updated_at: datetime
    suspended_at: datetime | None = None
    suspended_by: User | None = None

    def covers(self, repository: Repository) -> bool:
        if repository.owner.id != self.account.id:
            return False
        return self.repository_ids is None or repository.id in self.repository_ids


@dataclass(slots=True)
class Token:
    value: str
    installation: Installation
    permissions: dict[str, str]
    repository_ids: frozenset[int] | None
    expires_at: datetime

    def covers(self, repository: Repository) -> bool:
        if self.repository_ids is not None and repository.id not in self.repository_ids:
            return False
        return self.installation.covers(repository)


@dataclass(slots=True)
class UserToken:
    """What an app may do in the name of a person."""

    value: str
    app: App
    user: User
    expires_at: datetime


@dataclass(slots=True)
class Grant:
    """A code that a browser was sent back with: for an app that was created, or a person who signed in."""

    app: App
    expires_at: datetime
    user: User | None = None
    redirect_uri: str = ""
    challenge: str = ""


@dataclass(slots=True)
class Reaction:
    id: int
    user: User
    content: str
    created_at: datetime


@dataclass(slots=True)
class Pull:
    id: int
    number: int
    repository: Repository
    user: User
    title: str
    body: str
    base_ref: str
    base_sha: str
    head_repository: Repository | None
    """None once the fork was deleted."""
    head_owner: User
    head_ref: str
    head_sha: str
    created_at: datetime
    updated_at: datetime
    draft: bool = False
    state: str = "open"
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_commit_sha: str | None = None
    queued: MergeGroup | None = None

    @property
    def open(self) -> bool:
        return self.state == "open"


@dataclass(slots=True)
class MergeGroup:
    head_sha: str
    head_ref: str
    base_sha: str
    base_ref: str


@dataclass(slots=True)
class Review:
    id: int
    pull: Pull
    user: User
    body: str
    state: str
    commit_id: str
    submitted_at: datetime | None


@dataclass(slots=True)
class Thread:
    """The comments at one place of a diff; `path` to `side` are as the first comment gave them, at `commit_id`."""

    id: int
    pull: Pull
    path: str
    commit_id: str
    merge_base: str
    subject_type: str
    side: str
    line: int | None
    start_line: int | None
    start_side: str | None
    position: int
    diff_hunk: str
    resolved_by: User | None = None


@dataclass(slots=True)
class ReviewComment:
    id: int
    thread: Thread
    review: Review
    user: User
    body: str
    created_at: datetime
    updated_at: datetime
    in_reply_to: int | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True)
class IssueComment:
    id: int
    pull: Pull
    user: User
    body: str
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True)
class CheckSuite:
    id: int
    repository: Repository
    app: App
    head_sha: str
    head_branch: str | None
    before: str | None
    created_at: datetime
    updated_at: datetime
    reset: bool = True
    """Asked for, and no run has reported since."""


@dataclass(slots=True)
class CheckRun:
    id: int
    suite: CheckSuite
    name: str
    status: str
    started_at: datetime
    conclusion: str | None = None
    completed_at: datetime | None = None
    details_url: str | None = None
    external_id: str = ""
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Delivery:
    """One attempt to hand an event to the app. `guid` names the event, `id` the attempt."""

    id: int
    guid: str
    event: str
    action: str | None
    headers: dict[str, str]
    body: bytes
    delivered_at: datetime
    installation_id: int | None = None
    repository_id: int | None = None
    redelivery: bool = False
    forged: bool = False
    """Altered by a test: what GitHub would not send."""
    duration: float = 0.0
    """Seconds."""
    status: str = "pending"
    status_code: int = 0
    """0 until an answer came."""
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""
