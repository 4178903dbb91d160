"""The rules as pages: the engine's own texts, for whoever may not import it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rules.cli.pages import markdown, summary
from rules.rule import all_rules


@dataclass(frozen=True, slots=True)
class RulePage:
    """`text` is Markdown, and begins below the heading."""

    id: str
    title: str
    severity: str
    summary: str
    text: str


@cache
def rule_pages() -> dict[str, RulePage]:
    """By id, in the order of the ids."""
    return {
        rule.id: RulePage(rule.id, rule.title(), rule.severity.value, summary(rule.page()), _below_heading(rule.page()))
        for rule in all_rules().values()
    }


def _below_heading(page: str) -> str:
    return markdown(page).partition("\n")[2].lstrip()
