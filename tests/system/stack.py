"""The whole of Greenlatch beside a strict sandbox, and what a test asks of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import select

from bot.sandbox.model import App, CheckRun, IssueComment, Pull, Repository, Review, ReviewComment
from bot.sandbox.run_children import Children
from bot.sandbox.run_stack import Plan, fetch_health
from bot.sandbox.scenario import Files, Scenario
from bot.sandbox.state import SandboxState
from tests.sandbox.description import Validator
from tests.system.deadly import LAST
from tests.waiting import T, wait_for
from workers.database import Database
from workers.models import Delivery, DeliveryState, Scan, ScanState

SECONDS = 60
NUMBERS = count(1)

MODELS = """\
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(back_populates="author")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")
"""
SERVICE = """\
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from models import User


async def names(session: AsyncSession) -> list[str]:
    users = await session.scalars(select(User))
    return [user.name for user in users]
"""
LAZY = """

async def titles(session: AsyncSession, name: str) -> list[str]:
    user = (await session.scalars(select(User).where(User.name == name))).one()
    return [post.title for post in user.posts]
"""
OLD_LAZY = LAZY.replace("titles", "old_titles")
REQUIREMENTS = "sqlalchemy[asyncio]>=2.0\naiosqlite\n"
BASE = {"models.py": MODELS, "service.py": SERVICE, "requirements.txt": REQUIREMENTS}


@dataclass
class Stack:
    state: SandboxState
    scenario: Scenario
    app: App
    plan: Plan
    children: Children
    validator: Validator
    database: Database
    data_dir: Path
    stages: Path
    """Orders to kill, and what the jobs came to (`tests.system.deadly`)."""

    def repository(
        self,
        files: Files | None = None,
        *,
        organisation: Files | None = None,
        permissions: Mapping[str, str] | None = None,
    ) -> Repository:
        """One of its own for each test, with the app installed on it; `organisation` are the files of its `.github`."""
        owner = f"octo-{next(NUMBERS)}"
        roles = {"wendy": "write", "reed": "read"}
        repository = self.scenario.create_repository(f"{owner}/app", {**BASE, **(files or {})}, roles=roles)
        others = [] if organisation is None else [self.scenario.create_repository(f"{owner}/.github", organisation)]
        installation = self.scenario.install(self.app, owner, [repository, *others])
        if permissions is not None:
            self.scenario.accept_permissions(installation, {**installation.permissions, **permissions})
        return repository

    def lazy_pull(self, repository: Repository | None = None) -> Pull:
        """A pull request that brings one lazy load."""
        return self.scenario.open_pull(
            repository or self.repository(),
            "feature",
            title="Add titles",
            author="wendy",
            files={"service.py": SERVICE + LAZY},
        )

    def wait(self, condition: Callable[[], T], what: str) -> T:
        """As long as all processes live."""

        def check() -> T:
            self.children.require_alive()
            with self.state.lock:
                return condition()

        return wait_for(check, what, seconds=SECONDS)

    def wait_quiet(self) -> None:
        """Until nothing is on its way any more, so that a test can say what did not happen."""
        self.wait(self.is_quiet, "everything is done")

    def checks(self, pull: Pull, sha: str = "") -> list[CheckRun]:
        """Those of a head (the present one), the newest first."""
        with self.state.lock:
            return self.state.runs_for(pull.repository, sha or pull.head_sha)

    def concluded(self, pull: Pull, *, number: int = 1) -> CheckRun:
        """The check run of the present head, once `number` of them are completed."""
        done = self.wait(
            lambda: (
                [run for run in self.checks(pull) if run.status == "completed"][: number or None]
                if sum(run.status == "completed" for run in self.checks(pull)) >= number
                else []
            ),
            f"check {number} of {pull.repository.full_name}#{pull.number} is completed",
        )
        return done[0]

    def answers(self, pull: Pull, number: int = 1) -> list[str]:
        """What we answered in the conversation, once there are so many answers."""

        def find() -> list[str]:
            said = [one.body for one in self.state.issue_comments_of(pull) if one.user is self.app.bot]
            return said if len(said) >= number else []

        return self.wait(find, f"answer {number} in {pull.repository.full_name}#{pull.number}")

    def ask(self, pull: Pull, command: str, *, actor: str = "wendy") -> IssueComment:
        """Writes a command, and waits until it was answered by a closing reaction, or by one that refuses."""
        comment = self.scenario.comment(pull, command, actor=actor)
        closing = {"rocket", "confused", "-1"}
        self.wait(
            lambda: [reaction for reaction in comment.reactions if reaction.content in closing],
            f"{command!r} is done",
        )
        return comment

    def reviews(self, pull: Pull) -> list[Review]:
        with self.state.lock:
            return [review for review in self.state.reviews_of(pull) if review.user is self.app.bot]

    def comments(self, pull: Pull) -> list[ReviewComment]:
        with self.state.lock:
            return [one for one in self.state.review_comments_of(pull) if one.user is self.app.bot]

    def scans(self, pull: Pull) -> list[Scan]:
        query = select(Scan).where(Scan.repository_id == pull.repository.id, Scan.number == pull.number)
        with self.database.transaction() as session:
            return list(session.scalars(query.order_by(Scan.id)))

    def delivery(self, guid: str) -> Delivery | None:
        with self.database.transaction() as session:
            return session.scalars(select(Delivery).where(Delivery.guid == guid)).one_or_none()

    def stages_of(self, job: str) -> list[str]:
        """Each stage that a job came to the first time that it got to its end."""
        names = [line.partition(" ")[2] for line in (self.stages / f"{job}.log").read_text().splitlines()]
        return names[: names.index(LAST) + 1]

    def kill_at(self, job: str, stage: int, *, whole: bool) -> None:
        """The next process that comes to this stage of the job dies there; with it its worker, if `whole`."""
        (self.stages / f"{job}.order").write_text(json.dumps([stage, whole]))

    def health(self) -> Mapping[str, object]:
        return fetch_health(self.plan.url)

    def is_quiet(self) -> bool:
        if not self.state.webhooks.wait_idle(0):
            return False
        with self.database.transaction() as session:
            deliveries = session.scalars(select(Delivery).where(Delivery.state == DeliveryState.RECEIVED)).first()
            scans = session.scalars(select(Scan).where(Scan.state.in_((ScanState.QUEUED, ScanState.RUNNING)))).first()
        return deliveries is None and scans is None
