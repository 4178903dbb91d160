"""Answers to what people write and press: one for each question, whatever happens in between."""

from __future__ import annotations

from bot import markdown
from bot.client import GitHubClient
from bot.identity import Repository
from bot.intents import CommentKind
from bot.markers import Marker, Markers, MarkerState
from workers.scans import Comment
from workers.services import Services


def reply(
    services: Services,
    github: GitHubClient,
    *,
    repository: Repository,
    number: int,
    comment: Comment | None,
    key: str,
    text: str,
) -> None:
    """Answers where the comment stands: in the conversation, or in its thread. `key` tells one answer from others.

    GitHub takes an answer to the first comment of a thread only.
    """
    marker = Marker(MarkerState.REPLY, (key,))
    markers = Markers(services.settings.secret_bytes, repository.id, number, former=services.settings.former_secrets)
    body, me = markdown.cut(text, keep=markers.write(marker)), services.settings.identity.login
    if comment is None or comment.kind is CommentKind.ISSUE:
        said = github.list_issue_comments(number)
        if not any(one.author == me and markers.read(one.body) == marker for one in said):
            github.create_issue_comment(number, body)
        return
    remarks = github.list_review_comments(number)
    if not any(one.author == me and markers.read(one.body) == marker for one in remarks):
        roots = {one.id: one.in_reply_to_id or one.id for one in remarks}
        github.reply_to_review_comment(number, roots.get(comment.id, comment.id), body)
