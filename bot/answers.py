"""What Greenlatch answers to commands about rules, findings and fixes; see `bot.messages` for the rest."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bot import markdown
from bot.findings import Finding, ScanResult
from bot.ignoring import Already, Forget, Ignored, Remember, Unknown
from bot.links import Links
from bot.markdown import code_span, inert, plain, prose

MAX_NEAR = 10
MAX_LISTED = 50
MAX_PATCH = 50_000
MAX_REASON = 500
"""Characters."""
LOCALLY = "greenlatch check --fix"


@dataclass(frozen=True, slots=True)
class Committed:
    """A commit of ours; `left` are findings whose fixes are not in it."""

    sha: str
    applied: tuple[Finding, ...]
    left: tuple[Finding, ...] = ()


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


def committed(done: Committed, links: Links) -> str:
    """The answer to `fix` where it went well."""
    number = len(done.applied)
    what = f", with {number} {'fix' if number == 1 else 'fixes'}:" if number else "."
    lines = [f"Committed {links.commit(done.sha)}{what}", *(["", *_fix_rows(done.applied)] if number else [])]
    if done.left:
        again = code_span("/greenlatch fix")
        lines += ["", f"Not in it, for these fixes do not go together with the others; {again} tries them again:", ""]
        lines += _fix_rows(done.left)
    return "\n".join(lines)


def nothing_to_fix(result: ScanResult, target: str) -> str:
    """`target` is the id that was asked for, '' for all that is new."""
    if not target:
        return "No problem that this pull request brings has a verified fix, so nothing was committed."
    meant = [one for one in result.findings if any(each.startswith(target) for each in one.fingerprints)]
    if meant:
        return f"{code_span(target)} has no verified fix: {prose(meant[0].message)}. Nothing was committed."
    near = tuple(dict.fromkeys(finding.short_id for finding in result.findings))
    return _unknown(Unknown(target, near), "Nothing is found at this commit")


def not_fixed(reason: str) -> str:
    return f"Nothing was committed: {prose(reason)}."


def patch_for_fork(patch: str) -> str:
    return "This pull request comes from a fork, where Greenlatch may not write. " + _patch(patch)


def patch_without_permission(patch: str) -> str:
    needs = "who installed Greenlatch did not grant *Contents: read and write*"
    return f"Greenlatch may not write to this branch: {needs}. {_patch(patch)}"


def patch_after_refusal(reason: str, patch: str) -> str:
    return f"GitHub did not take the commit: {plain(reason)}. {_patch(patch)}"


def commit_headline(findings: Sequence[Finding]) -> str:
    if len(findings) == 1:
        return f"Fix {inert(findings[0].title.lower())} in {inert(findings[0].first.path)}"[:200]
    return f"Fix {len(findings)} problems that Greenlatch found"


def commit_body(findings: Sequence[Finding], author: str, scan_id: int) -> str:
    """The ids of the findings, and who asked for it."""
    rows = (
        f"- {finding.short_id} {finding.rule} {inert(finding.first.path)}: {inert(_fix_title(finding))}"
        for finding in findings
    )
    return "\n".join([*rows, "", f"Requested-by: {inert(author)}", scan_trailer(scan_id)])


def scan_trailer(scan_id: int) -> str:
    """The line of a commit's message that tells which scan made it."""
    return f"Greenlatch-Scan: {scan_id}"


def asked_by(author: str) -> str:
    """For the answer to a button, which stands under no question."""
    return f"<sub>{code_span(author)} pressed *Apply fixes*.</sub>"


def _fix_rows(findings: Iterable[Finding]) -> list[str]:
    rows = [f"- {code_span(finding.short_id)} {prose(_fix_title(finding))}" for finding in findings]
    more = [f"- … and {len(rows) - MAX_LISTED} more"] if len(rows) > MAX_LISTED else []
    return [*rows[:MAX_LISTED], *more]


def _fix_title(finding: Finding) -> str:
    return finding.safe_fix.title if finding.safe_fix else finding.title


def _patch(patch: str) -> str:
    if len(patch) > MAX_PATCH:
        return f"The patch is too long to show here; {code_span(LOCALLY)} makes the same changes on your machine."
    apply = code_span("git apply")
    return f"{apply} takes this patch, and {code_span(LOCALLY)} does the same:\n\n{markdown.fence(patch, 'diff')}"


def _unknown(outcome: Unknown, nothing: str) -> str:
    there = f"there are {_spans(outcome.near[:MAX_NEAR])}." if outcome.near else "there are none."
    return f"{nothing} with the id {code_span(outcome.target)}; {there}"


def _what(ignored: Ignored) -> str:
    return f"{prose(ignored.message)} ({code_span(ignored.rule)} in {code_span(ignored.path)})."


def _reason(ignored: Ignored) -> str:
    return f" Reason: {plain(ignored.reason[:MAX_REASON])}." if ignored.reason else ""


def _spans(names: Collection[str]) -> str:
    return ", ".join(code_span(name) for name in names)
