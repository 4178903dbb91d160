"""Writes projects of any size that look like real ones: models, schemas, repositories, services, routers, tests.

The same seed gives the same bytes. No two files are alike: names, fields, conditions and the shape of every function are
drawn. Every domain has one read that fails under asyncio; the line says so (`PLANTED`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from benchmarks.filler import Filler

PLANTED = "# planted: BR-ASYNC-001"
_KINDS = """account alert article asset audit batch booking branch budget campaign carrier catalog channel claim contract
course coupon delivery device digest document draft employee event expense export feature feed folder forecast
invoice item journal label lead ledger license listing location machine meeting member message metric milestone
note offer order outlet parcel partner payment payroll permit plan policy portfolio project quota quote receipt
record refund region report request reservation review role route schedule sensor session shift shipment site
snapshot stock store survey task team template tenant ticket token transfer vendor venue visit voucher wallet
workspace""".split()
_QUALIFIERS = """active annual archived bulk central combined daily digital direct domestic external field final global group
hidden hourly initial inner internal joint legal local main manual master mobile monthly nested north open outer
partial pending primary private public quick regional remote seasonal secure shared signed single south special
stable standard static transit trusted urban verified virtual weekly wide""".split()
_COLUMNS = (
    ("str", "String(120)", "name title slug code label city street phone locale currency channel reason"),
    ("int", "Integer", "position priority amount weight height quantity score retries version capacity"),
    ("bool", "Boolean", "enabled locked visible archived verified billable"),
    ("datetime", "DateTime(timezone=True)", "starts_at ends_at sent_at paid_at reviewed_at"),
)


@dataclass(frozen=True, slots=True)
class Entity:
    name: str
    """In snake case; the class is called the same in camel case."""
    columns: tuple[tuple[str, str, str], ...]
    """Name, Python type, SQLAlchemy type."""

    @property
    def cls(self) -> str:
        return "".join(word.title() for word in self.name.split("_"))


@dataclass(frozen=True, slots=True)
class Domain:
    """One package: a parent with its children, and what it points to in a domain before it."""

    name: str
    parent: Entity
    child: Entity
    owner: Domain | None


def generate(lines: int, seed: int = 1) -> Iterator[tuple[str, str]]:
    """Path and text of each file, until there are that many lines of Python."""
    rng = random.Random(seed)
    yield from _root_files()
    domains: list[Domain] = []
    written = 0
    names = _names(rng)
    while written < lines:
        owner = rng.choice(domains[-40:]) if domains else None
        parent, child = _entity(rng, next(names)), _entity(rng, next(names))
        domain = Domain(f"{parent.name}s", parent, child, owner)
        domains.append(domain)
        for path, text in _files(domain, random.Random(rng.random())):
            written += text.count("\n") if path.endswith(".py") else 0
            yield path, text
    yield "app/main.py", _main(domains)


def write(folder: Path, lines: int, seed: int = 1) -> int:
    """Writes a project into a folder; gives the lines of Python."""
    count = 0
    for path, text in generate(lines, seed):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        count += text.count("\n") if path.endswith(".py") else 0
    return count


def _names(rng: random.Random) -> Iterator[str]:
    """As many as anybody wants, each once."""
    pairs = [f"{qualifier}_{kind}" for qualifier, kind in product(_QUALIFIERS, _KINDS)]
    rng.shuffle(pairs)
    yield from pairs
    for number in range(2, 1000):
        yield from (f"{pair}_{number}" for pair in pairs)


def _entity(rng: random.Random, name: str) -> Entity:
    columns = []
    for python, sql, names in _COLUMNS:
        for column in rng.sample(names.split(), rng.randint(1, 4)):
            columns.append((column, python, sql))
    rng.shuffle(columns)
    return Entity(name, tuple(columns))


def _files(domain: Domain, rng: random.Random) -> Iterator[tuple[str, str]]:
    folder = f"app/{domain.name}"
    filler = Filler(rng)
    yield f"{folder}/__init__.py", f'"""Everything about {domain.name.replace("_", " ")}."""\n'
    yield f"{folder}/models.py", _models(domain)
    yield f"{folder}/schemas.py", _schemas(domain)
    yield f"{folder}/repository.py", _repository(domain, rng)
    yield f"{folder}/service.py", _service(domain, rng, filler)
    yield f"{folder}/router.py", _router(domain)
    for name in rng.sample(["formatting", "parsing", "pricing", "client", "exports", "rules", "metrics"], 4):
        yield f"{folder}/{name}.py", filler.module(f"{name.title()} of {domain.name}", rng.randint(4, 12))
    yield f"app/templates/{domain.name}/show.html", _template(domain)
    yield f"tests/{domain.name}/test_service.py", _tests(domain, filler, rng)
    yield f"tests/{domain.name}/test_helpers.py", filler.tests(rng.randint(6, 14))


def _root_files() -> Iterator[tuple[str, str]]:
    yield (
        "pyproject.toml",
        '[project]\nname = "generated"\nversion = "1"\ndependencies = ["sqlalchemy[asyncio]>=2.0", "asyncpg"]\n',
    )
    yield "app/__init__.py", ""
    yield (
        "app/database.py",
        """from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

engine = create_async_engine("postgresql+asyncpg://localhost/app")
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session
""",
    )


def _models(domain: Domain) -> str:
    parent, child, owner = domain.parent, domain.child, domain.owner
    head = """from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, DateTime, ForeignKey, Integer, String, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base

"""
    if owner:
        head += f"if TYPE_CHECKING:\n    from app.{owner.name}.models import {owner.parent.cls}\n"
    columns = "".join(f"    {name}: Mapped[{python}] = mapped_column({sql})\n" for name, python, sql in parent.columns)
    others = "".join(f"    {name}: Mapped[{python}] = mapped_column({sql})\n" for name, python, sql in child.columns)
    owned = (
        f"""    owner_id: Mapped[int] = mapped_column(ForeignKey("{owner.parent.name}.id"), index=True)
    owner: Mapped[{owner.parent.cls}] = relationship()
"""
        if owner
        else ""
    )
    return f"""{head}

class {parent.cls}(Base):
    __tablename__ = "{parent.name}"

    id: Mapped[int] = mapped_column(primary_key=True)
{columns}    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
{owned}    {child.name}_list: Mapped[list[{child.cls}]] = relationship(back_populates="{parent.name}", order_by="{child.cls}.id")

    @property
    def display(self) -> str:
        return f"{parent.name} {{self.id}}: {{self.{parent.columns[0][0]}}}"


class {child.cls}(Base):
    __tablename__ = "{child.name}"

    id: Mapped[int] = mapped_column(primary_key=True)
{others}    {parent.name}_id: Mapped[int] = mapped_column(ForeignKey("{parent.name}.id"), index=True)
    {parent.name}: Mapped[{parent.cls}] = relationship(back_populates="{child.name}_list")
"""


def _schemas(domain: Domain) -> str:
    text = "from datetime import datetime\n\nfrom pydantic import BaseModel, ConfigDict\n"
    for entity in (domain.child, domain.parent):
        fields = "".join(f"    {name}: {python}\n" for name, python, _ in entity.columns)
        text += f"\n\nclass {entity.cls}Create(BaseModel):\n{fields}"
        text += f"\n\nclass {entity.cls}Read(BaseModel):\n    model_config = ConfigDict(from_attributes=True)\n\n"
        text += f"    id: int\n{fields}"
    return f"{text}    {domain.child.name}_list: list[{domain.child.cls}Read] = []\n"


def _repository(domain: Domain, rng: random.Random) -> str:
    parent, child = domain.parent, domain.child
    conditions = "".join(
        f"        if {name} is not None:\n            statement = statement.where({parent.cls}.{name} {rng.choice(('==', '>=', '<='))} {name})\n"
        for name, _, _ in parent.columns
    )
    given = ", ".join(f"{name}: {python} | None = None" for name, python, _ in parent.columns)
    return f"""from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.{domain.name}.models import {child.cls}, {parent.cls}


class {parent.cls}Repository:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, number: int) -> {parent.cls} | None:
        return await self.session.get({parent.cls}, number)

    async def get_whole(self, number: int) -> {parent.cls} | None:
        statement = (
            select({parent.cls}).where({parent.cls}.id == number).options(selectinload({parent.cls}.{child.name}_list))
        )
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def search(self, {given}, limit: int = {rng.randint(10, 200)}) -> Sequence[{parent.cls}]:
        statement = select({parent.cls}).order_by({parent.cls}.id).limit(limit)
{conditions}        return (await self.session.scalars(statement)).all()

    async def count(self) -> int:
        return (await self.session.execute(select(func.count()).select_from({parent.cls}))).scalar_one()

    async def add(self, row: {parent.cls}) -> {parent.cls}:
        self.session.add(row)
        await self.session.flush()
        return row

    async def remove_{child.name}s(self, number: int) -> None:
        await self.session.execute(delete({child.cls}).where({child.cls}.{parent.name}_id == number))
"""


def _service(domain: Domain, rng: random.Random, filler: Filler) -> str:
    parent, child = domain.parent, domain.child
    field = child.columns[0][0]
    methods = "".join(filler.method(f"_{name}") for name in rng.sample(filler.verbs, rng.randint(2, 5)))
    return f"""import logging
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from app.{domain.name}.models import {child.cls}, {parent.cls}
from app.{domain.name}.repository import {parent.cls}Repository
from app.{domain.name}.schemas import {parent.cls}Create, {parent.cls}Read

log = logging.getLogger(__name__)


class {parent.cls}Service:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.repository = {parent.cls}Repository(session)

    async def show(self, number: int) -> {parent.cls}Read:
        row = await self.repository.get_whole(number)
        if row is None:
            raise LookupError(number)
        return {parent.cls}Read.model_validate(row)

    async def summary(self, number: int) -> dict[str, object]:
        row = await self.repository.get_whole(number)
        if row is None:
            return {{}}
        return {{"display": row.display, "{field}": [one.{field} for one in row.{child.name}_list]}}

    async def create(self, data: {parent.cls}Create) -> int:
        row = {parent.cls}(**data.model_dump())
        await self.repository.add(row)
        await self.session.commit()
        log.info("created %s", row.id)
        return row.id

    async def {rng.choice(filler.verbs)}_all(self, number: int) -> list[object]:
        row = await self.repository.get(number)
        if row is None:
            return []
        return [one.{field} for one in row.{child.name}_list]  {PLANTED}

    async def names(self, limit: int) -> list[str]:
        rows = await self.repository.search(limit=limit)
        return [f"{{row.id}}: {{row.{parent.columns[0][0]}}}" for row in rows]
{methods}"""


def _router(domain: Domain) -> str:
    parent = domain.parent
    return f"""from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.templating import Jinja2Templates
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import get_session
from app.{domain.name}.schemas import {parent.cls}Create, {parent.cls}Read
from app.{domain.name}.service import {parent.cls}Service

router = APIRouter(prefix="/{domain.name}")
templates = Jinja2Templates(directory="app/templates")
Session = Annotated[AsyncSession, Depends(get_session)]


@router.get("/{{number}}", response_model={parent.cls}Read)
async def show_{parent.name}(number: int, session: Session) -> {parent.cls}Read:
    try:
        return await {parent.cls}Service(session).show(number)
    except LookupError:
        raise HTTPException(404) from None


@router.get("/{{number}}/page")
async def page_of_{parent.name}(request: Request, number: int, session: Session) -> object:
    row = await {parent.cls}Service(session).repository.get_whole(number)
    return templates.TemplateResponse(request, "{domain.name}/show.html", {{"row": row}})


@router.post("")
async def create_{parent.name}(data: {parent.cls}Create, session: Session) -> dict[str, int]:
    return {{"id": await {parent.cls}Service(session).create(data)}}


@router.get("")
async def list_{parent.name}(session: Session, limit: int = 20) -> list[str]:
    return await {parent.cls}Service(session).names(limit)
"""


def _template(domain: Domain) -> str:
    fields = "".join(f"<dt>{name}</dt><dd>{{{{ row.{name} }}}}</dd>\n" for name, _, _ in domain.parent.columns)
    return f"""<h1>{{{{ row.id }}}}</h1>
<dl>
{fields}</dl>
{{% for one in row.{domain.child.name}_list %}}
<li>{{{{ one.{domain.child.columns[0][0]} }}}}</li>
{{% endfor %}}
"""


def _tests(domain: Domain, filler: Filler, rng: random.Random) -> str:
    parent = domain.parent
    cases = "".join(
        f"""

async def test_{verb}_{number}(session):
    service = {parent.cls}Service(session)
    row = {parent.cls}({", ".join(f"{name}={filler.value(python)}" for name, python, _ in parent.columns)})
    session.add(row)
    await session.flush()
    assert (await service.summary(row.id))["display"] == f"{parent.name} {{row.id}}: {{row.{parent.columns[0][0]}}}"
"""
        for number, verb in enumerate(rng.sample(filler.verbs, rng.randint(3, 8)))
    )
    return f"""from datetime import datetime

from app.{domain.name}.models import {parent.cls}
from app.{domain.name}.service import {parent.cls}Service
{cases}"""


def _main(domains: list[Domain]) -> str:
    imports = "".join(f"from app.{one.name} import router as {one.name}\n" for one in domains)
    included = "".join(f"app.include_router({one.name}.router)\n" for one in domains)
    return f"from fastapi import FastAPI\n\n{imports}\napp = FastAPI()\n{included}"
