"""Writes findings on the pull request: one review with what is new, and changes to what stands there already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bot.anchoring import Anchoring, Thread
from bot.client import GitHubClient
from bot.diff import Diff, MalformedDiff
from bot.errors import GitHubRefused
from bot.findings import Finding, ScanResult
from bot.graphql import Thread as ThreadState
from bot.identity import AppIdentity
from bot.links import Links
from bot.markers import Markers, MarkerState
from bot.renames import NO_RENAMES, Renames
from bot.resources import ReviewComment
from bot.reviews import ExistingComment, ReviewPlan, own_comments, plan_review, with_fewer_comments
from workers.logs import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Posted:
    """Which comment tells each finding, by the finding's key; `refused` is why GitHub took no review, if it did not."""

    told_by: Mapping[str, int]
    refused: str = ""


class Poster:
    """Posts on one pull request. `check_head` is called before each kind of write, and raises when it is too late.

    `may_resolve` tells whether the installation granted what resolving threads needs.
    """

    def __init__(
        self,
        github: GitHubClient,
        number: int,
        *,
        me: AppIdentity,
        markers: Markers,
        links: Links,
        check_head: Callable[[], None],
        may_resolve: Callable[[], bool],
    ) -> None:
        self._github = github
        self._number = number
        self._me = me
        self._markers = markers
        self._links = links
        self._check_head = check_head
        self._may_resolve = may_resolve
        self._threads: dict[int, ThreadState] = {}
        """By their first comments."""
        self._gone: set[int] = set()
        """Comments that were deleted while we looked."""

    def post(self, result: ScanResult, anchoring: Anchoring, renames: Renames = NO_RENAMES) -> Posted:
        """Says what is new and repeats nothing.

        Where GitHub takes no comment, such as in a conversation that is locked, the check has to tell everything: that
        is no reason to have no verdict.
        """
        comments = self._own_comments()
        plan = plan_review(
            result,
            anchoring,
            comments=comments,
            review_bodies=self._own_review_bodies(),
            markers=self._markers,
            links=self._links,
            renames=renames,
        )
        refused = ""
        if plan.review is not None:
            self._check_head()
            refused = self._create_review(result, anchoring, plan)
        if plan.updates or plan.duplicates or plan.reopen:
            self._check_head()
            self._update(plan)
        return Posted(
            self._told_by(own_comments(self._list_comments(), self._me) if plan.review else comments), refused
        )

    def _create_review(self, result: ScanResult, anchoring: Anchoring, plan: ReviewPlan) -> str:
        """Why there is no review, '' where there is one.

        One line that GitHub does not take must not cost the review.

        Where it refuses, the head is looked at again, and what GitHub's own diff has (by now) is said at its lines;
        where it refuses that too, the summary tells everything.
        """
        refusal = self._try_review(plan.review or {})
        if refusal is not None and refusal.unprocessable:
            self._check_head()
            taken = self._on_githubs_diff(plan.posted)
            if taken:
                refusal = self._try_review(self._with_fewer(result, anchoring, plan, taken))
        if refusal is not None and refusal.unprocessable:
            self._check_head()
            refusal = self._try_review(self._with_fewer(result, anchoring, plan, ()))
        return refusal.reason if refusal is not None else ""

    def _try_review(self, payload: Mapping[str, object]) -> GitHubRefused | None:
        try:
            self._github.create_review(self._number, payload)
        except GitHubRefused as error:
            log.warning("review_refused", reason=str(error))
            return error
        return None

    def _on_githubs_diff(self, threads: Iterable[Thread]) -> list[Thread]:
        try:
            diff = Diff({file.path: file for file in self._github.list_pull_files(self._number)})
        except MalformedDiff as error:
            log.warning("diff_not_understood", reason=str(error))
            return []
        return [thread for thread in threads if diff.hunk_of(thread.path, thread.start, thread.end)]

    def _with_fewer(
        self, result: ScanResult, anchoring: Anchoring, plan: ReviewPlan, threads: Sequence[Thread]
    ) -> dict[str, object]:
        chosen = {id(thread) for thread in threads}
        left: list[Finding] = [f for thread in plan.posted if id(thread) not in chosen for f in thread.findings]
        return with_fewer_comments(result, threads, [*left, *anchoring.elsewhere], self._markers, self._links)

    def _update(self, plan: ReviewPlan) -> None:
        """Threads first: a comment that says what became of its finding is not looked at again.

        People delete comments while we look: each change is one of its own, and none of them costs the verdict.
        """
        for comment_id in plan.resolve:
            self._set_resolved(comment_id, resolved=True)
        for comment_id in plan.reopen:
            self._set_resolved(comment_id, resolved=False)
        for update in plan.updates:
            self._change(update.id, partial(self._github.update_review_comment, update.id, update.body))
        for comment_id in plan.duplicates:
            self._change(comment_id, partial(self._github.delete_review_comment, comment_id))

    def _change(self, comment_id: int, change: Callable[[], None]) -> None:
        try:
            change()
        except GitHubRefused as error:
            log.warning("comment_not_changed", comment=comment_id, reason=str(error))
            if error.gone:
                self._gone.add(comment_id)

    def _set_resolved(self, comment_id: int, *, resolved: bool) -> None:
        """A courtesy: the comment itself tells that the finding is gone."""
        thread = self._threads.get(comment_id)
        if thread is None or not (thread.can_resolve if resolved else thread.can_unresolve):
            return
        try:
            self._github.set_resolved(thread.id, resolved=resolved)
        except GitHubRefused as error:
            log.warning("thread_not_changed", comment=comment_id, resolved=resolved, reason=error.reason)

    def _own_comments(self) -> list[ExistingComment]:
        comments = self._list_comments()
        if any(comment.author == self._me.login for comment in comments):
            self._threads = self._list_threads()
        return own_comments(comments, self._me, self._threads.values())

    def _list_comments(self) -> list[ReviewComment]:
        return self._github.list_review_comments(self._number)

    def _list_threads(self) -> dict[int, ThreadState]:
        try:
            threads = self._github.list_threads(self._number, write=self._may_resolve())
        except GitHubRefused as error:
            log.warning("threads_not_listed", reason=error.reason)
            return {}
        return {thread.comment_id: thread for thread in threads if thread.comment_id is not None}

    def _own_review_bodies(self) -> list[str]:
        return [review.body for review in self._github.list_reviews(self._number) if review.author == self._me.login]

    def _told_by(self, comments: list[ExistingComment]) -> dict[str, int]:
        marked = ((comment.id, self._markers.read(comment.body)) for comment in comments)
        return {
            key: comment_id
            for comment_id, marker in marked
            if marker is not None and marker.state is MarkerState.OPEN and comment_id not in self._gone
            for key in marker.keys
        }
