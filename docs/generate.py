"""Writes the pages of `docs/reference/` from the code: rules, configuration, commands. `make docs` runs it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
sys.path.insert(0, str(ROOT))

from bot import __main__ as bot_command  # noqa: E402 - found by the line above
from bot.config.catalogue import RULES  # noqa: E402
from bot.config.schema import schema_text  # noqa: E402
from rules.cli import arguments, listing, pages  # noqa: E402
from rules.rule import all_rules  # noqa: E402
from workers import __main__ as workers_command  # noqa: E402

BY_HAND = ("settings.md",)
Schema = Mapping[str, Any]
NOTE = "<!-- Written by docs/generate.py: change the code that it is made from. -->\n"


def generated() -> dict[str, str]:
    """Every page, by its name in the folder."""
    found = {"rules.md": rules_page(), "configuration.md": configuration_page(), "commands.md": commands_page()}
    return found | {f"{name}.md": NOTE + pages.markdown(rule.page()) for name, rule in all_rules().items()}


def rules_page() -> str:
    names = "\n".join(all_rules())
    return f"{NOTE}# Rules\n\n{listing.as_markdown()}\n```{{toctree}}\n:maxdepth: 1\n\n{names}\n```\n"


# The configuration of a repository


def configuration_page() -> str:
    schema: Schema = json.loads(schema_text(RULES))
    rows = [
        f"| `{path}` | {_values(one, schema)} | {_default(one)} | {_cell(one.get('description', ''))} |"
        for path, one in settings(schema, schema)
    ]
    head = "| setting | values | default | |\n|---|---|---|---|"
    told = "Every setting of `.github/greenlatch.yml`; [the guide](../configuration.md) says which file counts."
    return f"{NOTE}# Settings of a repository\n\n{told}\n\n{head}\n" + "\n".join(rows) + "\n"


def settings(node: Schema, root: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """The leaves of the schema by their dotted names; `*` stands for a name of one's own choice."""
    node = resolved(node, root)
    below = dict(node.get("properties", {}))
    more = node.get("additionalProperties")
    if isinstance(more, Mapping):
        below["*"] = more
    if not below:
        yield path, node
    for name, one in below.items():
        yield from settings(one, root, f"{path}.{name}" if path else name)


def resolved(node: Schema, root: Schema) -> Schema:
    """Without references; what stands beside one goes before it."""
    if "$ref" not in node:
        return node
    beside = {name: value for name, value in node.items() if name != "$ref"}
    return {**resolved(root["$defs"][node["$ref"].rpartition("/")[2]], root), **beside}


def _values(node: Schema, root: Schema) -> str:
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if node.get("type") == "array":
        return f"list of {_values(resolved(node['items'], root), root)}"
    if node.get("type") == "integer" and "minimum" in node:
        return f"{node['minimum']} to {node['maximum']}"
    return {"boolean": "`true`, `false`", "string": "text", "integer": "number"}.get(str(node.get("type")), "")


def _default(node: Schema) -> str:
    return f"`{json.dumps(node['default'])}`" if "default" in node else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


# Commands


def commands_page() -> str:
    parsers = {
        "python -m rules": arguments.parser(),
        "python -m bot": bot_command.parser(),
        "python -m workers": workers_command.parser(),
    }
    parts = [part for name, parser in parsers.items() for part in _commands(name, parser)]
    told = "Every command with its options. `greenlatch` is short for `python -m rules` where the package is installed."
    return f"{NOTE}# Commands\n\n{told}\n\n" + "\n".join(parts)


def _commands(name: str, parser: argparse.ArgumentParser, help_text: str = "") -> Iterator[str]:
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    rows = [row for action in parser._actions for row in _option(action)]
    depth = "##" if len(name.split()) == 3 else "###"
    text = help_text or parser.description or ""
    yield f"{depth} {name}\n\n{_sentence(text)}\n"
    if rows:
        yield "| option | |\n|---|---|\n" + "\n".join(rows) + "\n"
    for action in below:
        told = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for command, one in action.choices.items():
            yield from _commands(f"{name} {command}", one, told.get(command, ""))


def _option(action: argparse.Action) -> Iterator[str]:
    if isinstance(action, argparse._SubParsersAction | argparse._HelpAction):
        return
    takes = action.metavar or (("{" + ",".join(map(str, action.choices)) + "}") if action.choices else "")
    if action.option_strings:
        names = ", ".join(
            f"`{name}{f' {takes}' if takes and action.nargs != 0 else ''}`" for name in action.option_strings
        )
    else:
        names = f"`{takes or action.dest}`"
    yield f"| {_cell(names)} | {_cell(action.help or '')} |"


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    wanted = generated()
    for file in FOLDER.glob("*.md"):
        if file.name not in {*wanted, *BY_HAND}:
            file.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
