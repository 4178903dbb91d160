"""`list`: the rules there are, for people, for programs, and for the README."""

from __future__ import annotations

import json

from rules.cli.output import emit
from rules.cli.pages import summary
from rules.rule import all_rules


def list_rules(form: str) -> int:
    """Prints all rules in the order of their ids."""
    emit({"text": as_text, "json": as_json, "markdown": as_markdown}[form]())
    return 0


def as_text() -> str:
    return "".join(f"{rule.id:<13} {rule.severity.value:<8} {rule.title()}\n" for rule in all_rules().values())


def as_json() -> str:
    rules = [
        {"id": rule.id, "severity": rule.severity.value, "title": rule.title(), "summary": summary(rule.page())}
        for rule in all_rules().values()
    ]
    return json.dumps(rules, indent=2) + "\n"


def as_markdown() -> str:
    """The table of the README."""
    rows = [f"| {rule.id} | {rule.title()} | {rule.severity.value} |\n" for rule in all_rules().values()]
    return "".join(["| rule | what it finds | severity |\n", "|---|---|---|\n", *rows])
