"""Which functions cannot matter: they get no session, instance or statement, and reach nothing that makes one.

A function or class matters when it refers to a model, to something of SQLAlchemy, or to what matters
(`rules.index.references`). Whatever else a function uses it was given: so a call counts by what it is given as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rules.analysis.state import Instance, Object, Session, State, reachable
from rules.analysis.values import Arguments, ClassValue, FunctionValue, Partial, Ref, Statement, Value, members
from rules.index.models import ModelIndex
from rules.index.program import ClassInfo, External, FunctionInfo, Program
from rules.index.references import Node, References

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

SESSION_NAMES = frozenset({"session", "db", "db_session", "async_session"})
"""Names of parameters that are sessions where nothing else is known of them."""
_RENDERING = frozenset({"TemplateResponse", "render_template"})


class Relevance:
    """The functions and classes of a program that can matter."""

    def __init__(self, program: Program, models: ModelIndex) -> None:
        functions = list(program.functions())
        classes = list(program.classes())
        seeds = [*_seeds(functions, models), *(id(one.facts) for one in classes if _matters(one, models))]
        self._relevant = References(program, _is_interesting).to(seeds)
        self._known = {*(id(one.facts) for one in functions), *(id(one.facts) for one in classes)}
        # The context of a template, perhaps.
        self._made = {id(function.facts) for function in functions if function.facts.makes_dict}

    def skips(self, interp: Interpreter, state: State, target: FunctionValue, arguments: Arguments) -> bool:
        """Whether a call can be left out: neither the function nor what it is given can matter."""
        if target.closure or target.function.is_property or self.matters(target.function):
            return False
        if id(target.function.facts) in self._made and interp.settings.templates is not None:
            return False
        values: list[Value] = [*arguments.positional, *(value for _, value in arguments.keywords)]
        if target.bound is not None:
            values.append(target.bound)
        for value in values:
            for member in members(value):
                if isinstance(member, FunctionValue | Partial | Statement):
                    return False
                if isinstance(member, ClassValue) and self.matters(member.info):
                    return False
        for number in reachable(state, values):
            found = state.heap[number]
            if isinstance(found, Instance | Session):
                return False
            # A method refers to what it uses of an object of its own class.
            own = target.bound == Ref(number) and isinstance(found, Object) and found.info is target.function.owner
            if isinstance(found, Object) and not own and self.matters(found.info):
                return False
        return True

    def mark(self, found: FunctionInfo | ClassInfo) -> tuple[bool, bool]:
        """What decides whether calls are left out: of a function, or those that are given an object of a class."""
        return self.matters(found), id(found.facts) in self._made

    def matters(self, found: FunctionInfo | ClassInfo) -> bool:
        """What is defined within functions is not known, and may matter."""
        number = id(found.facts)
        return number in self._relevant or number not in self._known


def _is_interesting(external: External) -> bool:
    """An error of SQLAlchemy gives nothing that could be read."""
    name = external.name
    return (name.startswith(("sa.", "sqlalchemy", "sqlmodel")) and not name.startswith("sa.exc.")) or (
        external.last in ("AsyncSession", "async_sessionmaker")
    )


def _seeds(functions: list[FunctionInfo], models: ModelIndex) -> Iterator[Node]:
    for function in functions:
        facts = function.facts
        if (
            not _RENDERING.isdisjoint(facts.mentions)
            or (facts.nests_async and not SESSION_NAMES.isdisjoint(facts.mentions))
            or (facts.is_async and any(one.name in SESSION_NAMES and not one.annotation for one in facts.parameters))
            or (function.owner is not None and models.of(function.owner) is not None)
        ):
            yield id(facts)


def _matters(info: ClassInfo, models: ModelIndex) -> bool:
    return models.of(info) is not None or "sa.AsyncSession" in info.externals
