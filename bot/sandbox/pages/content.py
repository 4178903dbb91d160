"""What the page of a pull request shows, gathered from the state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from bot.sandbox.diff import FileDiff, Hunk, Line
from bot.sandbox.model import CheckRun, IssueComment, Pull, Reaction, Review, ReviewComment, Thread, User
from bot.sandbox.pages.markdown import render
from bot.sandbox.placement import Place, current_place
from bot.sandbox.shapes.pulls import pull_diff
from bot.sandbox.state import SandboxState
from bot.sandbox.suggestions import NotAppliableError, change_of, suggestion_in

_EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "confused": "😕",
    "heart": "❤️",
    "hooray": "🎉",
    "rocket": "🚀",
    "eyes": "👀",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One comment of either kind."""

    anchor: str
    id: int
    user: User
    at: datetime
    html: Markup
    reactions: str
    appliable: bool = False
    """Whether it shows the button that commits its suggestion."""
    refusal: str = ""
    """Why there is no such button under a suggestion."""


@dataclass(frozen=True, slots=True)
class ThreadView:
    thread: Thread
    place: Place | None
    comments: tuple[Said, ...]

    @property
    def where(self) -> str:
        thread, place = self.thread, self.place
        if thread.subject_type == "file":
            return thread.path
        line, start = (place.line, place.start_line) if place else (thread.line, thread.start_line)
        return f"{thread.path}, lines {start} to {line}" if start else f"{thread.path}, line {line}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the conversation: a comment, or a review with its threads."""

    at: datetime
    said: Said | None = None
    review: Review | None = None
    html: Markup = field(default_factory=Markup)
    threads: tuple[ThreadView, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    line: Line
    threads: tuple[ThreadView, ...]


@dataclass(frozen=True, slots=True)
class FileView:
    file: FileDiff
    hunks: tuple[tuple[Hunk, tuple[Row, ...]], ...]
    threads: tuple[ThreadView, ...]
    """Those about the file as a whole."""


@dataclass(frozen=True, slots=True)
class PullView:
    pull: Pull
    html: Markup
    conversation: tuple[Entry, ...]
    files: tuple[FileView, ...]
    checks: tuple[CheckRun, ...]

    @property
    def waiting(self) -> bool:
        return any(run.status != "completed" for run in self.checks)


def view_of(state: SandboxState, pull: Pull) -> PullView:
    threads = [_thread(state, thread) for thread in state.threads_of(pull)]
    comments = [Entry(each.created_at, said=_comment(each)) for each in state.issue_comments_of(pull)]
    reviews = [_review(review, threads, state) for review in state.reviews_of(pull) if review.state != "PENDING"]
    entries = sorted([*comments, *(each for each in reviews if each)], key=lambda entry: entry.at)
    files = tuple(_file(file, threads) for file in pull_diff(pull).files)
    newest: dict[tuple[int, str], CheckRun] = {}
    for run in state.runs_for(pull.repository, pull.head_sha):
        newest.setdefault((run.suite.id, run.name), run)
    return PullView(pull, render(pull.body), tuple(entries), files, tuple(newest.values()))


def _review(review: Review, threads: Sequence[ThreadView], state: SandboxState) -> Entry | None:
    """None for the empty reviews that hold a single comment of a thread somebody else began."""
    begun = tuple(each for each in threads if state.comments_in(each.thread)[0].review is review)
    if not begun and not review.body:
        return None
    return Entry(review.submitted_at or datetime.min, review=review, html=render(review.body), threads=begun)


def _thread(state: SandboxState, thread: Thread) -> ThreadView:
    place = current_place(thread)
    replaced = _replaced(thread, place)
    comments = state.comments_in(thread)
    visible = [comment for comment in comments if comment.review.state != "PENDING"]
    return ThreadView(thread, place, tuple(_remark(comment, replaced) for comment in visible))


def _replaced(thread: Thread, place: Place | None) -> list[str] | None:
    """The lines a suggestion in this thread stands for, as they were when it was written."""
    if thread.subject_type == "file" or thread.line is None:
        return None
    text = thread.pull.repository.git.file(thread.commit_id, thread.path).decode("utf-8", "replace")
    return text.split("\n")[(thread.start_line or thread.line) - 1 : thread.line] if thread.side == "RIGHT" else None


def _remark(comment: ReviewComment, replaced: list[str] | None) -> Said:
    refusal, appliable = "", False
    if suggestion_in(comment.body) is not None:
        try:
            change_of(comment)
            appliable = True
        except NotAppliableError as error:
            refusal = str(error)
    return Said(
        anchor=f"discussion_r{comment.id}",
        id=comment.id,
        user=comment.user,
        at=comment.created_at,
        html=render(comment.body, replaced),
        reactions=_reactions(comment.reactions),
        appliable=appliable,
        refusal=refusal,
    )


def _comment(comment: IssueComment) -> Said:
    return Said(
        anchor=f"issuecomment-{comment.id}",
        id=comment.id,
        user=comment.user,
        at=comment.created_at,
        html=render(comment.body),
        reactions=_reactions(comment.reactions),
    )


def _reactions(reactions: Sequence[Reaction]) -> str:
    return " ".join(_EMOJI[reaction.content] for reaction in reactions)


def _file(file: FileDiff, threads: Sequence[ThreadView]) -> FileView:
    here = [each for each in threads if each.thread.path == file.path and each.place]
    whole = tuple(each for each in here if each.thread.subject_type == "file")
    hunks = tuple((hunk, tuple(_row(line, here) for line in hunk.lines)) for hunk in file.hunks)
    return FileView(file, hunks, whole)


def _row(line: Line, threads: Sequence[ThreadView]) -> Row:
    here = [each for each in threads if each.place and each.place.line and each.place.position == line.position]
    return Row(line, tuple(here))
