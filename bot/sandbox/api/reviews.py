"""Reviews and the comments on lines of a diff."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Blueprint, Response
from pydantic import Field

from bot.sandbox.api.http import (
    ApiError,
    Body,
    Markdown,
    current,
    invalid,
    listed,
    needs,
    not_found,
    pull_or_404,
    read_body,
    repository_or_404,
    sandbox,
)
from bot.sandbox.conversation import (
    Remark,
    add_remark,
    add_review,
    delete_remark,
    edit_remark,
    reply,
    submit_review,
)
from bot.sandbox.model import Pull, Review, ReviewComment
from bot.sandbox.placement import Anchor, MisplacedError, is_part_of
from bot.sandbox.shapes.comments import review_comment_json, review_json

blueprint = Blueprint("reviews", __name__)
Side = Literal["LEFT", "RIGHT"]
_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


class ReviewRemark(Body):
    path: str
    body: Annotated[str, Markdown]
    line: int | None = None
    side: Side = "RIGHT"
    start_line: int | None = None
    start_side: Side | None = None


class NewReview(Body):
    commit_id: str | None = None
    body: Annotated[str, Markdown] = ""
    event: Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"] | None = None
    comments: list[ReviewRemark] = Field(default_factory=list)


@blueprint.post("/repos/<owner>/<repo>/pulls/<int:number>/reviews")
@needs("pull_requests=write")
def create_review(owner: str, repo: str, number: int) -> dict[str, Any]:
    pull, body = pull_or_404(owner, repo, number), read_body(NewReview, "PullRequestReview")
    commit_id = pull.head_sha if body.commit_id is None else body.commit_id
    if not is_part_of(pull, commit_id):
        raise _unprocessable("The commitOID is not part of the pull request")
    _check_verdict(pull, body)
    try:
        review = add_review(
            sandbox(),
            pull,
            current().user,
            verdict="PENDING" if body.event is None else _STATES[body.event],
            body=body.body,
            commit_id=commit_id,
            remarks=[Remark(_anchor(remark), _said(remark.body)) for remark in body.comments],
        )
    except MisplacedError as error:
        raise _unprocessable(_sentence([problem.sentence for problem in error.problems])) from None
    return review_json(sandbox(), review)


def _check_verdict(pull: Pull, body: NewReview) -> None:
    if body.event in ("COMMENT", "REQUEST_CHANGES") and not body.body.strip() and not body.comments:
        raise _unprocessable("Review body can't be blank")
    if body.event in ("APPROVE", "REQUEST_CHANGES") and pull.user is current().user:
        raise _unprocessable(f"Can not {body.event.lower().replace('_', ' ')} on your own pull request")
    mine = [each for each in sandbox().reviews_of(pull) if each.user is current().user]
    if any(review.state == "PENDING" for review in mine):
        raise _unprocessable("User can only have one pending review per pull request")


def _anchor(remark: ReviewRemark) -> Anchor:
    return Anchor(remark.path, remark.line, remark.side, remark.start_line, remark.start_side)


def _said(text: str) -> str:
    if not text.strip():
        raise _unprocessable("Pull request review comment body can't be blank")
    return text


def _unprocessable(sentence: str) -> ApiError:
    return ApiError(422, "Unprocessable Entity", [sentence])


def _sentence(parts: list[str]) -> str:
    if len(parts) < 3:
        return " and ".join(parts)
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"


@blueprint.get("/repos/<owner>/<repo>/pulls/<int:number>/reviews")
@needs("pull_requests=read")
def list_reviews(owner: str, repo: str, number: int) -> Any:
    pull = pull_or_404(owner, repo, number)
    found = [each for each in sandbox().reviews_of(pull) if _is_visible(each)]
    return listed(found, lambda review: review_json(sandbox(), review))


@blueprint.get("/repos/<owner>/<repo>/pulls/<int:number>/reviews/<int:review_id>")
@needs("pull_requests=read")
def get_review(owner: str, repo: str, number: int, review_id: int) -> dict[str, Any]:
    return review_json(sandbox(), _review(owner, repo, number, review_id))


class EditedReview(Body):
    body: Annotated[str, Markdown]


@blueprint.put("/repos/<owner>/<repo>/pulls/<int:number>/reviews/<int:review_id>")
@needs("pull_requests=write")
def update_review(owner: str, repo: str, number: int, review_id: int) -> dict[str, Any]:
    review = _review(owner, repo, number, review_id)
    if review.user is not current().user:
        raise ApiError(403, "Resource not accessible by integration")
    review.body = read_body(EditedReview, "PullRequestReview").body
    return review_json(sandbox(), review)


class Submission(Body):
    body: Annotated[str, Markdown] = ""
    event: Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"]


@blueprint.post("/repos/<owner>/<repo>/pulls/<int:number>/reviews/<int:review_id>/events")
@needs("pull_requests=write")
def submit(owner: str, repo: str, number: int, review_id: int) -> dict[str, Any]:
    review, body = _review(owner, repo, number, review_id), read_body(Submission, "PullRequestReview")
    if review.state != "PENDING":
        raise _unprocessable("Could not submit review that was already submitted")
    review.body = body.body or review.body
    submit_review(sandbox(), review, _STATES[body.event])
    return review_json(sandbox(), review)


class Dismissal(Body):
    message: str
    event: Literal["DISMISS"] = "DISMISS"


@blueprint.put("/repos/<owner>/<repo>/pulls/<int:number>/reviews/<int:review_id>/dismissals")
@needs("pull_requests=write")
def dismiss(owner: str, repo: str, number: int, review_id: int) -> dict[str, Any]:
    review = _review(owner, repo, number, review_id)
    read_body(Dismissal)
    if review.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise ApiError(422, "Can not dismiss a commented pull request review")
    review.state = "DISMISSED"
    return review_json(sandbox(), review)


@blueprint.get("/repos/<owner>/<repo>/pulls/<int:number>/reviews/<int:review_id>/comments")
@needs("pull_requests=read")
def list_comments_of_review(owner: str, repo: str, number: int, review_id: int) -> Any:
    review = _review(owner, repo, number, review_id)
    found = [each for each in sandbox().review_comments_of(review.pull) if each.review is review]
    return listed(found, lambda comment: review_comment_json(sandbox(), comment))


# Comments on lines


class NewRemark(Body):
    body: Annotated[str, Markdown]
    commit_id: str | None = None
    path: str | None = None
    line: int | None = None
    side: Side = "RIGHT"
    start_line: int | None = None
    start_side: Side | None = None
    in_reply_to: int | None = None
    subject_type: Literal["line", "file"] = "line"


@blueprint.post("/repos/<owner>/<repo>/pulls/<int:number>/comments")
@needs("pull_requests=write")
def create_remark(owner: str, repo: str, number: int) -> Any:
    pull, body = pull_or_404(owner, repo, number), read_body(NewRemark, "PullRequestReviewComment")
    if body.in_reply_to is not None:
        return _reply(_comment_of(pull, body.in_reply_to), body.body)
    if body.commit_id is None or body.path is None:
        missing = "commit_id" if body.commit_id is None else "path"
        raise ApiError(422, f'Invalid request.\n\n"{missing}" wasn\'t supplied.')
    if not is_part_of(pull, body.commit_id):
        raise invalid("PullRequestReviewComment", "commit_id", "commit_id is not part of the pull request")
    anchor = Anchor(body.path, body.line, body.side, body.start_line, body.start_side, body.subject_type)
    try:
        comment = add_remark(sandbox(), pull, current().user, Remark(anchor, _text(body.body)), body.commit_id)
    except MisplacedError as error:
        raise _misplaced(error) from None
    return _created(comment)


def _misplaced(error: MisplacedError) -> ApiError:
    errors = []
    for problem in error.problems:
        field = f"pull_request_review_thread.{problem.field}"
        shape = {"resource": "PullRequestReviewComment", "field": field}
        if problem.field == "diff_hunk":
            errors.append({**shape, "code": "missing_field"})
        else:
            errors.append({**shape, "code": "custom", "message": f"{field} {problem.text}"})
    return ApiError(422, "Validation Failed", errors)


@blueprint.get("/repos/<owner>/<repo>/pulls/<int:number>/comments")
@needs("pull_requests=read")
def list_remarks(owner: str, repo: str, number: int) -> Any:
    pull = pull_or_404(owner, repo, number)
    found = [each for each in sandbox().review_comments_of(pull) if _is_visible(each.review)]
    return listed(found, lambda comment: review_comment_json(sandbox(), comment))


@blueprint.get("/repos/<owner>/<repo>/pulls/comments/<int:comment_id>")
@needs("pull_requests=read")
def get_remark(owner: str, repo: str, comment_id: int) -> dict[str, Any]:
    return review_comment_json(sandbox(), remark_or_404(owner, repo, comment_id))


class EditedRemark(Body):
    body: Annotated[str, Markdown]


@blueprint.patch("/repos/<owner>/<repo>/pulls/comments/<int:comment_id>")
@needs("pull_requests=write")
def update_remark(owner: str, repo: str, comment_id: int) -> dict[str, Any]:
    comment = remark_or_404(owner, repo, comment_id)
    if comment.user is not current().user:
        raise ApiError(403, "Resource not accessible by integration")
    edit_remark(sandbox(), comment, current().user, _text(read_body(EditedRemark, "PullRequestReviewComment").body))
    return review_comment_json(sandbox(), comment)


@blueprint.delete("/repos/<owner>/<repo>/pulls/comments/<int:comment_id>")
@needs("pull_requests=write")
def remove_remark(owner: str, repo: str, comment_id: int) -> Response:
    delete_remark(sandbox(), remark_or_404(owner, repo, comment_id), current().user)
    return Response(status=204)


@blueprint.post("/repos/<owner>/<repo>/pulls/<int:number>/comments/<int:comment_id>/replies")
@needs("pull_requests=write")
def create_reply(owner: str, repo: str, number: int, comment_id: int) -> Any:
    comment = _comment_of(pull_or_404(owner, repo, number), comment_id)
    return _reply(comment, read_body(EditedRemark, "PullRequestReviewComment").body)


def _reply(comment: ReviewComment, body: str) -> Any:
    if comment.in_reply_to is not None:
        raise ApiError(422, "Replies to replies are not supported")
    return _created(reply(sandbox(), comment, current().user, _text(body)))


def _created(comment: ReviewComment) -> Any:
    shape = review_comment_json(sandbox(), comment)
    return shape, 201, {"Location": shape["url"]}


def _text(body: str) -> str:
    if not body.strip():
        raise invalid("PullRequestReviewComment", "body", "body can't be blank")
    return body


def remark_or_404(owner: str, repo: str, comment_id: int) -> ReviewComment:
    repository = repository_or_404(owner, repo)
    comment = sandbox().review_comments.get(comment_id)
    if comment is None or comment.thread.pull.repository is not repository:
        raise not_found()
    return comment


def _comment_of(pull: Pull, comment_id: int) -> ReviewComment:
    comment = sandbox().review_comments.get(comment_id)
    if comment is None or comment.thread.pull is not pull:
        raise not_found()
    return comment


def _review(owner: str, repo: str, number: int, review_id: int) -> Review:
    pull = pull_or_404(owner, repo, number)
    review = sandbox().reviews.get(review_id)
    if review is None or review.pull is not pull or not _is_visible(review):
        raise not_found()
    return review


def _is_visible(review: Review) -> bool:
    return review.state != "PENDING" or review.user is current().user
