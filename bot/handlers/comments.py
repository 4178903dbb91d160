"""Comments on pull requests: only what a person newly wrote can hold commands."""

from __future__ import annotations

from collections.abc import Iterator

from bot.commands import parse_commands
from bot.events import CommentEvent, IssueCommentEvent, ReviewCommentEvent
from bot.intents import CommentKind, Ignore, Intent, RunCommand
from bot.router import router
from bot.shapes import GHOST


@router.on(IssueCommentEvent, "created")
def read_comment(event: IssueCommentEvent) -> Iterator[Intent]:
    if event.pull_url is None:
        yield Ignore("a comment on an issue")
    else:
        yield from _commands(event, event.number, CommentKind.ISSUE)


@router.on(ReviewCommentEvent, "created")
def read_review_comment(event: ReviewCommentEvent) -> Iterator[Intent]:
    yield from _commands(event, event.number, CommentKind.REVIEW)


def _commands(event: CommentEvent, number: int, kind: CommentKind) -> Iterator[Intent]:
    commands = parse_commands(event.body)
    if not commands:
        yield Ignore("a comment without commands")
    for command in commands:
        yield RunCommand(
            repository=event.repository.value,
            installation_id=event.installation_id,
            number=number,
            command=command,
            comment_kind=kind,
            comment_id=event.comment_id,
            author=event.author,
            is_pull_author=event.author == event.pull_author != GHOST,
        )
