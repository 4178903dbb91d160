"""The texts that Greenlatch writes on GitHub, one function each; all that comes from code passes `bot.markdown`.

Those about the configuration are in `bot.config.texts`, answers about rules and findings in `bot.answers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from bot import markdown
from bot.anchoring import Thread
from bot.commands import NEEDS, USAGE, CommandName, Misunderstood, Need, Permission
from bot.diagram import mermaid, way
from bot.findings import Finding, Fix, Safety, ScanResult, SkippedFile
from bot.links import Links
from bot.markdown import code_span, plain, prose

NAME = "Greenlatch"
MAX_ROWS = 200
MAX_SKIPPED = 20
MAX_READS = 10
MAX_MESSAGE = 500
MAX_PATCH = 20_000
MAX_TEXT = 50_000
"""Characters."""

NOT_AWAITED = (
    "With `AsyncSession` SQL has to be awaited, and reading an attribute awaits nothing:"
    " SQLAlchemy raises `MissingGreenlet`"
)
WHY = {
    "BR-ASYNC-001": f"It is not loaded, so reading it sends SQL. {NOT_AWAITED}.",
    "BR-ASYNC-002": f"The eager load stops at its parent, so reading it sends SQL of its own. {NOT_AWAITED}.",
    "BR-ASYNC-003": f"Its values are gone by then, and reading it has to fetch them again. {NOT_AWAITED},"
    " or `DetachedInstanceError` where the session is closed.",
    "BR-ASYNC-004": f"The session does not hold this value, so reading it sends SQL. {NOT_AWAITED}.",
}
"""Why a read fails, by rule; the rules about dependencies say it in their message."""


def thread_body(thread: Thread, links: Links) -> str:
    """An inline comment, without its marker. Findings that share a read are told as one, with their causes."""
    parts = [_section(list(group), links, thread) for _, group in groupby(thread.findings, key=_same_read)]
    body = "\n\n---\n\n".join(parts)
    if thread.suggestion:
        body += f"\n\n{suggestion_title(thread)}\n\n{thread.suggestion.to_markdown()}"
    return body + "\n\n" + how_to_ignore(thread.findings)


def finding_section(finding: Finding, links: Links) -> str:
    """A finding that no inline comment tells, for the text of the check run."""
    return _section([finding], links) + "\n\n" + how_to_ignore([finding])


def headline(finding: Finding, thread: Thread | None = None) -> str:
    """The engine's message speaks of the read as `here`: a comment that stands elsewhere says where that is."""
    read = finding.first
    stands_there = thread is None or (thread.path == read.path and thread.start <= read.line <= thread.end)
    if stands_there or not (finding.model and finding.attribute):
        return f"**{prose(_said(finding))}**"
    what, where = f"{finding.model}.{finding.attribute}", f"{read.path}:{read.line}"
    return f"**{code_span(what)} is not loaded when {code_span(where)} reads it**"


def read_line(finding: Finding, links: Links) -> str:
    read = finding.first
    label = "Read" if finding.attribute else "Where"
    return f"- **{label}:** {code_span(read.expression)} at {links.place(read.path, read.line, read.end_line)}"


def cause_line(finding: Finding, links: Links) -> str:
    origin = finding.origin
    note = f": {prose(origin.note)}" if origin.note else ""
    return f"- **Comes from:** {links.place(origin.path, origin.line)}{note}"


def more_reads(finding: Finding, links: Links) -> str:
    """The other lines that fail for the same cause; '' for none."""
    first = finding.first
    places = dict.fromkeys((read.path, read.line) for read in finding.reads)
    others = [place for place in places if place != (first.path, first.line)]
    told = ", ".join(links.place(path, line) for path, line in others[:MAX_READS])
    rest = f" and {len(others) - MAX_READS} more" if len(others) > MAX_READS else ""
    return f"- **Fails as well:** {told}{rest}" if others else ""


def suggestion_title(thread: Thread) -> str:
    titles = dict.fromkeys(prose(fix.title) for finding in thread.suggested if (fix := finding.safe_fix))
    return "**Fix:** " + "; ".join(titles)


def patch_block(fix: Fix) -> str:
    """A fix that no suggestion can carry."""
    checked = "" if fix.safety is Safety.SAFE else " (not verified: read it before you use it)"
    patches = "".join(file.patch for file in fix.files)
    shown = markdown.fence(patches, "diff") if len(patches) <= MAX_PATCH else f"*{patch_too_long(patches)}*"
    return f"**Fix:** {prose(fix.title)}{checked}\n\n{shown}"


def patch_too_long(patch: str) -> str:
    lines, instead = count(patch.count("\n"), "line"), f"{code_span(USAGE[CommandName.FIX])} commits it"
    return f"The patch has {lines}, too many to show here; {instead}."


def how_to_ignore(findings: Iterable[Finding]) -> str:
    """The small print: ids for the commands, rule and severity for those who look for them."""
    return "\n".join(f"<sub>{line}</sub>" for line in dict.fromkeys(map(_small_print, findings)))


def fixed(former_body: str, sha: str, links: Links) -> str:
    """What becomes of a comment whose finding is gone."""
    return _over(f"✅ Fixed in {links.commit(sha)}.", former_body)


def ignored(former_body: str) -> str:
    """What becomes of a comment whose finding somebody told us to ignore."""
    return _over("🔇 Ignored on request.", former_body)


def left_out(former_body: str) -> str:
    """What becomes of a comment whose finding the configuration no longer wants told."""
    return _over("🔇 Not told any more: the configuration leaves it out.", former_body)


def review_body(result: ScanResult, inline: int, elsewhere: Sequence[Finding], links: Links) -> str:
    """The summary of a review; `inline` counts the findings that its comments tell."""
    lines = [f"{NAME} found **{count(len(result.new), 'new problem')}** at {links.commit()}."]
    if elsewhere:
        intro = "These have no line in this diff" if not inline else "These have no line in this diff, or no room at it"
        lines += [f"{intro}; the check run tells the whole way and the fix:", findings_table(elsewhere, links)]
    lines += _remarks(result)
    return "\n\n".join(lines)


def review_refused(reason: str) -> str:
    """Why there are no comments, in the summary of a check run; `reason` is GitHub's."""
    return f"GitHub took no comments on this pull request ({prose(reason)}): this check tells everything."


def findings_table(findings: Sequence[Finding], links: Links) -> str:
    rows = [
        (links.place(finding.first.path, finding.first.line), prose(_said(finding)), code_span(finding.short_id))
        for finding in findings[:MAX_ROWS]
    ]
    rest = f"\n\n… and {len(findings) - MAX_ROWS} more." if len(findings) > MAX_ROWS else ""
    return markdown.table(("Where", "What", "Id"), rows) + rest


def check_title(result: ScanResult, *, older: bool = False) -> str:
    """`older`: the configuration lets findings count that were there before."""
    title = count(len(result.new), "new problem") if result.new else "No new problems"
    return f"{title}, {count(len(result.older), 'older one')}" if older and result.older else title


def check_summary(result: ScanResult, links: Links, *, older: bool = False, remarks: Iterable[str] = ()) -> str:
    """The summary of a finished check run: a row for each new finding, and with `older` for all others as well."""
    lines = [findings_table(result.new, links)] if result.new else [f"Nothing new at {links.commit()}."]
    if older and result.older:
        lines += ["There before this pull request, and counted here:", findings_table(result.older, links)]
    return "\n\n".join([*lines, *remarks, *_remarks(result, older=older)])


def check_text(findings: Sequence[Finding], links: Links) -> str:
    """The findings that no inline comment tells, whole, as many as there is room for."""
    sections: list[str] = []
    for number, finding in enumerate(findings):
        section = finding_section(finding, links)
        if sum(map(len, sections)) + len(section) > MAX_TEXT:
            sections.append(f"… and {len(findings) - number} more, each with an annotation.")
            break
        sections.append(section)
    return "\n\n---\n\n".join(sections)


def annotation_message(finding: Finding) -> str:
    """Annotations are no markdown."""
    fix = finding.safe_fix or next(iter(finding.fixes), None)
    return markdown.visible(_said(finding) + (f"\nFix: {fix.title}" if fix else ""))


def annotation_details(finding: Finding) -> str:
    """The way from the cause to the read, one step a line."""
    return "\n".join(markdown.visible(f"{step.path}:{step.line}: {step.note}") for step in way(finding))


def skipped_note(skipped: Sequence[SkippedFile]) -> str:
    rows = [f"- {code_span(file.path)}: {plain(file.reason)}" for file in skipped[:MAX_SKIPPED]]
    if len(skipped) > MAX_SKIPPED:
        rows.append(f"- … and {len(skipped) - MAX_SKIPPED} more")
    return markdown.details(f"{count(len(skipped), 'file')} could not be read", "\n".join(rows))


def waiting_title() -> str:
    return "Waiting for a worker"


def running_title() -> str:
    return "Looking at the code"


def not_finished() -> str:
    return "The result appears here."


def not_checked_title() -> str:
    return "Not checked"


def not_checked(reason: str) -> str:
    """`reason` is a sentence of ours, or an error of git or GitHub."""
    return f"{NAME} could not check this commit: {prose(reason)}\n\n{code_span('/greenlatch rescan')} tries again."


def superseded_title() -> str:
    return "Superseded by a newer commit"


def superseded(sha: str, links: Links) -> str:
    return f"The pull request is at {links.commit(sha)} now; its check tells the result."


def cancelled_title() -> str:
    return "Not needed any more"


def cancelled(reason: str) -> str:
    return f"Nobody waits for this check: {prose(reason)}."


def misunderstood(command: Misunderstood) -> str:
    return f"{code_span(command.text)}: {prose(command.problem)}; {prose(command.hint)}"


def not_allowed(name: CommandName, permission: Permission, needs: Mapping[CommandName, Need] = NEEDS) -> str:
    """`needs` are those of the repository's configuration."""
    need = needs[name]
    who = f"people with {need.permission.value} permission"
    also = " and the author of the pull request" if need.pull_author else ""
    has = "no" if permission is Permission.NONE else f"only {permission.value}"
    return f"{code_span(USAGE[name])} is for {who}{also}; you have {has} permission here."


def help_text(needs: Mapping[CommandName, Need] = NEEDS) -> str:
    rows = [(code_span(USAGE[name]), plain(COMMANDS[name]), plain(_who(needs[name]))) for name in CommandName]
    return markdown.table(("Command", "What it does", "Who"), rows)


COMMANDS = {
    CommandName.RESCAN: "checks the head of the pull request again",
    CommandName.FIX: "commits the verified fixes to the branch, or the one of a finding",
    CommandName.IGNORE: "does not tell this finding in this repository again",
    CommandName.UNIGNORE: "tells it again",
    CommandName.EXPLAIN: "shows the page of a rule",
    CommandName.CONFIG: "shows the configuration in use and where it comes from",
    CommandName.HELP: "shows this table",
}


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _who(need: Need) -> str:
    who = "everybody" if need.permission is Permission.NONE else f"{need.permission.value} permission"
    return who + (", and the author" if need.pull_author else "")


def _over(verdict: str, former_body: str) -> str:
    """The first line of a comment stays, to tell what it was about."""
    first = former_body.partition("\n")[0].strip()
    return f"{verdict}\n\n<details><summary>What it was</summary>\n\n{first}\n\n</details>"


def _said(finding: Finding) -> str:
    """The message, which may hold an expression of any length."""
    return finding.message if len(finding.message) <= MAX_MESSAGE else finding.message[: MAX_MESSAGE - 1] + "…"


def _small_print(finding: Finding) -> str:
    ignore, explain = f"/greenlatch ignore {finding.short_id} reason", f"/greenlatch explain {finding.rule}"
    what = f"{code_span(finding.rule)} {finding.severity.value}, {finding.confidence.value} confidence"
    return f"{what} · not a problem here? {code_span(ignore)} · more: {code_span(explain)}"


def _same_read(finding: Finding) -> tuple[str, int, str, str]:
    return finding.first.path, finding.first.line, finding.first.expression, finding.message


def _section(findings: list[Finding], links: Links, thread: Thread | None = None) -> str:
    """Findings of one read: message and read once, then each cause with its way and, if it needs one, its patch."""
    first = findings[0]
    parts = [headline(first, thread)]
    for finding in findings:
        parts.append(_facts(finding, links, with_read=finding is first))
        parts.append(WHY.get(finding.rule, "") if finding is first else "")
        parts.append(mermaid(way(finding)))
        parts.append("" if thread and finding in thread.suggested else _patch(finding))
    return "\n\n".join(part for part in parts if part)


def _facts(finding: Finding, links: Links, *, with_read: bool) -> str:
    """A list of places; a cause at the line of the read is none of its own."""
    origin, read = finding.origin, finding.first
    lines = [read_line(finding, links)] if with_read else []
    lines += [cause_line(finding, links)] if (origin.path, origin.line) != (read.path, read.line) else []
    return "\n".join(line for line in [*lines, more_reads(finding, links)] if line)


def _patch(finding: Finding) -> str:
    fix = finding.safe_fix or next(iter(finding.fixes), None)
    return patch_block(fix) if fix else ""


def _remarks(result: ScanResult, *, older: bool = False) -> list[str]:
    remarks = []
    if result.older and not older:
        before = f"{count(len(result.older), 'problem')} {'was' if len(result.older) == 1 else 'were'} there before"
        remarks.append(f"{before} this pull request and {'is' if len(result.older) == 1 else 'are'} not told here.")
    if result.ignored:
        remarks.append(f"{count(len(result.ignored), 'problem')} ignored on request.")
    if result.skipped:
        remarks.append(skipped_note(result.skipped))
    return remarks
