"""Reviews, the comments on lines and in the conversation, and reactions to them."""

from __future__ import annotations

from bot.sandbox.model import IssueComment, Reaction, Review, ReviewComment, Thread
from bot.sandbox.placement import current_place
from bot.sandbox.shapes.apps import embedded_app_json
from bot.sandbox.shapes.basics import Json, association, moment, node_id, pull_html_url, user_json
from bot.sandbox.shapes.pulls import reactions_json
from bot.sandbox.shapes.repositories import repository_api
from bot.sandbox.state import SandboxState


def review_json(state: SandboxState, review: Review) -> Json:
    html = f"{pull_html_url(state, review.pull)}#pullrequestreview-{review.id}"
    pull = f"{repository_api(state, review.pull.repository)}/pulls/{review.pull.number}"
    shape: Json = {
        "id": review.id,
        "node_id": node_id("PullRequestReview", review.id),
        "user": user_json(state, review.user),
        "body": review.body,
        "state": review.state,
        "html_url": html,
        "pull_request_url": pull,
        "author_association": association(review.pull.repository, review.user),
        "_links": {"html": {"href": html}, "pull_request": {"href": pull}},
        "commit_id": review.commit_id,
    }
    if review.submitted_at:
        shape["submitted_at"] = moment(review.submitted_at)
    return shape


def review_comment_json(state: SandboxState, comment: ReviewComment) -> Json:
    """Outdated comments have no `line` and no `position`, as at GitHub."""
    thread = comment.thread
    pull = thread.pull
    api = f"{repository_api(state, pull.repository)}/pulls/comments/{comment.id}"
    html = f"{pull_html_url(state, pull)}#discussion_r{comment.id}"
    pull_api = f"{repository_api(state, pull.repository)}/pulls/{pull.number}"
    shape: Json = {
        "url": api,
        "pull_request_review_id": comment.review.id,
        "id": comment.id,
        "node_id": node_id("PullRequestReviewComment", comment.id),
        "diff_hunk": thread.diff_hunk,
        "path": thread.path,
        "original_commit_id": thread.commit_id,
        "user": user_json(state, comment.user),
        "body": comment.body,
        "created_at": moment(comment.created_at),
        "updated_at": moment(comment.updated_at),
        "html_url": html,
        "pull_request_url": pull_api,
        "author_association": association(pull.repository, comment.user),
        "_links": {"self": {"href": api}, "html": {"href": html}, "pull_request": {"href": pull_api}},
        "reactions": _rollup(f"{api}/reactions", comment.reactions),
        "subject_type": thread.subject_type,
        **_place(thread),
    }
    if comment.in_reply_to is not None:
        shape["in_reply_to_id"] = comment.in_reply_to
    return shape


def _place(thread: Thread) -> Json:
    now = current_place(thread)
    return {
        "commit_id": thread.pull.head_sha if now else thread.commit_id,
        "position": now.position if now else None,
        "original_position": thread.position,
        "side": thread.side,
        "line": now.line if now else None,
        "original_line": thread.line,
        "start_side": thread.start_side,
        "start_line": now.start_line if now else None,
        "original_start_line": thread.start_line,
    }


def issue_comment_json(state: SandboxState, comment: IssueComment) -> Json:
    repository = comment.pull.repository
    api = f"{repository_api(state, repository)}/issues/comments/{comment.id}"
    return {
        "url": api,
        "html_url": f"{pull_html_url(state, comment.pull)}#issuecomment-{comment.id}",
        "issue_url": f"{repository_api(state, repository)}/issues/{comment.pull.number}",
        "id": comment.id,
        "node_id": node_id("IssueComment", comment.id),
        "user": user_json(state, comment.user),
        "created_at": moment(comment.created_at),
        "updated_at": moment(comment.updated_at),
        "author_association": association(repository, comment.user),
        "body": comment.body,
        "reactions": _rollup(f"{api}/reactions", comment.reactions),
        "performed_via_github_app": embedded_app_json(state, comment.app) if comment.app else None,
    }


def reaction_json(state: SandboxState, reaction: Reaction) -> Json:
    return {
        "id": reaction.id,
        "node_id": node_id("Reaction", reaction.id),
        "user": user_json(state, reaction.user),
        "content": reaction.content,
        "created_at": moment(reaction.created_at),
    }


def thread_json(state: SandboxState, thread: Thread) -> Json:
    comments = [review_comment_json(state, comment) for comment in state.comments_in(thread)]
    return {"node_id": node_id("PullRequestReviewThread", thread.id), "comments": comments}


def _rollup(url: str, reactions: list[Reaction]) -> Json:
    return reactions_json(url, [reaction.content for reaction in reactions])
