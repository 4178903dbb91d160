"""Comments in the conversation of a pull request, and reactions to comments of both kinds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Blueprint, Response

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
from bot.sandbox.api.reviews import remark_or_404
from bot.sandbox.conversation import add_comment, delete_comment, edit_comment, react
from bot.sandbox.model import IssueComment, ReviewComment
from bot.sandbox.shapes.comments import issue_comment_json, reaction_json
from bot.sandbox.shapes.pulls import issue_json

blueprint = Blueprint("comments", __name__)
_READ = ("issues=read", "pull_requests=read")
_WRITE = ("issues=write", "pull_requests=write")


@blueprint.get("/repos/<owner>/<repo>/issues/<int:number>")
@needs(*_READ)
def get_issue(owner: str, repo: str, number: int) -> dict[str, Any]:
    """A pull request in its other form: the sandbox has no further issues."""
    return issue_json(sandbox(), pull_or_404(owner, repo, number))


class CommentText(Body):
    body: Annotated[str, Markdown]


@blueprint.post("/repos/<owner>/<repo>/issues/<int:number>/comments")
@needs(*_WRITE)
def create_comment(owner: str, repo: str, number: int) -> Any:
    pull = pull_or_404(owner, repo, number)
    comment = add_comment(sandbox(), pull, current().user, _read_text(), current().app)
    shape = issue_comment_json(sandbox(), comment)
    return shape, 201, {"Location": shape["url"]}


@blueprint.get("/repos/<owner>/<repo>/issues/<int:number>/comments")
@needs(*_READ)
def list_comments(owner: str, repo: str, number: int) -> Any:
    pull = pull_or_404(owner, repo, number)
    return listed(sandbox().issue_comments_of(pull), lambda comment: issue_comment_json(sandbox(), comment))


@blueprint.get("/repos/<owner>/<repo>/issues/comments/<int:comment_id>")
@needs(*_READ)
def get_comment(owner: str, repo: str, comment_id: int) -> dict[str, Any]:
    return issue_comment_json(sandbox(), _comment(owner, repo, comment_id))


@blueprint.patch("/repos/<owner>/<repo>/issues/comments/<int:comment_id>")
@needs(*_WRITE)
def update_comment(owner: str, repo: str, comment_id: int) -> dict[str, Any]:
    comment = _comment(owner, repo, comment_id)
    if comment.user is not current().user:
        raise ApiError(403, "Resource not accessible by integration")
    edit_comment(sandbox(), comment, current().user, _read_text())
    return issue_comment_json(sandbox(), comment)


@blueprint.delete("/repos/<owner>/<repo>/issues/comments/<int:comment_id>")
@needs(*_WRITE)
def remove_comment(owner: str, repo: str, comment_id: int) -> Response:
    delete_comment(sandbox(), _comment(owner, repo, comment_id), current().user)
    return Response(status=204)


class NewReaction(Body):
    content: Literal["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"]


@blueprint.post("/repos/<owner>/<repo>/issues/comments/<int:comment_id>/reactions")
@needs("issues=write")
def react_to_comment(owner: str, repo: str, comment_id: int) -> Any:
    return _react(_comment(owner, repo, comment_id))


@blueprint.get("/repos/<owner>/<repo>/issues/comments/<int:comment_id>/reactions")
@needs("issues=read")
def list_comment_reactions(owner: str, repo: str, comment_id: int) -> Any:
    return listed(_comment(owner, repo, comment_id).reactions, lambda each: reaction_json(sandbox(), each))


@blueprint.delete("/repos/<owner>/<repo>/issues/comments/<int:comment_id>/reactions/<int:reaction_id>")
@needs("issues=write")
def remove_comment_reaction(owner: str, repo: str, comment_id: int, reaction_id: int) -> Response:
    return _unreact(_comment(owner, repo, comment_id), reaction_id)


@blueprint.post("/repos/<owner>/<repo>/pulls/comments/<int:comment_id>/reactions")
@needs("pull_requests=write")
def react_to_remark(owner: str, repo: str, comment_id: int) -> Any:
    return _react(remark_or_404(owner, repo, comment_id))


@blueprint.get("/repos/<owner>/<repo>/pulls/comments/<int:comment_id>/reactions")
@needs("pull_requests=read")
def list_remark_reactions(owner: str, repo: str, comment_id: int) -> Any:
    return listed(remark_or_404(owner, repo, comment_id).reactions, lambda each: reaction_json(sandbox(), each))


@blueprint.delete("/repos/<owner>/<repo>/pulls/comments/<int:comment_id>/reactions/<int:reaction_id>")
@needs("pull_requests=write")
def remove_remark_reaction(owner: str, repo: str, comment_id: int, reaction_id: int) -> Response:
    return _unreact(remark_or_404(owner, repo, comment_id), reaction_id)


def _react(comment: IssueComment | ReviewComment) -> Any:
    content = read_body(NewReaction).content
    reaction, new = react(sandbox(), comment, current().user, content)
    return reaction_json(sandbox(), reaction), 201 if new else 200


def _unreact(comment: IssueComment | ReviewComment, reaction_id: int) -> Response:
    found = next((each for each in comment.reactions if each.id == reaction_id), None)
    if found is None or found.user is not current().user:
        raise not_found()
    comment.reactions.remove(found)
    return Response(status=204)


def _read_text() -> str:
    text = read_body(CommentText, "IssueComment").body
    if not text.strip():
        raise invalid("IssueComment", "body", "body can't be blank")
    return text


def _comment(owner: str, repo: str, comment_id: int) -> IssueComment:
    repository = repository_or_404(owner, repo)
    comment = sandbox().issue_comments.get(comment_id)
    if comment is None or comment.pull.repository is not repository:
        raise not_found()
    return comment
