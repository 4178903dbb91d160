"""What is said about a pull request: reviews, comments on lines, comments, reactions; each tells its webhook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.sandbox.events import emit
from bot.sandbox.model import App, IssueComment, Pull, Reaction, Review, ReviewComment, Thread, User
from bot.sandbox.placement import Anchor, comparison, place
from bot.sandbox.shapes.basics import Json, node_id
from bot.sandbox.shapes.comments import issue_comment_json, review_comment_json, review_json, thread_json
from bot.sandbox.shapes.pulls import issue_json, simple_pull_json
from bot.sandbox.state import SandboxState


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment that is to be made on a line."""

    anchor: Anchor
    body: str


def add_review(
    state: SandboxState, pull: Pull, user: User, *, verdict: str, body: str, commit_id: str, remarks: Sequence[Remark]
) -> Review:
    """All remarks or none: raises MisplacedError before anything is stored. `verdict` is the state of the review."""
    threads = [_thread(state, pull, remark.anchor, commit_id) for remark in remarks]
    review = _review(state, pull, user, verdict, body, commit_id)
    for remark, thread in zip(remarks, threads, strict=True):
        _store_remark(state, thread, review, user, remark.body)
    if verdict != "PENDING":
        submit_review(state, review, verdict)
    return review


def submit_review(state: SandboxState, review: Review, verdict: str) -> None:
    """Makes a review and its comments public."""
    review.state = verdict
    review.submitted_at = review.submitted_at or state.clock()
    payload = {"review": {**review_json(state, review), "state": verdict.lower()}}
    _tell(state, "pull_request_review", "submitted", review.pull, review.user, payload)
    for comment in state.review_comments_of(review.pull):
        if comment.review is review:
            _tell_remark(state, "created", comment, comment.user)


def add_remark(state: SandboxState, pull: Pull, user: User, remark: Remark, commit_id: str) -> ReviewComment:
    """One comment on a line or file, in a review of its own. Raises MisplacedError."""
    thread = _thread(state, pull, remark.anchor, commit_id)
    review = _review(state, pull, user, "COMMENTED", "", commit_id)
    comment = _store_remark(state, thread, review, user, remark.body)
    _tell_remark(state, "created", comment, user)
    return comment


def reply(state: SandboxState, first: ReviewComment, user: User, body: str) -> ReviewComment:
    thread = first.thread
    review = _review(state, thread.pull, user, "COMMENTED", "", thread.commit_id)
    top = state.comments_in(thread)[0]
    comment = _store_remark(state, thread, review, user, body, in_reply_to=top.id)
    _tell_remark(state, "created", comment, user)
    return comment


def edit_remark(state: SandboxState, comment: ReviewComment, user: User, body: str) -> None:
    old, comment.body, comment.updated_at = comment.body, body, state.clock()
    _tell_remark(state, "edited", comment, user, changes={"body": {"from": old}})


def delete_remark(state: SandboxState, comment: ReviewComment, user: User) -> None:
    _tell_remark(state, "deleted", comment, user)
    del state.review_comments[comment.id]
    if not state.comments_in(comment.thread):
        del state.threads[comment.thread.id]


def resolve_thread(state: SandboxState, thread: Thread, user: User | None, actor: User) -> None:
    """`user` None opens the thread again."""
    thread.resolved_by = user
    action = "unresolved" if user is None else "resolved"
    payload = {"thread": thread_json(state, thread)}
    _tell(state, "pull_request_review_thread", action, thread.pull, actor, payload)


def add_comment(state: SandboxState, pull: Pull, user: User, body: str, app: App | None = None) -> IssueComment:
    now = state.clock()
    comment = IssueComment(state.new_id(), pull, user, body, now, now, app)
    state.issue_comments[comment.id] = comment
    _tell_comment(state, "created", comment, user)
    return comment


def edit_comment(state: SandboxState, comment: IssueComment, user: User, body: str) -> None:
    old, comment.body, comment.updated_at = comment.body, body, state.clock()
    _tell_comment(state, "edited", comment, user, changes={"body": {"from": old}})


def delete_comment(state: SandboxState, comment: IssueComment, user: User) -> None:
    _tell_comment(state, "deleted", comment, user)
    del state.issue_comments[comment.id]


def react(
    state: SandboxState, comment: IssueComment | ReviewComment, user: User, content: str
) -> tuple[Reaction, bool]:
    """The reaction of that user, and whether it is new."""
    for reaction in comment.reactions:
        if reaction.user is user and reaction.content == content:
            return reaction, False
    reaction = Reaction(state.new_id(), user, content, state.clock())
    comment.reactions.append(reaction)
    return reaction, True


def thread_node_id(thread: Thread) -> str:
    return node_id("PullRequestReviewThread", thread.id)


def _thread(state: SandboxState, pull: Pull, anchor: Anchor, commit_id: str) -> Thread:
    merge_base, diff = comparison(pull, commit_id)
    found = place(diff, anchor)
    ranged = found.start_line is not None
    return Thread(
        id=state.new_id(),
        pull=pull,
        path=anchor.path,
        commit_id=commit_id,
        merge_base=merge_base,
        subject_type=anchor.subject_type,
        side=anchor.side,
        line=found.line,
        start_line=found.start_line,
        start_side=(anchor.start_side or anchor.side) if ranged else None,
        position=found.position,
        diff_hunk=found.diff_hunk,
    )


def _review(state: SandboxState, pull: Pull, user: User, verdict: str, body: str, commit_id: str) -> Review:
    submitted_at = None if verdict == "PENDING" else state.clock()
    review = Review(state.new_id(), pull, user, body, verdict, commit_id, submitted_at)
    state.reviews[review.id] = review
    return review


def _store_remark(
    state: SandboxState, thread: Thread, review: Review, user: User, body: str, in_reply_to: int | None = None
) -> ReviewComment:
    now = state.clock()
    state.threads[thread.id] = thread
    comment = ReviewComment(state.new_id(), thread, review, user, body, now, now, in_reply_to)
    state.review_comments[comment.id] = comment
    return comment


def _tell(state: SandboxState, event: str, action: str, pull: Pull, sender: User, payload: Json) -> None:
    full = {"pull_request": simple_pull_json(state, pull), **payload}
    emit(state, event, action, pull.repository, sender, full)


def _tell_remark(state: SandboxState, action: str, comment: ReviewComment, sender: User, **more: object) -> None:
    payload = {"comment": review_comment_json(state, comment), **more}
    _tell(state, "pull_request_review_comment", action, comment.thread.pull, sender, payload)


def _tell_comment(state: SandboxState, action: str, comment: IssueComment, sender: User, **more: object) -> None:
    payload = {"issue": issue_json(state, comment.pull), "comment": issue_comment_json(state, comment), **more}
    emit(state, "issue_comment", action, comment.pull.repository, sender, payload)
