"""Writes findings on the pull request: one review with what is new, and changes to what stands there already."""

from __future__ import annotations

from collections.abc import Callable

from bot.anchoring import Anchoring
from bot.client import GitHubClient
from bot.errors import GitHubRefused
from bot.findings import ScanResult
from bot.identity import AppIdentity
from bot.links import Links
from bot.markers import Markers, MarkerState
from bot.reviews import ExistingComment, ReviewPlan, own_comments, plan_review, without_comments
from workers.logs import get_logger

log = get_logger(__name__)


class Poster:
    """Posts on one pull request. `check_head` is called before each kind of write, and raises when it is too late."""

    def __init__(
        self,
        github: GitHubClient,
        number: int,
        *,
        me: AppIdentity,
        markers: Markers,
        links: Links,
        check_head: Callable[[], None],
    ) -> None:
        self._github = github
        self._number = number
        self._me = me
        self._markers = markers
        self._links = links
        self._check_head = check_head

    def post(self, result: ScanResult, anchoring: Anchoring) -> dict[str, int]:
        """Says what is new and repeats nothing; gives the comment that tells each finding, by the finding's key."""
        comments = self._own_comments()
        plan = plan_review(
            result,
            anchoring,
            comments=comments,
            review_bodies=self._own_review_bodies(),
            markers=self._markers,
            links=self._links,
        )
        if plan.review is not None:
            self._check_head()
            self._create_review(result, anchoring, plan)
        if plan.updates or plan.duplicates:
            self._check_head()
            self._update(plan)
        return self._told_by(self._own_comments() if plan.review else comments)

    def _create_review(self, result: ScanResult, anchoring: Anchoring, plan: ReviewPlan) -> None:
        """One line that GitHub does not take must not cost the review: then its summary tells everything."""
        try:
            self._github.create_review(self._number, plan.review or {})
        except GitHubRefused as error:
            if not error.unprocessable:
                raise
            log.warning("review_refused", reason=error.reason, comments=len(plan.posted))
            self._check_head()
            findings = [finding for thread in plan.posted for finding in thread.findings]
            whole = without_comments(result, [*findings, *anchoring.elsewhere], self._markers, self._links)
            self._github.create_review(self._number, whole)

    def _update(self, plan: ReviewPlan) -> None:
        for update in plan.updates:
            self._github.update_review_comment(update.id, update.body)
        for comment_id in plan.duplicates:
            self._github.delete_review_comment(comment_id)

    def _own_comments(self) -> list[ExistingComment]:
        return own_comments(self._github.list_review_comments(self._number), self._me)

    def _own_review_bodies(self) -> list[str]:
        return [review.body for review in self._github.list_reviews(self._number) if review.author == self._me.login]

    def _told_by(self, comments: list[ExistingComment]) -> dict[str, int]:
        marked = ((comment.id, self._markers.read(comment.body)) for comment in comments)
        return {
            key: comment_id
            for comment_id, marker in marked
            if marker is not None and marker.state is MarkerState.OPEN
            for key in marker.keys
        }
