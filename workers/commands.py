"""Carries out what people write in comments: who may, the reaction first, the answer after."""

from __future__ import annotations

import hashlib

from bot import markdown, messages
from bot.client import GitHubClient
from bot.commands import USAGE, Command, CommandName, Misunderstood, allowed
from bot.intents import CommentKind, RunCommand
from bot.markdown import code_span
from bot.markers import Marker, Markers, MarkerState
from rules.cli import pages
from rules.rule import all_rules
from workers.admission import request_scan
from workers.scans import Comment, Request
from workers.services import Services

SEEN, REFUSED, PUZZLED = "eyes", "-1", "confused"


def run(services: Services, intent: RunCommand, delivery_id: int) -> str:
    """Does what one command says, so that doing it twice changes nothing; the answer is for the delivery's row."""
    github = services.github.repository(intent.installation_id, intent.repository)
    command = intent.command
    if isinstance(command, Misunderstood):
        _reply(services, github, intent, messages.misunderstood(command), PUZZLED)
        return f"not understood: {command.problem}"
    permission = github.permission_of(intent.author)
    if not allowed(command.name, permission, is_pull_author=intent.is_pull_author):
        _reply(services, github, intent, messages.not_allowed(command.name, permission), REFUSED)
        return f"`{command.name}` refused: {intent.author} has {permission.value} permission"
    github.add_reaction(intent.comment_kind, intent.comment_id, SEEN)
    if command.name is CommandName.RESCAN:
        return _rescan(services, github, intent, delivery_id)
    _reply(services, github, intent, _answer(command))
    return f"`{command.name}` answered"


def _rescan(services: Services, github: GitHubClient, intent: RunCommand, delivery_id: int) -> str:
    pull = github.get_pull(intent.number)
    request = Request(
        repository=github.repository,
        installation_id=intent.installation_id,
        number=intent.number,
        head_sha=pull.head_sha,
        asked_by=f"/greenlatch rescan by {intent.author}",
        delivery_id=delivery_id,
        force=True,
        comment=Comment(intent.comment_kind, intent.comment_id),
    )
    return request_scan(services, request)


def _answer(command: Command) -> str:
    match command.name:
        case CommandName.HELP:
            return messages.help_text()
        case CommandName.EXPLAIN:
            rule = all_rules().get(command.target)
            return pages.markdown(rule.page()) if rule else f"There is no rule {code_span(command.target)}."
        case _:
            return f"This version of Greenlatch has no {code_span(USAGE[command.name])} yet."


def _reply(services: Services, github: GitHubClient, intent: RunCommand, text: str, reaction: str = "") -> None:
    """One answer for each comment and command, whatever happens in between."""
    if reaction:
        github.add_reaction(intent.comment_kind, intent.comment_id, reaction)
    markers = Markers(
        services.settings.secret_bytes, intent.repository.id, intent.number, former=services.settings.former_secrets
    )
    marker = Marker(MarkerState.REPLY, (_key(intent),))
    if not any(markers.read(body) == marker for body in _own_bodies(services, github, intent)):
        body = markdown.cut(text, keep=markers.write(marker))
        if intent.comment_kind is CommentKind.ISSUE:
            github.create_issue_comment(intent.number, body)
        else:
            github.reply_to_review_comment(intent.number, intent.comment_id, body)


def _key(intent: RunCommand) -> str:
    digest = hashlib.sha256(repr(intent.command).encode()).hexdigest()[:8]
    return f"{intent.comment_id}.{digest}"


def _own_bodies(services: Services, github: GitHubClient, intent: RunCommand) -> list[str]:
    login = services.settings.identity.login
    if intent.comment_kind is CommentKind.ISSUE:
        return [comment.body for comment in github.list_issue_comments(intent.number) if comment.author == login]
    return [comment.body for comment in github.list_review_comments(intent.number) if comment.author == login]
