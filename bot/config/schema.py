"""The JSON Schema of the configuration, for editors: made from the models, published in `docs/`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.commands import NEEDS, CommandName
from bot.config.model import Document, Who

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(rules: Mapping[str, str]) -> dict[str, Any]:
    """`rules` are the titles of the engine's rules by id: only these are names that an editor offers."""
    schema = Document.model_json_schema(by_alias=True)
    schema["properties"]["rules"] |= {"properties": _rules(rules), "additionalProperties": False}
    schema["properties"]["commands"] |= {"properties": _commands(), "additionalProperties": False}
    for section in ("rules", "commands"):
        schema["properties"][section].pop("propertyNames", None)
    del schema["$defs"]["CommandName"]
    for option in schema["$defs"]["CommandOptions"]["properties"].values():
        option.pop("default", None)
    return {"$schema": DIALECT, "title": "Greenlatch", **_without_titles(schema)}


def schema_text(rules: Mapping[str, str]) -> str:
    return json.dumps(json_schema(rules), indent=2, ensure_ascii=False) + "\n"


def _without_titles(schema: Any) -> Any:
    """Pydantic's titles repeat the names of settings."""
    if isinstance(schema, dict):
        return {name: _without_titles(value) for name, value in schema.items() if name != "title"}
    return schema


def _rules(rules: Mapping[str, str]) -> dict[str, Any]:
    return {rule: {"$ref": "#/$defs/Level", "description": title} for rule, title in rules.items()}


def _commands() -> dict[str, Any]:
    return {
        name.value: {
            "$ref": "#/$defs/CommandOptions",
            "default": {"permission": Who.of(NEEDS[name].permission).value, "author": NEEDS[name].pull_author},
        }
        for name in CommandName
    }
