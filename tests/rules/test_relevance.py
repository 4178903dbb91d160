"""What is left out because it cannot matter: never what leads to a query, by whatever kind of reference."""

from __future__ import annotations

import pytest

from rules.analysis.relevance import Relevance
from rules.analyze import analyze
from rules.index.models import ModelIndex
from rules.index.program import Program
from rules.project import MemoryProject
from rules.reading import Memory, read_files
from tests.rules.models import MODELS

LOAD = """\
from models import User, factory


async def load():
    async with factory() as session:
        user = await session.get(User, 1)
        return user.posts
"""
SERVICE = """\
from models import User, factory


class Service:
    async def load(self):
        async with factory() as session:
            user = await session.get(User, 1)
            return user.posts
"""
WAYS = {
    "a function by name": {
        "load.py": LOAD,
        "entry.py": "from load import load\n\nasync def entry():\n    await load()\n",
    },
    "a module": {"load.py": LOAD, "entry.py": "import load\n\nasync def entry():\n    await load.load()\n"},
    "a module of a package": {
        "app/__init__.py": "",
        "app/crud/__init__.py": "",
        "app/crud/load.py": LOAD,
        "entry.py": "from app import crud\nimport app.crud.load\n\n"
        "async def entry():\n    await app.crud.load.load()\n",
    },
    "an import within the function": {
        "load.py": LOAD,
        "entry.py": "async def entry():\n    from load import load as get\n\n    await get()\n",
    },
    "a star import": {"load.py": LOAD, "entry.py": "from load import *\n\nasync def entry():\n    await load()\n"},
    "a variable": {
        "load.py": SERVICE,
        "all.py": "from load import Service\n\nservice = Service()\n",
        "entry.py": "from all import service\n\nasync def entry():\n    await service.load()\n",
    },
    "another name": {
        "load.py": LOAD,
        "entry.py": "import load\n\nget = load.load\n\nasync def entry():\n    await get()\n",
    },
    "an annotation": {
        "load.py": SERVICE,
        "entry.py": "from load import Service\n\nasync def entry(service: 'Service'):\n    await service.load()\n",
    },
    "what a function promises": {
        "load.py": SERVICE,
        "all.py": "from load import Service\n\ndef service() -> Service:\n    return registry['service']\n",
        "entry.py": "import all\n\nasync def entry():\n    await all.service().load()\n",
    },
    "an attribute's annotation": {
        "load.py": SERVICE,
        "entry.py": "from load import Service\n\nclass Context:\n    service: Service\n\n"
        "async def entry(context: Context):\n    await context.service.load()\n",
    },
    "what the object was made with": {
        "load.py": SERVICE,
        "entry.py": "from load import Service\n\n"
        "class Entry:\n    def __init__(self):\n        self.held = Service()\n\n"
        "    async def entry(self):\n        await self.held.load()\n",
    },
    "a method of the same object": {
        "load.py": SERVICE + "\n    async def entry(self):\n        await self.load()\n",
    },
    "a method of a base class": {
        "load.py": SERVICE,
        "entry.py": "from load import Service\n\nclass Entry(Service):\n    async def entry(self):\n"
        "        await self.load()\n",
    },
    "a method of a class beside": {
        "load.py": SERVICE,
        "entry.py": "from load import Service\n\n"
        "class Mixin:\n    async def entry(self):\n        await self.load()\n\n"
        "class Entry(Mixin, Service):\n    pass\n\nasync def main():\n    await Entry().entry()\n",
    },
    "a method of a class below": {
        "entry.py": "class Entry:\n    async def entry(self):\n        await self.load()\n",
        "load.py": "from entry import Entry\n"
        + SERVICE.replace("class Service:", "class Service(Entry):")
        + "\n\nasync def main():\n    await Service().entry()\n",
    },
    "the only implementation of what is declared": {
        "entry.py": "class Loads:\n    async def load(self): ...\n\nasync def entry(loads: Loads):\n"
        "    await loads.load()\n",
        "load.py": "from entry import Loads\n" + SERVICE.replace("class Service:", "class Service(Loads):"),
    },
    "what a class assigns": {
        "load.py": SERVICE,
        "entry.py": "from load import Service\n\nclass Entry:\n    held = Service()\n\n    async def entry(self):\n"
        "        await self.held.load()\n",
    },
    "a class within a class": {
        "entry.py": "from models import User, factory\n\n"
        "class Outer:\n    class Inner:\n        async def load(self):\n"
        "            async with factory() as session:\n                user = await session.get(User, 1)\n"
        "                return user.posts\n\nasync def entry():\n    await Outer.Inner().load()\n",
    },
    "a decorator": {
        "entry.py": "from models import User, factory\n\ndef loading(function):\n    async def wrapper():\n"
        "        async with factory() as session:\n            user = await session.get(User, 1)\n"
        "            return user.posts\n    return wrapper\n\n@loading\nasync def step(): ...\n\n"
        "async def entry():\n    await step()\n",
    },
    "a parameter named session": {
        "entry.py": "async def entry(session):\n    user = await helper(session)\n    return user.posts\n\n"
        "async def helper(session):\n    from models import User\n\n    return await session.get(User, 1)\n",
    },
}


@pytest.mark.parametrize("files", WAYS.values(), ids=WAYS)
def test_every_way_to_a_query_is_followed(files: dict[str, str]) -> None:
    project = MemoryProject({"models.py": MODELS, **files})
    assert unimportant(project) <= {"Entry.entry"}  # which counts by the object that it is called on
    assert {finding.attribute for finding in analyze(project).findings} == {"posts"}


def unimportant(project: MemoryProject) -> set[str]:
    """The functions that cannot matter."""
    program = Program(read_files(project, Memory()).facts)
    relevance = Relevance(program, ModelIndex(program))
    return {one.facts.qualname for one in program.functions() if not relevance.matters(one)}


def test_what_leads_to_no_query_is_left_out() -> None:
    """Whatever its names: they are those of methods that do lead to one."""
    client = """\
from sqlalchemy.exc import SQLAlchemyError

class ClientError(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)

class Missing(ClientError):
    def __init__(self, user: "User") -> None:
        super().__init__(user.name)

class Client:
    def __init__(self, session) -> None:
        self.session = session

    async def load(self, name: str):
        try:
            return await self.session.get(name)
        except SQLAlchemyError as error:
            raise ClientError(name) from error

async def entry(client: Client) -> None:
    await client.load("posts")

from models import User
"""
    project = MemoryProject({"models.py": MODELS, "load.py": SERVICE, "client.py": client})
    assert unimportant(project) == {"ClientError.__init__", "Client.__init__", "Client.load", "entry"}
    assert [finding.location.path for finding in analyze(project).findings] == ["load.py"]


GENERATORS = {
    "that lets errors pass": ("try:\n        yield name\n    finally:\n        print(name)", "high"),
    "that tells of errors": (
        "try:\n        yield name\n    except Exception as error:\n        print(error)\n        raise",
        "high",
    ),
    "that swallows errors": ("try:\n        yield name\n    except Exception:\n        pass", "medium"),
}


@pytest.mark.parametrize(("body", "confidence"), GENERATORS.values(), ids=GENERATORS)
def test_context_manager_that_is_left_out_changes_nothing(body: str, confidence: str) -> None:
    entry = f"""\
from contextlib import contextmanager
from models import User, factory

@contextmanager
def traced(name: str):
    {body}

async def entry():
    async with factory() as session:
        with traced("posts") as name:
            user = await session.get(User, 1)
            return user.posts
"""
    project = MemoryProject({"models.py": MODELS, "entry.py": entry})
    assert unimportant(project) == {"traced"}
    assert [finding.confidence for finding in analyze(project).findings] == [confidence]


def test_loop_over_what_is_left_out_runs_twice() -> None:
    """What the first round expires, the second finds expired."""
    entry = """\
from models import User
from sqlalchemy.ext.asyncio import AsyncSession

def numbers(count: int):
    for number in range(count):
        yield number

async def entry(session: AsyncSession):
    user = await session.get(User, 1)
    for number in numbers(3):
        print(user.id)
        session.expire(user)
"""
    project = MemoryProject({"models.py": MODELS, "entry.py": entry})
    assert unimportant(project) == {"numbers"}
    assert [(finding.attribute, finding.location.line) for finding in analyze(project).findings] == [("id", 11)]


GIVEN = {
    "an instance": "async def entry(session: AsyncSession):\n    show(await session.get(User, 1))",
    "an object that holds one": "class Box:\n    def __init__(self, user):\n        self.user = user\n\n"
    "async def entry(session: AsyncSession):\n    unpack(Box(await session.get(User, 1)))",
    "a function": "async def entry(session: AsyncSession):\n    user = await session.get(User, 1)\n"
    "    call(lambda: list(user.posts))",
    "an object whose methods matter": "class Query:\n    def one(self):\n        return select(User)\n\n"
    "async def entry(session: AsyncSession):\n    user = await session.scalar(ask(Query()))\n    list(user.posts)",
}


@pytest.mark.parametrize("entry", GIVEN.values(), ids=GIVEN)
def test_call_counts_by_what_it_is_given(entry: str) -> None:
    helpers = """\
def show(user):
    return list(user.posts)

def unpack(box):
    return show(box.user)

def call(function):
    return function()

def ask(query):
    return query.one()
"""
    head = "from sqlalchemy import select\nfrom sqlalchemy.ext.asyncio import AsyncSession\nfrom helpers import *\n"
    project = MemoryProject(
        {"models.py": MODELS, "helpers.py": helpers, "entry.py": f"{head}from models import User\n\n{entry}\n"}
    )
    assert {"show", "unpack", "call", "ask"} <= unimportant(project)
    assert [finding.attribute for finding in analyze(project).findings] == ["posts"]


@pytest.mark.parametrize(("given", "reads"), [("user", 1), ("user.id", 0)])
def test_error_reads_what_it_is_made_with(given: str, reads: int) -> None:
    entry = f"""\
from models import User
from sqlalchemy.ext.asyncio import AsyncSession

class Busy(ValueError):
    def __init__(self, user: User) -> None:
        super().__init__(f"has {{len(user.posts)}} posts")

async def entry(session: AsyncSession):
    user = await session.get(User, 1)
    raise Busy({given})
"""
    found = analyze(MemoryProject({"models.py": MODELS, "entry.py": entry})).findings
    assert [finding.attribute for finding in found] == ["posts"] * reads
