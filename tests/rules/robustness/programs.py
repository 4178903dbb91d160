"""Small random programs over five models: a query, some operations, and reads, in one file.

The rows (see `SEED`) hold two disjoint halves, so that no read is saved by an object which happens to be known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st


@dataclass(frozen=True, slots=True)
class Link:
    """One relationship."""

    target: str
    many: bool
    arguments: str
    """What `relationship()` is given besides `lazy`."""


LINKS: dict[str, dict[str, Link]] = {
    "Artist": {
        "albums": Link("Album", True, 'back_populates="artist"'),
        "profile": Link("Profile", False, 'back_populates="artist"'),
        "mentor": Link("Artist", False, 'back_populates="students", remote_side="Artist.id"'),
        "students": Link("Artist", True, 'back_populates="mentor"'),
    },
    "Album": {
        "artist": Link("Artist", False, 'back_populates="albums"'),
        "songs": Link("Song", True, 'back_populates="album"'),
        "tags": Link("Tag", True, 'secondary="album_tags", back_populates="albums"'),
    },
    "Song": {"album": Link("Album", False, 'back_populates="songs"')},
    "Tag": {"albums": Link("Album", True, 'secondary="album_tags", back_populates="tags"')},
    "Profile": {"artist": Link("Artist", False, 'back_populates="profile"')},
}
_BACK = {
    (model, name): other
    for model, links in LINKS.items()
    for name, link in links.items()
    for other in LINKS[link.target]
    if f'back_populates="{other}"' in link.arguments and "secondary" in link.arguments
}
"""The way back, where it leads to many."""
COLUMNS = ("id", "name", "created_at", "updated_at", "notes")
KEYS = {
    "Artist": ("mentor_id: Mapped[int | None] = mapped_column(ForeignKey('artist.id'))",),
    "Album": ("artist_id: Mapped[int | None] = mapped_column(ForeignKey('artist.id'))",),
    "Song": ("album_id: Mapped[int | None] = mapped_column(ForeignKey('album.id'))",),
    "Tag": (),
    "Profile": ("artist_id: Mapped[int | None] = mapped_column(ForeignKey('artist.id'))",),
}
LAZY = ("selectin", "joined", "subquery", "immediate")
LOADERS = ("selectinload", "joinedload", "subqueryload", "immediateload", "defaultload", "lazyload")

_HEAD = """\
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase, Mapped, defaultload, defer, immediateload, joinedload, lazyload, load_only, mapped_column,
    relationship, selectinload, subqueryload, undefer,
)

engine = create_async_engine("sqlite+aiosqlite://")
Session = async_sessionmaker(engine{expire})


class Base(AsyncAttrs, DeclarativeBase):
    pass


album_tags = Table(
    "album_tags",
    Base.metadata,
    Column("album_id", ForeignKey("album.id"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
)

"""
_MODEL = """\

class {name}(Base):
    __tablename__ = "{table}"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    notes: Mapped[str] = mapped_column(default="", deferred=True)
"""

ROOTS = (7, 8)
"""The ids with which programs begin: one in each half of the rows."""
_ARTISTS = range(1, 17)
SEED: dict[str, list[dict[str, int | str | None]]] = {
    "artist": [{"id": n, "name": f"a{n}", "notes": "", "mentor_id": n + 2 if n < 15 else None} for n in _ARTISTS],
    "album": [{"id": n + more, "name": f"b{n}", "notes": "", "artist_id": n} for n in _ARTISTS for more in (0, 100)],
    "song": [{"id": n + more, "name": f"s{n}", "notes": "", "album_id": n} for n in _ARTISTS for more in (0, 100)],
    "tag": [{"id": n + more, "name": f"t{n}", "notes": ""} for n in _ARTISTS for more in (0, 100)],
    "profile": [{"id": n, "name": f"p{n}", "notes": "", "artist_id": n} for n in _ARTISTS],
    "album_tags": [{"album_id": n, "tag_id": n + more} for n in _ARTISTS for more in (0, 100)],
}


@dataclass(frozen=True, slots=True)
class Program:
    lines: tuple[str, ...]
    statements: frozenset[int] = field(repr=False)
    """The numbers (from 1) of the lines that are one simple statement each, in an order in which they run."""

    @property
    def source(self) -> str:
        """What the engine sees."""
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def marked(self) -> str:
        """The same program, which tells `done` of each line that it has left behind."""
        return "".join(
            f"{line}; done({number})\n" if number in self.statements else f"{line}\n"
            for number, line in enumerate(self.lines, 1)
        )

    @property
    def story(self) -> str:
        """The part that differs from program to program."""
        return "\n".join(
            f"{number:4} {line}" for number, line in enumerate(self.lines, 1) if number > 8 and not _dull(line)
        )


def _dull(line: str) -> bool:
    return not line or "mapped_column" in line or "__tablename__" in line or line.endswith("name: Mapped[str]")


@dataclass(slots=True)
class _Writer:
    draw: Callable[[st.SearchStrategy[object]], object]
    lines: list[str]
    operations: tuple[str, ...]
    followed: bool
    statements: set[int] = field(default_factory=set)
    indent: int = 1

    def write(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)
        self.statements.add(len(self.lines))

    def head(self, line: str) -> None:
        """A line after which a block follows, or which leaves the function."""
        self.lines.append("    " * self.indent + line)

    def pick(self, *choices: str) -> str:
        return str(self.draw(st.sampled_from(choices)))

    def flag(self) -> bool:
        return bool(self.draw(st.booleans()))

    def number(self, least: int, most: int) -> int:
        found = self.draw(st.integers(least, most))
        assert isinstance(found, int)
        return found


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    model: str
    many: bool = False


@st.composite
def programs(draw: Callable[[st.SearchStrategy[object]], object], *, followed: bool = False) -> Program:
    """Any program; or, `followed`, one in which no query may meet an object that the program holds already.

    Whether a second query returns a known object is a matter of rows, which the engine does not see: there it is
    silent. In a program that can be followed it has to know the verdict of every read.
    """
    writer = _Writer(draw, [], _FOLLOWED if followed else _OPERATIONS, followed)
    lazy = {
        (model, name): writer.pick(*LAZY)
        for model, links in LINKS.items()
        for name in links
        if writer.number(0, 7) == 7
    }
    expire = writer.flag()
    writer.lines.extend(_HEAD.format(expire="" if expire else ", expire_on_commit=False").splitlines())
    for model in LINKS:
        writer.lines.extend(_model(model, lazy))
    writer.lines.append("")
    _function(writer)
    return Program(tuple(writer.lines), frozenset(writer.statements))


def _model(model: str, lazy: dict[tuple[str, str], str]) -> Iterator[str]:
    yield from _MODEL.format(name=model, table=model.lower()).splitlines()
    for key in KEYS[model]:
        yield f"    {key}"
    for name, link in LINKS[model].items():
        how = f', lazy="{lazy[model, name]}"' if (model, name) in lazy else ""
        kind = f'list["{link.target}"]' if link.many else f'"{link.target} | None"'
        if name == "profile":
            kind = '"Profile"'
        yield f"    {name}: Mapped[{kind}] = relationship({link.arguments}{how})"
    yield ""


# The function


def _function(writer: _Writer) -> None:
    shape = writer.pick("plain", "plain", "own session", "after block", "loaded elsewhere", "read elsewhere")
    model = writer.pick("Artist", "Album", "Artist", "Album", "Song", "Tag", "Profile")
    if shape == "loaded elsewhere":
        writer.lines.append("async def load(session: AsyncSession):")
        variable = _source(writer, model)
        if writer.flag():
            _operations(writer, [variable], 1)
        writer.head(f"return {variable.name}")
        writer.lines.extend(("", ""))
        _opening(writer, "plain")
        writer.write(f"{variable.name} = await load(session)")
        _rest(writer, variable)
    elif shape == "read elsewhere":
        variable = _Variable("row", model)
        writer.lines.append(f"def look(row: {model}):" if writer.flag() else "def look(row):")
        _read(writer, variable)
        writer.lines.extend(("", ""))
        _opening(writer, "plain")
        variable = _source(writer, model, one=True)
        _operations(writer, [variable], 3)
        writer.write(f"look({variable.name})")
    else:
        _opening(writer, shape)
        variable = _source(writer, model)
        if shape == "after block":
            _operations(writer, [variable], 3)
            writer.indent = 1
            _read(writer, variable)
        else:
            _rest(writer, variable)


def _opening(writer: _Writer, shape: str) -> None:
    if shape == "plain":
        writer.lines.append("async def use(session: AsyncSession):")
    else:
        writer.lines.append("async def use():")
        writer.lines.append("    async with Session() as session:")
        writer.indent = 2


def _rest(writer: _Writer, variable: _Variable) -> None:
    _operations(writer, [variable], 4)
    for _ in range(writer.number(1, 2)):
        _read(writer, variable)


def _source(writer: _Writer, model: str, *, one: bool = False) -> _Variable:
    how = writer.pick("get", "get", "select one", "select one", "select first", "new", *(() if one else ("all", "all")))
    name = model.lower()
    if how == "get":
        options = _options(writer, model)
        writer.write(f"{name} = await session.get({model}, 7{f', options=[{options}]' if options else ''})")
    elif how == "new":
        writer.write(f"{name} = {_construction(writer, model)}")
        writer.write(f"session.add({name})")
        if writer.flag():
            writer.write(f"await session.{writer.pick('flush', 'commit')}()")
    elif how == "all":
        end = writer.pick(".unique().all()", ".all()")
        writer.write(f"rows = (await session.scalars({_statement(writer, model, many=True)})){end}")
        return _Variable("rows", model, many=True)
    elif how == "select first":
        writer.write(f"{name} = (await session.scalars({_statement(writer, model)})).first()")
    else:
        end = writer.pick("scalars {} .unique().one()", "execute {} .unique().scalar_one()", "scalar {} ")
        call, _, rest = end.partition(" {} ")
        statement = f"await session.{call}({_statement(writer, model)})"
        writer.write(f"{name} = ({statement}){rest}" if rest else f"{name} = {statement}")
    return _Variable(name, model)


def _construction(writer: _Writer, model: str) -> str:
    given = ['name="new"']
    for name, link in LINKS[model].items():
        if writer.number(0, 2) == 2:
            value = f'{link.target}(name="made")'
            given.append(f"{name}={writer.pick('[]', f'[{value}]') if link.many else value}")
    return f"{model}({', '.join(given)})"


def _statement(writer: _Writer, model: str, *, many: bool = False) -> str:
    options = _options(writer, model)
    where = f"{model}.id.in_([7, 8])" if many else f"{model}.id == 7"
    return f"select({model}).where({where}){f'.options({options})' if options else ''}"


def _options(writer: _Writer, model: str) -> str:
    """At most one option for columns, and one for each relationship: SQLAlchemy refuses those that contradict."""
    found: dict[str, str] = {}
    for _ in range(writer.number(0, 2)):
        first = writer.pick("", *LINKS[model], *LINKS[model])
        found[first] = _chain(writer, model, first) if first else _column_option(writer, model)
    return ", ".join(found.values())


def _column_option(writer: _Writer, model: str) -> str:
    return writer.pick(f"load_only({model}.name)", f"defer({model}.name)", f"undefer({model}.notes)")


def _chain(writer: _Writer, model: str, first: str) -> str:
    text, here = "", model
    for number in range(writer.number(1, 3)):
        name = writer.pick(*LINKS[here]) if number else first
        text += f"{'.' if number else ''}{writer.pick(*LOADERS[:2], *LOADERS)}({here}.{name})"
        here = LINKS[here][name].target
    return text


# Operations


def _operations(writer: _Writer, variables: list[_Variable], most: int) -> None:
    for number in range(writer.number(0, most)):
        kinds = _OF_ALL if writer.followed and variables[0].many else writer.operations
        _operation(writer, writer.pick(*kinds), variables[0], number)


def _operation(writer: _Writer, kind: str, variable: _Variable, number: int) -> None:
    one = f"{variable.name}[0]" if variable.many else variable.name
    model = variable.model
    links = LINKS[model]
    single = [name for name, link in links.items() if not link.many]
    several = [name for name, link in links.items() if link.many]
    match kind:
        case "commit" | "rollback" | "flush" | "close":
            writer.write(f"await session.{kind}()")
        case "refresh":
            writer.write(f"await session.refresh({one})")
        case "refresh names":
            writer.write(f"await session.refresh({one}, {_names(writer, model)})")
        case "expire" | "expunge" | "add":
            writer.write(f"session.{kind}({one})")
        case "expire names":
            writer.write(f"session.expire({one}, {_names(writer, model)})")
        case "expire_all":
            writer.write("session.expire_all()")
        case "write":
            writer.write(f'{one}.name = "other"')
        case "write expression":
            writer.write(f"{one}.name = func.upper('other')")
        case "extend text":
            writer.write(f'{one}.name += "!"')
        case "assign one" if single:
            name = writer.pick(*single)
            made = f'{links[name].target}(name="made")'
            writer.write(f"{one}.{name} = {writer.pick('None', made)}")
        case "assign many" if several:
            name = writer.pick(*several)
            made = f'[{links[name].target}(name="made")]'
            writer.write(f"{one}.{name} = {writer.pick('[]', made)}")
        case "append" if several:
            name = writer.pick(*several)
            writer.write(f'{one}.{name}.append({links[name].target}(name="made"))')
        case "child":
            name = writer.pick(*links)
            target = links[name].target
            backs = [back for back, link in LINKS[target].items() if link.target == model and not link.many]
            if backs:
                writer.write(f'child{number} = {target}(name="made", {backs[0]}={one})')
                writer.write(f"session.add(child{number})")
        case "awaitable":
            writer.write(f"await {one}.awaitable_attrs.{writer.pick(*links, *COLUMNS)}")
        case "again":
            statement = _statement(writer, model)
            writer.write(f"again{number} = (await session.scalars({statement})).unique().one()")
        case "again unkept":
            writer.write(f"await session.scalars({_statement(writer, model)})")
        case "get again":
            writer.write(f"same{number} = await session.get({model}, 7)")
        case "update":
            value = writer.pick("'bulk'", f"{model}.name + '!'", "func.upper('x')")
            writer.write(f"await session.execute(update({model}).where({model}.id == 7).values(name={value}))")
        case "query":
            writer.write("await session.scalar(select(func.count()).select_from(Tag))")
        case "read":
            _read(writer, variable)


_OPERATIONS = (
    "commit", "commit", "commit", "rollback", "flush", "flush", "close", "refresh", "refresh", "refresh names",
    "refresh names", "expire", "expunge", "add", "expire names", "expire_all", "write", "write", "write",
    "write expression", "extend text", "assign one", "assign many", "append", "append", "child", "awaitable",
    "awaitable", "again", "again", "again unkept", "get again", "update", "query", "read", "read",
)  # fmt: skip


_FOLLOWED = tuple(
    kind
    for kind in _OPERATIONS
    if kind not in {"again", "again unkept", "get again", "update", "child", "expire names", "add", "expunge"}
)
_OF_ALL = ("commit", "commit", "rollback", "flush", "close", "expire_all", "query", "read")
"""Operations that treat all instances of a list alike."""


def _names(writer: _Writer, model: str) -> str:
    chosen = {writer.pick(*LINKS[model], *COLUMNS[1:]) for _ in range(writer.number(1, 2))}
    return "[" + ", ".join(f'"{name}"' for name in sorted(chosen)) + "]"


# Reads


def _read(writer: _Writer, variable: _Variable) -> None:
    if not variable.many:
        _read_of(writer, variable.name, variable.model)
    elif writer.flag():
        _read_of(writer, f"{variable.name}[0]", variable.model)
    else:
        writer.head(f"for row in {variable.name}:")
        writer.indent += 1
        _read_of(writer, "row", variable.model)
        writer.indent -= 1


def _read_of(writer: _Writer, one: str, model: str) -> None:
    here, text, many, back = model, one, False, ""
    for _ in range(writer.number(0, 3)):
        # Whether what is met on the way back is the object from which it began is a matter of rows.
        onward = [link for link in LINKS[here] if link != back]
        if not onward:
            break
        name = writer.pick(*onward)
        back = _BACK.get((here, name), "")
        text += f"[0].{name}" if many else f".{name}"
        many, here = LINKS[here][name].many, LINKS[here][name].target
    if text == one or (not many and writer.flag()):
        _read_column(writer, text)
    elif many:
        _read_collection(writer, text, here)
    else:
        owner, _, name = text.rpartition(".")
        writer.write(writer.pick(text, f'getattr({owner}, "{name}")', f"bool({text})", f"[{text}]"))


def _read_column(writer: _Writer, text: str) -> None:
    column = writer.pick(*COLUMNS)
    writer.write(writer.pick(f"{text}.{column}", f'f"{{{text}.{column}}}"', f'getattr({text}, "{column}", None)'))


def _read_collection(writer: _Writer, text: str, model: str) -> None:
    match writer.pick("len", "list", "comprehension", "loop", "truth", "in"):
        case "comprehension":
            writer.write(f"[item.{writer.pick(*COLUMNS[:2], *LINKS[model])} for item in {text}]")
        case "loop":
            writer.head(f"for item in {text}:")
            writer.indent += 1
            writer.write(f"item.{writer.pick(*COLUMNS[:2], *LINKS[model])}")
            writer.indent -= 1
        case "truth":
            writer.write(f"bool({text})")
        case "in":
            writer.write(f"None in {text}")
        case call:
            writer.write(f"{call}({text})")
