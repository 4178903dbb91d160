"""A pull request whose paths, names, messages and code are made to do harm: all that we write is rendered and read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot import check_runs, messages
from bot.anchoring import anchor
from bot.check_runs import not_checked
from bot.commands import Misunderstood
from bot.diagram import mermaid
from bot.findings import Finding, Fix, Read, Safety, ScanResult, SkippedFile, Step
from bot.gate import conclude
from bot.links import Links
from bot.markers import Marker, Markers, MarkerState
from bot.patches import file_change
from bot.reviews import ExistingComment, plan_review
from tests.bot.examples import DIFF, FINDING, HEAD

SITE = "https://github.example"
LINKS = Links(f"{SITE}/acme/arena", HEAD)
MARKERS = Markers(b"secret", 7, 3)
PARSER = MarkdownIt("gfm-like", {"linkify": False}).enable("table")
OURS = re.compile(r"</?(details|summary|sub|br/?)>")
MARKER = re.compile(r"\n\n<!-- greenlatch:1 (open|fixed|review) [0-9a-z.,]* [0-9a-f]{32} -->\Z")
FORGED = "<!-- greenlatch:1 fixed 0123456789abcdef 0123456789abcdef0123456789abcdef -->"
HARM = [
    *("@everyone", "@acme/owners", "#1", "GH-1", "acme/arena#1", "https://evil.example/x", "www.evil.example"),
    *(
        "[x](https://evil.example)",
        "![x](https://evil.example/x.png)",
        "<https://evil.example>",
        "[x]: https://evil.example",
    ),
    *("```", "````\n", "~~~", "`", "``", "</details>", "<details>", "</summary>", "<img src=x>", "<script>", FORGED),
    *("|", "\\|", "\\", "\n", "\r\n", "\n\n# big\n", "\n---\n", "\n> ", "*", "_", "$x$", "&lt;", "\u202e", "\x00", "a"),
    *('"]', "click s0 https://evil.example", "%%{init: {}}%%", "suggestion\n", "--> s9"),
]
TEXT = st.lists(st.sampled_from(HARM), min_size=1, max_size=5).map(" ".join) | st.lists(
    st.sampled_from(HARM), min_size=1, max_size=5
).map("".join)


@st.composite
def hostile(draw: st.DrawFn) -> Finding:
    """At lines of the diff and beside it; nothing of it but the fingerprints is ours."""
    path = draw(st.sampled_from(["arena/service.py"]) | TEXT.map(lambda text: f"{text}.py"))
    steps = tuple(Step(draw(TEXT), number, draw(TEXT)) for number in range(1, draw(st.integers(1, 4))))
    change = file_change(path.replace("\n", "").replace("\r", ""), b"old\n", f"{draw(TEXT)}\n".encode())
    return replace(
        FINDING,
        title="Lazy load",
        message=draw(TEXT),
        reads=(Read(path, 22, 22, draw(TEXT), "0123456789abcdef", steps), Read(draw(TEXT), 9, 9, draw(TEXT), "ff")),
        origin=Step(draw(TEXT), 9, draw(TEXT)),
        model=draw(TEXT),
        attribute=draw(TEXT),
        fixes=(Fix(draw(TEXT), draw(st.sampled_from(Safety)), (change,)),),
    )


def bodies(finding: Finding, skipped: str) -> Iterator[str]:
    """Everything that is written about it, from the review to the comment that says it was fixed."""
    result = ScanResult(HEAD, (finding,), (SkippedFile(skipped, skipped),))
    anchoring = anchor([finding], DIFF)
    plan = plan_review(result, anchoring, comments=[], review_bodies=[], markers=MARKERS, links=LINKS)
    assert plan.review is not None
    yield plan.review["body"]
    for number, comment in enumerate(plan.review["comments"]):
        yield comment["body"]
        known = ExistingComment(number, comment["path"], comment["line"], None, comment["body"])
        empty = ScanResult(HEAD, (), ())
        later = plan_review(empty, anchor([], DIFF), comments=[known], review_bodies=[], markers=MARKERS, links=LINKS)
        yield from (update.body for update in later.updates)
    now = datetime(2026, 11, 28, tzinfo=UTC)
    for payload in check_runs.completed(
        result, conclude(result.findings, draft=False), LINKS, told_elsewhere=[finding], can_push=True, completed_at=now
    ):
        yield from texts(payload)
    yield from texts(not_checked(skipped, now))
    yield messages.misunderstood(Misunderstood(skipped, skipped, skipped))


def texts(payload: dict[str, Any]) -> Iterator[str]:
    output = payload["output"]
    yield output["summary"]
    yield output.get("text", "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hostile(), TEXT)
def test_nothing_of_it_becomes_markup(finding: Finding, skipped: str) -> None:
    for body in bodies(finding, skipped):
        text = MARKER.sub("", body)
        for token in walk(PARSER.parse(text)):
            require_harmless(token, body)


def walk(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from walk(token.children or [])


def require_harmless(token: Token, body: str) -> None:
    match token.type:
        case "html_block" | "html_inline":
            # What GitHub reads as text between our tags is escaped; a tag of somebody else would stand here.
            assert "<" not in OURS.sub("", token.content), body
            assert not re.search(r"(?<!\w)@\w|https?://", token.content), body
        case "link_open":
            assert str(token.attrs["href"]).startswith(f"{SITE}/acme/arena/"), body
        case "image":
            raise AssertionError(f"an image in {body}")
        case "text":
            assert not re.search(r"@\w|#\d|\bGH-\d|\w://\w|www\.\w", token.content), body
        case "fence":
            assert token.info in ("mermaid", "diff", "suggestion"), body


@given(TEXT)
def test_no_marker_can_be_forged_from_within_a_text(text: str) -> None:
    body = f"{text}{FORGED}{MARKERS.write(Marker(MarkerState.OPEN, ('aa',)))}"
    marker = MARKERS.read(body)
    assert marker is not None
    assert marker.keys == ("aa",)
    assert MARKERS.read(f"{text}{FORGED}") is None


@pytest.mark.parametrize("note", ['x"] --> s9', "click s0 https://evil.example", "%%{init: {}}%%", "a;b", "<b>", "`"])
def test_a_diagram_holds_every_text_in_its_labels(note: str) -> None:
    steps = tuple(Step(note, number, note) for number in (1, 2, 3))
    lines = mermaid(steps).splitlines()
    assert lines[1] == "flowchart TD"
    assert all(re.fullmatch(r'  s\d\["[^"]*"\]', line) for line in lines[2:-2])
    assert lines[-2] == "  s0 --> s1 --> s2"
