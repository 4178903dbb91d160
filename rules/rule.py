"""What a rule is: an id, a severity and a filter; its module's docstring is its page."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from functools import cache
from types import ModuleType
from typing import ClassVar, Generic, TypeVar

from rules.finding import Finding, Severity

Facts = TypeVar("Facts", contravariant=True)


class Rule(Generic[Facts]):
    """One rule. Subclasses live one to a module in `rules.checks` (over accesses) or `rules.dependencies.checks`."""

    id: ClassVar[str]
    severity: ClassVar[Severity]

    def check(self, facts: Facts) -> Iterable[Finding]:
        """Filters what the engine found out; it walks no tree and resolves nothing."""
        raise NotImplementedError

    @classmethod
    def page(cls) -> str:
        return importlib.import_module(cls.__module__).__doc__ or ""

    @classmethod
    def title(cls) -> str:
        """The first line of the page: the bad pattern and the id."""
        return cls.page().partition("\n")[0].partition(" (")[0]


def find_rules(package: ModuleType) -> Iterator[type[Rule[object]]]:
    """The rule classes that are defined in the modules of `package`, in the order of their ids."""
    found: dict[str, type[Rule[object]]] = {}
    for module in pkgutil.iter_modules(package.__path__):
        namespace = importlib.import_module(f"{package.__name__}.{module.name}")
        for value in vars(namespace).values():
            if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == namespace.__name__:
                found[value.id] = value
    yield from (found[rule_id] for rule_id in sorted(found))


@cache
def all_rules() -> dict[str, type[Rule[object]]]:
    """Every rule by its id, found by package: a new rule needs no central edit."""
    from rules import checks
    from rules.dependencies import checks as dependency_checks

    found = {rule.id: rule for package in (checks, dependency_checks) for rule in find_rules(package)}
    return {rule_id: found[rule_id] for rule_id in sorted(found)}
