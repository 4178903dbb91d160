"""The base of all values that are read from GitHub's JSON: only the fields we use, flattened, checked on the way in."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

GHOST = "ghost"
"""How GitHub shows the author of something whose account is gone."""


def _text(value: object) -> object:
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_text)]
"""What GitHub gives as null where it is empty."""


class Shape(BaseModel):
    """Nested fields are named by `AliasPath`; what is absent or null on the way takes the default."""

    model_config = ConfigDict(frozen=True, extra="ignore")
