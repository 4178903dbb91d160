"""Values that nobody changes and of which very many are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[T]) -> type[T]:
    """A dataclass with slots, equal and hashed by its fields. That its fields stay as they are is for the type checker
    to see to: checking it whenever one is made costs more than all the rest of making it."""
    return dataclass(slots=True, unsafe_hash=True)(kind)
