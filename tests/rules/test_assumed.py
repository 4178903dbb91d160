"""Objects of classes whose making nobody saw: what their `__init__` does is found once, and is the same each time."""

from __future__ import annotations

from rules.analyze import analyze
from rules.project import MemoryProject
from rules.report import Report
from tests.rules.models import MODELS

REPOSITORIES = """\
from models import User
from sqlalchemy.ext.asyncio import AsyncSession

class Repository:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

class Users(Repository):
    async def one(self) -> User:
        return await self.session.get(User, 1)

class Posts(Repository):
    async def forget(self) -> None:
        self.session.expire_all()

class Service:
    def __init__(self, users: Users, posts: Posts) -> None:
        self.users = users
        self.posts = posts
"""
HEAD = "from repositories import Posts, Service, Users\n\n"


def found(entry: str, **files: str) -> list[tuple[str, str, int]]:
    return places(
        analyze(
            MemoryProject({"models.py": MODELS, "repositories.py": REPOSITORIES, "entry.py": HEAD + entry, **files})
        )
    )


def places(report: Report) -> list[tuple[str, str, int]]:
    return [
        (finding.attribute, read.location.path, read.location.line)
        for finding in report.findings
        for read in finding.reads
    ]


def test_objects_of_one_function_share_a_session() -> None:
    """Whatever is injected beside each other works on the session of one request."""
    entry = """\
async def entry(users: Users, posts: Posts):
    user = await users.one()
    print(user.id)
    await posts.forget()
    print(user.id)
"""
    assert found(entry) == [("id", "entry.py", 7)]


def test_objects_within_one_share_a_session_in_every_function() -> None:
    entry = """\
async def first(service: Service):
    user = await service.users.one()
    await service.posts.forget()
    print(user.id)

async def second(service: Service):
    user = await service.users.one()
    print(user.id)

async def third(service: Service):
    user = await service.users.one()
    await service.posts.forget()
    print(user.id)
"""
    assert found(entry) == [("id", "entry.py", 6), ("id", "entry.py", 15)]


def test_what_one_function_does_to_an_object_the_next_does_not_find() -> None:
    entry = """\
class Box:
    def __init__(self, users: Users) -> None:
        self.users = users
        self.user = None

async def first(box: Box):
    box.user = await box.users.one()
    print(box.user.posts)

async def second(box: Box):
    print(box.user.posts)
"""
    assert found(entry) == [("posts", "entry.py", 10)]


def test_object_that_a_variable_learns_of() -> None:
    """It registers itself, and reads through what it was given all the same."""
    entry = """\
listeners = []

class Listener:
    def __init__(self, users: Users) -> None:
        self.users = users
        listeners.append(self)

    async def heard(self):
        user = await self.users.one()
        return list(user.posts)

async def entry(listener: Listener):
    await listener.heard()
"""
    assert found(entry) == [("posts", "entry.py", 12)]


def test_function_within_init_is_an_entry_point_of_its_own() -> None:
    entry = """\
class Scheduled:
    def __init__(self, users: Users) -> None:
        async def job():
            user = await users.one()
            return list(user.posts)

        schedule(job)

    async def first(self): ...

async def second(scheduled: Scheduled): ...
"""
    assert found(entry) == [("posts", "entry.py", 7)]


def test_classes_that_ask_for_each_other_end() -> None:
    entry = """\
class Left:
    def __init__(self, right: "Right", users: Users) -> None:
        self.right = right
        self.users = users

class Right:
    def __init__(self, left: Left) -> None:
        self.left = left

async def entry(left: Left):
    user = await left.right.left.users.one()
    print(user.posts)
"""
    assert found(entry) == [("posts", "entry.py", 14)]
