"""Texts for people: the engine's messages with names in backticks, pages in Markdown, times and durations."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from web.views.code import highlight

SPAN = re.compile(r"`([^`\n]+)`")
PART = re.compile(r"<p>(Bad|Good):</p>\n")
LABEL = re.compile(r"(<p>|\. )((?:Fix \((?:un)?safe\)|Silent on):)")
SECONDS = ((86_400, "d"), (3600, "h"), (60, "min"))


def told(message: str) -> Markup:
    """A message of the engine; nothing of it is taken for HTML."""
    parts = SPAN.split(message)
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )


def page(markdown: str) -> Markup:
    """The page of a rule, our own Markdown, with its parts under headings; HTML in it stays text."""
    renderer = MarkdownIt(
        "commonmark", {"html": False, "highlight": lambda code, language, _: highlight(code, language)}
    )
    html = PART.sub(r"<h2>\1</h2>\n", renderer.enable("table").render(markdown))
    html = LABEL.sub(r"\1<strong>\2</strong>", html)
    return Markup(html.replace("<pre>", '<pre tabindex="0">'))


def moment(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if at else "not yet"


def ago(at: datetime | None, now: datetime) -> str:
    """`3 min ago`, `2 d ago`."""
    if at is None:
        return "not yet"
    seconds = (now - at).total_seconds()
    for size, unit in SECONDS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return "just now"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
