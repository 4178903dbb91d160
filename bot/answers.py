"""What Greenlatch answers to commands about rules and findings, one function each; see `bot.messages` for the rest."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from bot.ignoring import Already, Forget, Ignored, Remember, Unknown
from bot.markdown import code_span, plain, prose

MAX_NEAR = 10
MAX_REASON = 500
"""Characters."""


def explain(rule: str, page: str | None, rules: Collection[str]) -> str:
    """The page of a rule, which is markdown of ours; None for a rule that is none. `rules` are the ids that exist."""
    if page is not None:
        return page
    close = difflib.get_close_matches(rule.upper(), list(rules), n=1)
    hint = f"did you mean {code_span(f'/greenlatch explain {close[0]}')}?" if close else f"there are {_spans(rules)}."
    return f"There is no rule {code_span(rule)}; {hint}"


def to_ignore(outcome: Remember | Already | Unknown) -> str:
    """The answer to `ignore`."""
    match outcome:
        case Remember(ignored):
            undo = code_span(f"/greenlatch unignore {ignored.short_id}")
            return f"Ignored in this repository from now on: {_what(ignored)}{_reason(ignored)} {undo} takes it back."
        case Already(ignored):
            by = f"by {code_span(ignored.author)} in #{ignored.number}"
            return f"This is ignored already, {by}: {_what(ignored)}{_reason(ignored)}"
        case Unknown():
            return _unknown(outcome, "The last check of this pull request found nothing")


def to_unignore(outcome: Forget | Unknown) -> str:
    """The answer to `unignore`."""
    match outcome:
        case Forget(ignored):
            rows = [f"- {_what(one)}" for one in ignored]
            return "\n".join(["Told again from now on:", "", *rows])
        case Unknown():
            return _unknown(outcome, "In this repository nothing is ignored")


def _unknown(outcome: Unknown, nothing: str) -> str:
    there = f"there are {_spans(outcome.near[:MAX_NEAR])}." if outcome.near else "there are none."
    return f"{nothing} with the id {code_span(outcome.target)}; {there}"


def _what(ignored: Ignored) -> str:
    return f"{prose(ignored.message)} ({code_span(ignored.rule)} in {code_span(ignored.path)})."


def _reason(ignored: Ignored) -> str:
    return f" Reason: {plain(ignored.reason[:MAX_REASON])}." if ignored.reason else ""


def _spans(names: Collection[str]) -> str:
    return ", ".join(code_span(name) for name in names)
