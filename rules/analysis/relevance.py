"""Which functions cannot matter: they get no session, instance or statement, and reach nothing that makes one.

By names alone, and so on the safe side: a function matters when it mentions a model, something of SQLAlchemy or a
name that a session goes by, or calls by name a function that matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.analysis.state import Instance, Session, State, reachable
from rules.analysis.values import Arguments, FunctionValue, Partial, Statement, Value, members
from rules.index.models import ModelIndex
from rules.index.program import External, FunctionInfo, Program

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

_SESSION_WORDS = frozenset(
    {"session", "db", "db_session", "_session", "async_session", "uow", "TemplateResponse", "render_template"}
)
MAX_OBJECTS = 40


class Relevance:
    """The functions of a program that can matter."""

    def __init__(self, program: Program, models: ModelIndex) -> None:
        functions = list(program.functions())
        interesting = set(_SESSION_WORDS) | {model.name for model in models} | {"AsyncSession", "async_sessionmaker"}
        for module in program.modules.values():
            for name in module.facts.imports:
                symbol = program.lookup(module, name)
                if isinstance(symbol, External) and symbol.name.startswith(("sa.", "sqlalchemy", "sqlmodel")):
                    interesting.add(name)
        mentions = {id(function.facts): _mentioned(function) for function in functions}
        by_name: dict[str, list[int]] = {}
        for function in functions:
            by_name.setdefault(function.name, []).append(id(function.facts))
        self._relevant = {number for number, names in mentions.items() if not interesting.isdisjoint(names)}
        callers: dict[str, list[int]] = {}
        for number, names in mentions.items():
            for name in names:
                if name in by_name:
                    callers.setdefault(name, []).append(number)
        names_of = {id(function.facts): function.name for function in functions}
        pending = list(self._relevant)
        while pending:
            for caller in callers.get(names_of[pending.pop()], ()):
                if caller not in self._relevant:
                    self._relevant.add(caller)
                    pending.append(caller)
        self._known = set(mentions)
        # The context of a template, perhaps.
        self._made = {id(function.facts) for function in functions if function.facts.makes_dict}

    def skips(self, interp: Interpreter, state: State, target: FunctionValue, arguments: Arguments) -> bool:
        """Whether a call can be left out: neither the function nor what it is given can matter."""
        number = id(target.function.facts)
        if number not in self._known or number in self._relevant or target.closure or target.function.is_property:
            return False
        if number in self._made and interp.settings.templates is not None:
            return False
        values: list[Value] = [*arguments.positional, *(value for _, value in arguments.keywords)]
        if target.bound is not None:
            values.append(target.bound)
        for value in values:
            if any(isinstance(member, FunctionValue | Partial | Statement) for member in members(value)):
                return False
        found = reachable(state, values)
        if len(found) > MAX_OBJECTS:
            return False
        return not any(isinstance(state.heap[key], Instance | Session) for key in found)

    def mark(self, function: FunctionInfo) -> tuple[bool, bool]:
        """What decides whether calls of the function are left out."""
        return self.matters(function), id(function.facts) in self._made

    def matters(self, function: FunctionInfo) -> bool:
        number = id(function.facts)
        return number not in self._known or number in self._relevant


def _mentioned(function: FunctionInfo) -> tuple[str, ...]:
    """Every name and attribute that a function mentions, in its signature and decorators too."""
    return (*function.facts.mentions, *(parameter.name for parameter in function.facts.parameters))
