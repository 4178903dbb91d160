"""`dump`: what one stage of the engine made of the code; this is how the engine is debugged."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path

from rules.cli.output import emit
from rules.cli.target import Target


def dump(stage: str, path: Path) -> int:
    from rules import analyze as engine

    made = engine.dump(stage, Target([path]))
    emit(made if isinstance(made, str) else json.dumps(plain(made), indent=2) + "\n")
    return 0


def plain(value: object) -> object:
    """Anything a stage makes, in the terms of JSON; dataclasses by their fields, without what is empty."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: plain(one) for name, one in fields.items() if one not in (None, "", (), [], {}, frozenset())}
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else str(plain(key)): plain(one) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(one) for one in value), key=str)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
