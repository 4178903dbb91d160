"""Suggestion blocks: finding them in a comment, and committing them as the button under one does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt

from bot.sandbox.model import ReviewComment
from bot.sandbox.placement import current_place


class NotAppliableError(Exception):
    """Why GitHub offers no button, or refuses it."""


@dataclass(frozen=True, slots=True)
class Change:
    """Lines `start` to `end` (inclusive, from 1) of the file at the head become `text`."""

    path: str
    start: int
    end: int
    text: str


def suggestion_in(body: str) -> str | None:
    """The content of the first suggestion block, byte for byte with its newlines; None without one."""
    lines = body.split("\n")
    for token in MarkdownIt("commonmark").parse(body):
        if token.type == "fence" and token.info.strip() == "suggestion" and token.map:
            first = token.map[0] + 1
            return "".join(f"{line}\n" for line in lines[first : first + token.content.count("\n")])
    return None


def change_of(comment: ReviewComment) -> Change:
    """What committing the comment's suggestion would do; raises NotAppliableError."""
    thread, pull = comment.thread, comment.thread.pull
    text = suggestion_in(comment.body)
    if text is None:
        raise NotAppliableError("this comment suggests nothing")
    if not pull.open:
        raise NotAppliableError("suggestions cannot be applied while the pull request is closed")
    if pull.queued:
        raise NotAppliableError("suggestions cannot be applied while the pull request is queued to merge")
    if comment.review.state == "PENDING":
        raise NotAppliableError("suggestions cannot be applied from pending reviews")
    if "LEFT" in (thread.side, thread.start_side):
        raise NotAppliableError("suggestions cannot be applied on deleted lines")
    now = current_place(thread)
    if now is None or now.line is None:
        raise NotAppliableError("this suggestion is outdated")
    return Change(thread.path, now.start_line or now.line, now.line, text)


def apply_changes(data: bytes, changes: Sequence[Change]) -> bytes:
    """The file with every change; raises NotAppliableError when two of them meet or nothing changes."""
    lines = _split_at_newlines(data.decode("utf-8", "surrogateescape"))
    ordered = sorted(changes, key=lambda change: change.start)
    if any(one.end >= other.start for one, other in pairwise(ordered)):
        raise NotAppliableError("only one suggestion per line can be applied in a batch")
    for change in reversed(ordered):
        if change.end > len(lines):
            raise NotAppliableError("this suggestion is outdated")
        last = lines[change.end - 1]
        text = change.text if last.endswith("\n") else change.text.removesuffix("\n")
        lines[change.start - 1 : change.end] = [text]
    result = "".join(lines).encode("utf-8", "surrogateescape")
    if result == data:
        raise NotAppliableError("this suggestion changes nothing")
    return result


def _split_at_newlines(text: str) -> list[str]:
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
