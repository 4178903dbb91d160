"""Markdown of texts that others wrote: what comes from code, names and paths is shown, and does nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import quote

MAX_BODY = 60_000
"""GitHub refuses a whole review for one body above 65536 characters."""
CUT_NOTE = "\n\n*Cut here: the text is too long for GitHub.*\n"

BACKTICKS = re.compile(r"`+")
FENCE_LINE = re.compile(r" {0,3}(`{3,}|~{3,})")
PUNCTUATION = re.compile(r"[\\`*_\[\]|~$]")
LINE_START = re.compile(r"^(?:[#+=-]|\d+(?=[.)]))")
"""What makes a heading, a list, a rule or the heading of the line before."""
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
AUTOLINKS = re.compile(
    r"(@)(?=\w)|(#)(?=\w)|((?i:gh-))(?=\d)|((?i:https?:|ftp:|mailto:|xmpp:))(?=\S)|((?i:www\.))(?=\S)"
)
SHOWN = "\t\n\r\u200d"
"""Controls that do no harm: white space, and the joiner that emoji are made with."""
ZERO_WIDTH_SPACE = "\u200b"
CODE_SPAN = re.compile(r"`([^`\n]+)`")


def visible(text: str) -> str:
    """Replaces what cannot be seen or reorders a line (controls, direction marks) by U+FFFD; tabs stay."""
    return "".join("\ufffd" if _is_hidden(character) else character for character in text)


def inert(text: str) -> str:
    """`text` on one line for where there is no markdown, such as the message of a commit: no mention or reference."""
    return AUTOLINKS.sub(lambda match: match[0] + ZERO_WIDTH_SPACE, visible(" ".join(text.split())))


def code_span(text: str) -> str:
    """`text` as inline code, on one line, whatever backticks it holds."""
    line = visible(text.replace("\r", " ").replace("\n", " ")) or " "
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith(("`", " ")) or line.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def plain(text: str) -> str:
    """`text` as words in a paragraph: no markup, mention, reference, link or image comes of it."""
    escaped = "".join(ENTITIES.get(character, character) for character in PUNCTUATION.sub(r"\\\g<0>", inert(text)))
    return LINE_START.sub(lambda match: match[0] + "\\" if match[0].isdigit() else "\\" + match[0], escaped)


def prose(text: str) -> str:
    """A message of the engine: names in backticks become inline code, all else is plain."""
    parts = CODE_SPAN.split(" ".join(text.split("\n")))
    spaced = [code_span(part) if index % 2 else _plain_part(part) for index, part in enumerate(parts)]
    return "".join(spaced).strip()


def fence(code: str, info: str = "") -> str:
    """A code block, closed by a fence that is longer than any run of backticks in it. Line endings stay as they are."""
    ticks = "`" * max(3, _longest_run(code) + 1)
    end = "" if not code or code.endswith("\n") else "\n"
    return f"{ticks}{info}\n{code}{end}{ticks}"


def link(text: str, url: str) -> str:
    """`text` is markdown already; `url` was built by us with `quote`."""
    return f"[{text}]({url})"


def quoted_path(path: str) -> str:
    """A path for a URL."""
    return quote(path, safe="/")


def details(summary: str, body: str) -> str:
    """A block that opens on a click; both are markdown (in the summary, only inline HTML works)."""
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are markdown of one line; a bar in them is escaped, also inside of code."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def html_text(text: str) -> str:
    """`text` inside of HTML, such as a `<summary>`: no tag, mention or link comes of it."""
    escaped = "".join(ENTITIES.get(character, character) for character in inert(text))
    return re.sub(r"[`*_\[\]\\~!|$]", lambda match: f"&#{ord(match[0])};", escaped)


def cut(body: str, limit: int = MAX_BODY, *, keep: str = "") -> str:
    """`body + keep` in at most `limit` characters: cut between lines, with open blocks closed; `keep` stays whole."""
    if len(body) + len(keep) <= limit:
        return body + keep
    room = limit - len(CUT_NOTE) - len(keep)
    return _closed(body, room) + CUT_NOTE + keep


def _closed(body: str, room: int) -> str:
    """The longest whole lines of `body` that fit into `room` together with what closes their open blocks."""
    kept: list[str] = []
    length, best = 0, ""
    fence_mark, open_details = "", 0
    for line in body.split("\n"):
        length += len(line) + 1
        if length > room:
            break
        kept.append(line)
        fence_mark = _fence_after(line, fence_mark)
        if not fence_mark:
            open_details += line.startswith("<details") - line.startswith("</details")
        closing = (f"\n{fence_mark}" if fence_mark else "") + "\n\n</details>" * open_details
        if length + len(closing) <= room:
            best = "\n".join(kept) + closing
    return best


def _fence_after(line: str, mark: str) -> str:
    """The fence that is open after this line, '' for none."""
    match = FENCE_LINE.match(line)
    if not match:
        return mark
    if not mark:
        return match[1]
    closes = match[1][0] == mark[0] and len(match[1]) >= len(mark) and not line[match.end() :].strip()
    return "" if closes else mark


def _plain_part(text: str) -> str:
    """`plain` with the spaces around kept."""
    inner = plain(text)
    before = " " if text[:1].isspace() else ""
    after = " " if inner and text[-1:].isspace() else ""
    return before + inner + after


def _longest_run(text: str) -> int:
    return max((len(run) for run in BACKTICKS.findall(text)), default=0)


def _is_hidden(character: str) -> bool:
    return character not in SHOWN and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
