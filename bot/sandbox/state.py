"""The state of the sandbox: everything it holds, one lock around it, and the clock it lives by."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.sandbox.faults import Faults
from bot.sandbox.git import GitRepository
from bot.sandbox.model import (
    App,
    CheckRun,
    CheckSuite,
    Delivery,
    Grant,
    Installation,
    IssueComment,
    Pull,
    Repository,
    Review,
    ReviewComment,
    Thread,
    Token,
    User,
    UserToken,
)
from bot.sandbox.webhooks import WebhookSender

Clock = Callable[[], datetime]

FULL_PERMISSIONS = {
    "metadata": "read",
    "contents": "write",
    "checks": "write",
    "pull_requests": "write",
    "issues": "write",
    "merge_queues": "read",
}
ALL_EVENTS = (
    "check_run",
    "check_suite",
    "issue_comment",
    "merge_group",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "push",
)


class ManualClock:
    """A clock that only a test moves."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 9, tzinfo=UTC)) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class SandboxState:
    """Hold `lock` to read or change it. Repositories are bare git repositories under `folder`."""

    def __init__(self, folder: Path, *, clock: Clock = lambda: datetime.now(UTC), rate_limit: int = 5000) -> None:
        self.folder = folder
        self.clock = clock
        self.rate_limit = rate_limit
        """Requests an installation has per hour."""
        self.lock = threading.RLock()
        self.faults = Faults()
        self.urls: deque[str] = deque(maxlen=100_000)
        """What was asked for last, as a proxy on the way would log it."""
        self.url = "http://127.0.0.1"
        self.users: dict[str, User] = {}
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.user_tokens: dict[str, UserToken] = {}
        self.grants: dict[str, Grant] = {}
        """By code."""
        self.repositories: dict[int, Repository] = {}
        self.pulls: dict[tuple[int, int], Pull] = {}
        """By repository id and number."""
        self.reviews: dict[int, Review] = {}
        self.threads: dict[int, Thread] = {}
        self.review_comments: dict[int, ReviewComment] = {}
        self.issue_comments: dict[int, IssueComment] = {}
        self.check_suites: dict[int, CheckSuite] = {}
        self.check_runs: dict[int, CheckRun] = {}
        self.deliveries: dict[int, Delivery] = {}
        self.requests_used: dict[int, list[float]] = {}
        """By installation: the times, in seconds since 1970, of the requests of the last hour."""
        self._ids = itertools.count(1001)
        self.webhooks = WebhookSender(self.deliveries, self.new_id, clock)

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/v3"

    def new_id(self) -> int:
        return next(self._ids)

    def add_user(self, login: str, kind: str = "User") -> User:
        """The account of that login, made when it is new."""
        key = login.lower()
        if key not in self.users:
            self.users[key] = User(self.new_id(), login, kind)
        return self.users[key]

    def add_app(
        self,
        slug: str,
        *,
        name: str = "",
        webhook_url: str = "",
        webhook_secret: str = "",
        private_key: str = "",
        permissions: dict[str, str] | None = None,
        events: Iterable[str] = ALL_EVENTS,
    ) -> App:
        """Registers an app. Without a private key (PEM) or a secret, new ones are made up."""
        private_key = private_key or new_private_key()
        app = App(
            id=self.new_id(),
            slug=slug,
            name=name or slug.title(),
            owner=self.add_user("app-owner"),
            bot=self.add_user(f"{slug}[bot]", "Bot"),
            private_key=private_key,
            public_key=_public_key(private_key),
            webhook_secret=webhook_secret or secrets.token_hex(20),
            webhook_url=webhook_url,
            permissions=dict(FULL_PERMISSIONS if permissions is None else permissions),
            events=list(events),
            created_at=self.clock(),
            client_secret=secrets.token_hex(20),
        )
        self.apps[app.id] = app
        return app

    def add_repository(
        self, owner: User, name: str, *, default_branch: str = "main", private: bool = True, description: str = ""
    ) -> Repository:
        now = self.clock()
        git = GitRepository.create(self.folder / owner.login / f"{name}.git", default_branch)
        repository = Repository(
            id=self.new_id(),
            owner=owner,
            name=name,
            git=git,
            created_at=now,
            pushed_at=now,
            default_branch=default_branch,
            description=description,
            private=private,
        )
        repository.roles[owner.login] = "admin"
        self.repositories[repository.id] = repository
        return repository

    def find_repository(self, owner: str, name: str) -> Repository | None:
        wanted = f"{owner}/{name}".lower()
        return next((each for each in self.repositories.values() if each.full_name.lower() == wanted), None)

    def installations_on(self, repository: Repository) -> list[Installation]:
        return [each for each in self.installations.values() if each.covers(repository)]

    def can_read(self, user: User, repository: Repository) -> bool:
        """By more than its being public."""
        return user.login.lower() in {login.lower() for login in repository.roles}

    def pulls_of(self, repository: Repository) -> list[Pull]:
        """Newest first."""
        found = [pull for pull in self.pulls.values() if pull.repository is repository]
        return sorted(found, key=lambda pull: -pull.number)

    def reviews_of(self, pull: Pull) -> list[Review]:
        return [review for review in self.reviews.values() if review.pull is pull]

    def review_comments_of(self, pull: Pull) -> list[ReviewComment]:
        return [comment for comment in self.review_comments.values() if comment.thread.pull is pull]

    def comments_in(self, thread: Thread) -> list[ReviewComment]:
        return [comment for comment in self.review_comments.values() if comment.thread is thread]

    def threads_of(self, pull: Pull) -> list[Thread]:
        return [thread for thread in self.threads.values() if thread.pull is pull]

    def issue_comments_of(self, pull: Pull) -> list[IssueComment]:
        return [comment for comment in self.issue_comments.values() if comment.pull is pull]

    def suites_for(self, repository: Repository, sha: str) -> list[CheckSuite]:
        return [each for each in self.check_suites.values() if each.repository is repository and each.head_sha == sha]

    def runs_of(self, suite: CheckSuite) -> list[CheckRun]:
        """Newest first."""
        return sorted((run for run in self.check_runs.values() if run.suite is suite), key=lambda run: -run.id)

    def runs_for(self, repository: Repository, sha: str) -> list[CheckRun]:
        return [run for suite in self.suites_for(repository, sha) for run in self.runs_of(suite)]


def new_private_key() -> str:
    """An RSA key of 2048 bits in the PEM form that GitHub hands out."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()


def _public_key(private_key: str) -> str:
    key = serialization.load_pem_private_key(private_key.encode(), password=None)
    public = key.public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
