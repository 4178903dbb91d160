"""The way from a cause to a read as a Mermaid diagram."""

from __future__ import annotations

from bot import markdown
from bot.findings import Finding, Step

MAX_NOTE = 120
MAX_STEPS = 20
MEANS_SOMETHING = {
    '"': "#quot;",
    "#": "#35;",
    "<": "#lt;",
    ">": "#gt;",
    "`": "'",
    "\\": "#92;",
    "&": "#38;",
    ";": "#59;",
}


def way(finding: Finding) -> tuple[Step, ...]:
    """Cause, hops and read, in the order the value travels; a place that follows itself is told once."""
    read = finding.first
    last = Step(read.path, read.line, f"reads `{read.expression}`")
    steps = [finding.origin, *read.trace]
    if (steps[-1].path, steps[-1].line) != (last.path, last.line) or len(steps) == 1:
        steps.append(last)
    kept = [step for before, step in zip([None, *steps], steps, strict=False) if step != before]
    if len(kept) > 1 and (kept[0].path, kept[0].line) == (kept[1].path, kept[1].line):
        kept = kept[1:]
    return tuple(kept)


def mermaid(steps: tuple[Step, ...]) -> str:
    """A diagram for a way of more than one hop, '' for a shorter one: two places need no picture."""
    if len(steps) < 3:
        return ""
    shown = steps if len(steps) <= MAX_STEPS else (*steps[: MAX_STEPS // 2], *steps[-MAX_STEPS // 2 :])
    nodes = [f'  s{number}["{_label(step)}"]' for number, step in enumerate(shown)]
    arrows = "  " + " --> ".join(f"s{number}" for number in range(len(shown)))
    return markdown.fence("\n".join(["flowchart TD", *nodes, arrows]), "mermaid")


def _label(step: Step) -> str:
    note = step.note if len(step.note) <= MAX_NOTE else step.note[: MAX_NOTE - 1] + "…"
    return f"{_inert(f'{step.path}:{step.line}')}<br/>{_inert(note)}"


def _inert(text: str) -> str:
    """Text that Mermaid shows as it is: its own entity codes stand for what has a meaning to it."""
    line = markdown.visible(" ".join(text.split()))
    return "".join(MEANS_SOMETHING.get(character, character) for character in line)
