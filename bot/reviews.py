"""What to write on a pull request after a scan: a review with what is new, and changes to what stands there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any
from urllib.parse import unquote

from bot import markdown, messages
from bot.anchoring import Anchoring, Thread
from bot.diff import Side
from bot.findings import Finding, ScanResult
from bot.graphql import Thread as ThreadState
from bot.identity import AppIdentity
from bot.links import Links
from bot.markers import Marker, Markers, MarkerState
from bot.renames import NO_RENAMES, Renames
from bot.resources import ReviewComment

PLACE_LINK = re.compile(r"/blob/[0-9a-f]{40,64}/([^)#\s]+)#L\d")
COMMIT_LINK = re.compile(r"/blob/[0-9a-f]{40,64}/")


class Resolution(Enum):
    """Whether the thread of a comment is resolved; what a person resolved, they do not want to hear of again."""

    OPEN = "open"
    BY_US = "by us"
    BY_PERSON = "by a person"


@dataclass(frozen=True, slots=True)
class ExistingComment:
    """An inline comment that our app wrote earlier; `line` is None where the diff has it no longer.

    `start_line` is None for a comment on one line.
    """

    id: int
    path: str
    line: int | None
    start_line: int | None
    body: str
    has_reply: bool = False
    resolution: Resolution = Resolution.OPEN


@dataclass(frozen=True, slots=True)
class CommentUpdate:
    id: int
    body: str
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class ReviewPlan:
    """`review` is the payload of a new review, None where there is nothing new to say.

    `posted` are the threads of its comments, in their order; `kept` tells which comment tells which thread.
    `resolve` and `reopen` are comments whose threads are to be resolved, and opened again.
    """

    review: dict[str, Any] | None
    updates: tuple[CommentUpdate, ...]
    duplicates: tuple[int, ...]
    """Comments that were stored twice when GitHub lost its answer: delete them."""
    posted: tuple[Thread, ...]
    kept: tuple[tuple[int, Thread], ...]
    resolve: tuple[int, ...] = ()
    reopen: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    comment: ExistingComment
    marker: Marker
    renamed: bool = False
    """What it says is called otherwise now: it is written anew, or the next scan would not know it."""


def own_comments(
    comments: Iterable[ReviewComment], me: AppIdentity, threads: Iterable[ThreadState] = ()
) -> list[ExistingComment]:
    """Those of all inline comments of a pull request that our app began, and what people did about them."""
    everything = list(comments)
    answered = {comment.in_reply_to_id for comment in everything if comment.author != me.login}
    resolutions = {thread.comment_id: _resolution(thread, me) for thread in threads}
    return [
        ExistingComment(
            comment.id,
            comment.path,
            comment.line,
            comment.start_line,
            comment.body,
            has_reply=comment.id in answered,
            resolution=resolutions.get(comment.id, Resolution.OPEN),
        )
        for comment in everything
        if comment.author == me.login and comment.in_reply_to_id is None
    ]


def _resolution(thread: ThreadState, me: AppIdentity) -> Resolution:
    """GitHub names nobody where an app resolved it."""
    if not thread.is_resolved:
        return Resolution.OPEN
    return Resolution.BY_US if thread.resolved_by in (None, me.login, me.slug) else Resolution.BY_PERSON


def plan_review(
    result: ScanResult,
    anchoring: Anchoring,
    *,
    comments: Iterable[ExistingComment],
    review_bodies: Iterable[str],
    markers: Markers,
    links: Links,
    renames: Renames = NO_RENAMES,
) -> ReviewPlan:
    """`comments` and `review_bodies` are those of our own app alone; what has no marker of ours is left alone."""
    known, duplicates = _without_duplicates(_known(comments, markers, renames))
    kept = _matched(anchoring.threads, known)
    taken = {entry.comment.id for entry, _ in kept}
    gone = [entry for entry in known if entry.comment.id not in taken and _is_fixed(entry, result, anchoring, renames)]
    told = {renames.key(key) for body in review_bodies if (marker := markers.read(body)) for key in marker.keys}
    standing = {key for entry in known for key in entry.marker.keys}
    done = {id(thread) for _, thread in kept}
    posted = tuple(
        thread for thread in anchoring.threads if id(thread) not in done and _is_to_be_said(thread, told, standing)
    )
    return ReviewPlan(
        review=_review(result, posted, _untold(anchoring.elsewhere, told), markers, links),
        updates=(*_updates(kept, markers, links), *_closing_updates(gone, result, markers, links)),
        duplicates=tuple(duplicates),
        posted=posted,
        kept=tuple((entry.comment.id, thread) for entry, thread in kept),
        resolve=tuple(
            entry.comment.id
            for entry in gone
            if entry.comment.resolution is Resolution.OPEN and not entry.comment.has_reply
        ),
        reopen=tuple(entry.comment.id for entry, _ in kept if entry.comment.resolution is Resolution.BY_US),
    )


def comment_body(thread: Thread, markers: Markers, links: Links) -> str:
    marker = markers.write(Marker(MarkerState.OPEN, thread.keys))
    return markdown.cut(messages.thread_body(thread, links), keep=marker)


def comment_payload(thread: Thread, body: str) -> dict[str, Any]:
    """A comment of a review. A range of one line has no start: GitHub refuses it."""
    payload: dict[str, Any] = {"path": thread.path, "body": body, "line": thread.end, "side": Side.RIGHT.value}
    if thread.start < thread.end:
        payload |= {"start_line": thread.start, "start_side": Side.RIGHT.value}
    return payload


def with_fewer_comments(
    result: ScanResult,
    threads: Sequence[Thread],
    elsewhere: Sequence[Finding],
    markers: Markers,
    links: Links,
) -> dict[str, Any]:
    """The review to post where GitHub refused some comments: only these `threads`, and all else in the summary."""
    return _payload(result, threads, elsewhere, markers, links)


def _known(comments: Iterable[ExistingComment], markers: Markers, renames: Renames) -> Iterator[_Known]:
    """With what their markers say in the names of today."""
    for comment in sorted(comments, key=lambda comment: comment.id):
        marker = markers.read(comment.body)
        if marker and marker.state in (MarkerState.OPEN, MarkerState.FIXED):
            keys = tuple(map(renames.key, marker.keys))
            yield _Known(comment, replace(marker, keys=keys), renamed=keys != marker.keys)


def _without_duplicates(known: Iterable[_Known]) -> tuple[list[_Known], list[int]]:
    """Of comments with the same words at the same file and line, the first stays, or the one that was answered."""
    kept: dict[tuple[str, int | None, str], _Known] = {}
    duplicates = []
    for entry in known:
        key = (entry.comment.path, entry.comment.line, entry.comment.body)
        other = kept.setdefault(key, entry)
        if other is entry:
            continue
        if entry.comment.has_reply and not other.comment.has_reply:
            kept[key], entry = entry, other
        if not entry.comment.has_reply:
            duplicates.append(entry.comment.id)
    return list(kept.values()), duplicates


def _matched(threads: Sequence[Thread], known: Sequence[_Known]) -> list[tuple[_Known, Thread]]:
    """Pairs each thread with the comment that tells it already, the most alike first, each of them once."""
    pairs = [
        (_distance(entry, thread), entry.comment.id, number, entry, thread)
        for entry in known
        for number, thread in enumerate(threads)
        if not entry.marker.fingerprints.isdisjoint(thread.fingerprints)
    ]
    result: list[tuple[_Known, Thread]] = []
    seen_comments: set[int] = set()
    seen_threads: set[int] = set()
    for _, comment_id, number, entry, thread in sorted(pairs, key=lambda pair: pair[:3]):
        if comment_id not in seen_comments and number not in seen_threads:
            seen_comments.add(comment_id)
            seen_threads.add(number)
            result.append((entry, thread))
    return result


def _distance(entry: _Known, thread: Thread) -> tuple[int, bool, bool, int]:
    same = len(set(entry.marker.keys).intersection(thread.keys))
    line = entry.comment.line
    apart = abs(line - thread.end) if line is not None else 0
    return -same, entry.comment.path != thread.path, line is None, apart


def _is_fixed(entry: _Known, result: ScanResult, anchoring: Anchoring, renames: Renames) -> bool:
    """Nothing at this head is what the comment tells: neither the very finding, nor one of its reads in no thread.

    Where one of the files it speaks of could not be read this time, nobody knows.
    """
    skipped = {file.path for file in result.skipped}
    if entry.marker.state is MarkerState.FIXED or not skipped.isdisjoint(map(renames.path, _paths(entry.comment))):
        return False
    threaded = {finding.key for thread in anchoring.threads for finding in thread.findings}
    present = {finding.key for finding in result.findings}
    unthreaded = [finding.fingerprints for finding in result.findings if finding.key not in threaded]
    loose = frozenset().union(*unthreaded)
    return present.isdisjoint(entry.marker.keys) and loose.isdisjoint(entry.marker.fingerprints)


def _is_to_be_said(thread: Thread, told: set[str], standing: set[str]) -> bool:
    """What an earlier review told and no comment tells any more was deleted by a person, who has heard it."""
    return not told.issuperset(thread.keys) or not standing.isdisjoint(thread.keys)


def _paths(comment: ExistingComment) -> set[str]:
    """The files that our comment links to."""
    return {comment.path, *(unquote(match[1]) for match in PLACE_LINK.finditer(comment.body))}


def _updates(kept: list[tuple[_Known, Thread]], markers: Markers, links: Links) -> Iterator[CommentUpdate]:
    for entry, thread in kept:
        settled = entry.comment.resolution is Resolution.BY_PERSON and entry.marker.state is MarkerState.OPEN
        if settled and not entry.renamed:
            continue
        body = comment_body(_at(entry.comment, thread), markers, links)
        if _wording(body) != _wording(entry.comment.body):
            yield CommentUpdate(entry.comment.id, body)


def _wording(body: str) -> str:
    """A comment whose links lead to an older commit is as good: they still show what was said."""
    return COMMIT_LINK.sub("/blob/", body.replace("\r\n", "\n")).strip()


def _at(comment: ExistingComment, thread: Thread) -> Thread:
    """A suggestion replaces the lines that its comment stands at: where those moved on, the fix is told as a patch."""
    start = comment.start_line if comment.start_line is not None else comment.line
    if (comment.path, start, comment.line) == (thread.path, thread.start, thread.end):
        return thread
    return replace(thread, suggestion=None, suggested=())


def _closing_updates(gone: list[_Known], result: ScanResult, markers: Markers, links: Links) -> Iterator[CommentUpdate]:
    for entry in gone:
        marker = markers.write(Marker(MarkerState.FIXED, entry.marker.keys))
        body = markdown.cut(_closed(entry, result, links), keep=marker)
        yield CommentUpdate(entry.comment.id, body, fixed=True)


def _closed(entry: _Known, result: ScanResult, links: Links) -> str:
    """What is not told any more need not be fixed."""
    body, told = entry.comment.body, entry.marker.fingerprints
    if any(not told.isdisjoint(finding.fingerprints) for finding in result.ignored):
        return messages.ignored(body)
    if any(not told.isdisjoint(finding.fingerprints) for finding in result.left_out):
        return messages.left_out(body)
    return messages.fixed(body, result.head_sha, links)


def _untold(findings: Iterable[Finding], told: set[str]) -> list[Finding]:
    return [finding for finding in findings if finding.key not in told]


def _review(
    result: ScanResult, posted: Sequence[Thread], elsewhere: Sequence[Finding], markers: Markers, links: Links
) -> dict[str, Any] | None:
    return _payload(result, posted, elsewhere, markers, links) if posted or elsewhere else None


def _payload(
    result: ScanResult, posted: Sequence[Thread], elsewhere: Sequence[Finding], markers: Markers, links: Links
) -> dict[str, Any]:
    inline = sum(len(thread.findings) for thread in posted)
    keys = (*(finding.key for finding in elsewhere), *(key for thread in posted for key in thread.keys))
    marker = markers.write(Marker(MarkerState.REVIEW, tuple(dict.fromkeys(keys))))
    return {
        "commit_id": result.head_sha,
        "event": "COMMENT",
        "body": markdown.cut(messages.review_body(result, inline, elsewhere, links), keep=marker),
        "comments": [comment_payload(thread, comment_body(thread, markers, links)) for thread in posted],
    }
