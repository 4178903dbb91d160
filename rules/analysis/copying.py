"""Changed copies of the frozen values of the analysis."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

T = TypeVar("T")

DERIVED = ("inside", "mark")
"""What is found out about a heap object once and holds for no changed copy of it."""


def replace(found: T, **changes: Any) -> T:
    """As `dataclasses.replace`, at a tenth of the cost for heap objects: there are very many changed copies of them."""
    known: dict[str, Any] | None = getattr(found, "__dict__", None)
    if known is None:
        return dataclasses.replace(found, **changes)  # type: ignore[type-var]
    copy = object.__new__(type(found))
    fields = copy.__dict__
    fields.update(known)
    for name in DERIVED:
        fields.pop(name, None)
    fields.update(changes)
    return copy
