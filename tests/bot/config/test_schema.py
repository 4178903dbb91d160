"""The published schema is current, and says the same as the validation."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.commands import CommandName
from bot.config import Config, load
from bot.config.catalogue import RULES
from bot.config.schema import json_schema, schema_text
from rules.rule import all_rules
from tests.bot.config.examples import YAML

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = json_schema(RULES)


def test_the_catalogue_has_the_rules_of_the_engine() -> None:
    assert {rule.id: rule.title() for rule in all_rules().values()} == RULES


def test_the_published_schema_is_current() -> None:
    """Where it is not: `python -m bot config schema > docs/greenlatch.schema.json`."""
    file = DOCS / "greenlatch.schema.json"
    if os.environ.get("GREENLATCH_UPDATE_SNAPSHOTS"):
        file.write_text(schema_text(RULES), encoding="utf-8")
    assert file.read_text(encoding="utf-8") == schema_text(RULES)


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["properties"]["commands"]["properties"]) == set(CommandName)


def test_every_setting_is_described() -> None:
    sections = [SCHEMA, *(part for part in SCHEMA["$defs"].values() if "properties" in part)]
    options = [option for section in sections for option in section["properties"].values()]
    assert len(options) > 10
    assert [option for option in options if not ("description" in option or "$ref" in option)] == []


def test_the_example_is_valid_and_shows_every_setting() -> None:
    text = (DOCS / "greenlatch.example.yml").read_bytes()
    config = load({YAML: text}, RULES)
    assert isinstance(config, Config)
    shown = {".".join(map(str, key)) for key in config.places}
    options = {key for key, _, _ in Config().values() if key[0] not in ("commands", "rules")}
    assert {".".join(map(str, key)) for key in options} <= shown
    jsonschema.Draft202012Validator(SCHEMA).validate(yaml.safe_load(text.replace(b": off", b": 'off'")))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"gate": {}},
        {"gate": {"fail-on": "off", "older-findings": True}},
        {"gate": {"fail-on": "none"}},
        {"gate": {"fail_on": "off"}},
        {"gate": 3},
        {"gate": None},
        {"rules": {"BR-ASYNC-001": "notice"}},
        {"rules": {"BR-ASYNC-001": False}},
        {"rules": {"BR-ASYNC-999": "off"}},
        {"comments": {"limit": 0}},
        {"comments": {"limit": 31}},
        {"comments": {"limit": -1}},
        {"comments": {"limit": True}},
        {"comments": {"enabled": "true"}},
        {"paths": {"include": []}},
        {"paths": {"exclude": []}},
        {"paths": {"include": ["a"], "exclude": ["b"] * 200}},
        {"paths": {"exclude": ["b"] * 201}},
        {"paths": {"exclude": [1]}},
        {"commands": {"fix": {}}},
        {"commands": {"fix": {"permission": "everybody", "author": False}}},
        {"commands": {"fix": {"permission": "none"}}},
        {"commands": {"merge": {}}},
        {"policy": {"require-explicit-greenlet": True}},
        {"unknown": {}},
    ],
)
def test_editor_and_bot_agree(document: dict[str, Any]) -> None:
    by_schema = jsonschema.Draft202012Validator(SCHEMA).is_valid(document)
    by_bot = isinstance(load({YAML: json.dumps(document).encode()}, RULES), Config)
    assert by_schema is by_bot
