"""Any Python code, changed so that mapped instances and sessions run through every function of it.

The interpreter looks only at what can matter. Here all of it does: each function is `async`, its parameters are
instances or the session, and the models have the attributes that the code itself uses most.
"""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

from rules.project import MemoryProject, Project

MODULE = "inhabitants"
KINDS = ("Parent", "Child", "AsyncSession", "list[Parent]", None)
"""The annotations of parameters, one after the other."""

_MODELS = """\
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload

Session = async_sessionmaker(create_async_engine("sqlite+aiosqlite://"))


class Base(DeclarativeBase):
    id: Mapped[int] = mapped_column(primary_key=True)


class Parent(Base):
    __tablename__ = "parents"
    updated_at: Mapped[str] = mapped_column(onupdate=func.now())
{parent}

class Child(Base):
    __tablename__ = "children"
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"))
{child}
"""
_IMPORT = f"from {MODULE} import AsyncSession, Child, Parent, Session, select, selectinload\n"
_WORD = re.compile(r"\.([a-z]\w*)")
_MOST_USED = 24
_TAKEN = frozenset({"id", "updated_at", "metadata", "registry"})


def inhabit(given: Project) -> Project:
    """The project with every function changed; what does not parse is left as it is."""
    files = {path: given.read(path) for path in given.paths() if path.endswith(".py")}
    changed: dict[str, bytes | str] = {path: _changed(data) for path, data in files.items()}
    return MemoryProject({f"{MODULE}.py": _models(files), **changed}, given.skipped)


def _models(files: Mapping[str, bytes]) -> str:
    words: Counter[str] = Counter()
    for data in files.values():
        words.update(_WORD.findall(data.decode("utf-8", "replace")))
    usable = (word for word, _ in words.most_common() if not keyword.iskeyword(word) and word not in _TAKEN)
    names = [*islice(usable, _MOST_USED)]
    return _MODELS.format(parent="\n".join(_fields(names, "Child")), child="\n".join(_fields(names, "Parent")))


def _fields(names: list[str], other: str) -> Iterator[str]:
    """Half of the names are relationships, to one and to many, the others columns."""
    yield "    pass"
    for number, name in enumerate(names):
        kind = (f'list["{other}"]', "str", f'"{other}"', "int")[number % 4]
        yield f"    {name}: Mapped[{kind}] = {'mapped_column' if number % 2 else 'relationship'}()"


def _changed(data: bytes) -> bytes | str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
        return _IMPORT + ast.unparse(_Change().visit(tree))
    except (SyntaxError, ValueError, RecursionError):
        return data


class _Change(ast.NodeTransformer):
    def __init__(self) -> None:
        self.functions = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        self.functions += 1
        self._annotate(node.args)
        opening = ast.parse("row = await session.get(Parent, 1)\nawait session.commit()").body
        body = [*opening, *node.body] if self.functions % 3 == 0 else node.body
        made = ast.FunctionDef if any(_accessor(one) for one in node.decorator_list) else ast.AsyncFunctionDef
        return ast.copy_location(made(node.name, node.args, body, node.decorator_list, None), node)

    def _annotate(self, given: ast.arguments) -> None:
        for number, argument in enumerate([*given.posonlyargs, *given.args, *given.kwonlyargs]):
            kind = KINDS[(number + self.functions) % len(KINDS)]
            if argument.arg not in {"self", "cls"} and kind:
                argument.annotation = ast.parse(kind, mode="eval").body
        if all(argument.arg != "session" for argument in (*given.args, *given.kwonlyargs)):
            given.kwonlyargs.append(ast.arg("session", ast.Name("AsyncSession", ast.Load())))
            given.kw_defaults.append(None)


def _accessor(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Attribute) or (isinstance(decorator, ast.Name) and decorator.id == "property")
