"""Carries out what people write in comments and press: who may, the reaction first, the answer after."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from bot import answers, ignoring, messages
from bot.client import GitHubClient
from bot.commands import NEEDS, Command, CommandName, Misunderstood, Need, allowed
from bot.config import Config, ConfigErrors, texts
from bot.errors import GitHubRefused
from bot.ignoring import Forget, Remember, Told
from bot.intents import ApplyFixes, RunCommand
from bot.resources import PullRequest
from rules.cli import pages
from rules.rule import all_rules
from workers.admission import request_scan
from workers.configuration import Loaded, read_base
from workers.logs import get_logger
from workers.models import ScanKind
from workers.replies import reply
from workers.scans import Comment, Request
from workers.services import Services

log = get_logger(__name__)

SEEN, REFUSED, PUZZLED = "eyes", "-1", "confused"


def run(services: Services, intent: RunCommand, delivery_id: int) -> str:
    """Does what one command says, so that doing it twice changes nothing; the answer is for the delivery's row."""
    asked = _Asked(services, services.github.repository(intent.installation_id, intent.repository), intent, delivery_id)
    if isinstance(intent.command, Misunderstood):
        asked.react(PUZZLED)
        asked.answer(messages.misunderstood(intent.command))
        return f"not understood: {intent.command.problem}"
    name, pull = intent.command.name, asked.github.get_pull(intent.number)
    loaded = _configuration(services, asked.github, intent.installation_id, pull)
    needs = _needs(loaded)
    permission = asked.github.permission_of(intent.author)
    if not allowed(name, permission, is_pull_author=intent.is_pull_author, needs=needs):
        asked.react(REFUSED)
        asked.answer(messages.not_allowed(name, permission, needs))
        return f"`{name}` refused: {intent.author} has {permission.value} permission"
    asked.react(SEEN)
    match name:
        case CommandName.RESCAN:
            return asked.scan(pull)
        case CommandName.FIX:
            return asked.scan(pull, kind=ScanKind.FIX, target=intent.command.target)
        case CommandName.IGNORE:
            return _ignore(asked, intent.command, pull)
        case CommandName.UNIGNORE:
            return _unignore(asked, intent.command, pull)
        case CommandName.HELP:
            asked.answer(messages.help_text(needs))
        case CommandName.EXPLAIN:
            asked.answer(_explain(intent.command.target))
        case CommandName.CONFIG:
            asked.answer(_told(loaded))
    return f"`{name}` answered"


def apply_fixes(services: Services, intent: ApplyFixes, number: int, delivery_id: int) -> str:
    """Does what the button under a check says. GitHub shows it to whoever may write; the configuration may ask more."""
    github = services.github.repository(intent.installation_id, intent.repository)
    pull = github.get_pull(number)
    needs = _needs(_configuration(services, github, intent.installation_id, pull))
    permission = github.permission_of(intent.author)
    if not allowed(CommandName.FIX, permission, is_pull_author=intent.author == pull.author, needs=needs):
        text = f"{messages.not_allowed(CommandName.FIX, permission, needs)}\n\n{answers.asked_by(intent.author)}"
        key = f"button.{delivery_id}"
        reply(services, github, repository=intent.repository, number=number, comment=None, key=key, text=text)
        return f"`fix` refused: {intent.author} has {permission.value} permission"
    request = Request(
        repository=github.repository,
        installation_id=intent.installation_id,
        number=number,
        head_sha=pull.head_sha,
        asked_by=f"button pressed by {intent.author}",
        delivery_id=delivery_id,
        force=True,
        kind=ScanKind.FIX,
        author=intent.author,
    )
    return request_scan(services, request)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A comment with a command, and what can be done about it."""

    services: Services
    github: GitHubClient
    intent: RunCommand
    delivery_id: int

    @property
    def comment(self) -> Comment:
        return Comment(self.intent.comment_kind, self.intent.comment_id)

    def react(self, content: str) -> None:
        """A courtesy: where nobody may react any more, the command is done all the same."""
        try:
            self.github.add_reaction(self.intent.comment_kind, self.intent.comment_id, content)
        except GitHubRefused as error:
            log.warning("no_reaction", comment=self.intent.comment_id, reason=str(error))

    def answer(self, text: str) -> None:
        reply(
            self.services,
            self.github,
            repository=self.intent.repository,
            number=self.intent.number,
            comment=self.comment,
            key=_key(self.intent),
            text=text,
        )

    def scan(self, pull: PullRequest, *, kind: ScanKind = ScanKind.REVIEW, target: str = "") -> str:
        """Asks for a scan, whose end is told by a reaction to the comment."""
        name = self.intent.command.name if isinstance(self.intent.command, Command) else ""
        request = Request(
            repository=self.github.repository,
            installation_id=self.intent.installation_id,
            number=pull.number,
            head_sha=pull.head_sha,
            asked_by=f"/greenlatch {name} by {self.intent.author}",
            delivery_id=self.delivery_id,
            force=True,
            comment=self.comment,
            kind=kind,
            target=target,
            author=self.intent.author,
        )
        return request_scan(self.services, request)


def _ignore(asked: _Asked, command: Command, pull: PullRequest) -> str:
    repository, number = asked.intent.repository.id, asked.intent.number
    told = [
        Told(tuple(row.fingerprints or [row.fingerprint]), row.rule, row.path, row.line, row.message)
        for row in asked.services.scans.last_told(repository, number)
    ]
    known = asked.services.ignored.of(repository)
    outcome = ignoring.ignore(command, told, known, author=asked.intent.author, number=number)
    if isinstance(outcome, Remember):
        asked.services.ignored.remember(repository, outcome.ignored)
    scanned = asked.scan(pull) if isinstance(outcome, Remember) else ""
    asked.answer(answers.to_ignore(outcome))
    if not isinstance(outcome, Remember):
        return f"`ignore {command.target}`: nothing to do"
    return f"{outcome.ignored.short_id} is ignored; {scanned}"


def _unignore(asked: _Asked, command: Command, pull: PullRequest) -> str:
    repository = asked.intent.repository.id
    outcome = ignoring.unignore(command, asked.services.ignored.of(repository))
    if isinstance(outcome, Forget):
        asked.services.ignored.forget(repository, outcome.ignored)
    scanned = asked.scan(pull) if isinstance(outcome, Forget) else ""
    asked.answer(answers.to_unignore(outcome))
    if not isinstance(outcome, Forget):
        return f"`unignore {command.target}`: nothing to do"
    return f"{command.target} is told again; {scanned}"


def _explain(target: str) -> str:
    rule = all_rules().get(target)
    return answers.explain(target, pages.markdown(rule.page()) if rule else None, list(all_rules()))


def _told(loaded: Loaded | None) -> str:
    if loaded is None:
        return "The configuration cannot be read: Greenlatch may not read the contents of this repository."
    match loaded.in_use:
        case Config() as config:
            return texts.in_use(config, loaded.sites)
        case ConfigErrors(problems=problems):
            return texts.wrong_on_base(problems, loaded.sites)


def _configuration(services: Services, github: GitHubClient, installation_id: int, pull: PullRequest) -> Loaded | None:
    """None where we may not read it."""
    try:
        return read_base(services.github, github, installation_id, pull.base_ref, services.settings)
    except GitHubRefused as error:
        log.warning("configuration_not_read", reason=str(error))
        return None


def _needs(loaded: Loaded | None) -> Mapping[CommandName, Need]:
    """Who may do what; a wrong configuration takes no command away."""
    config = loaded.in_use if loaded else None
    return config.needs if isinstance(config, Config) else NEEDS


def _key(intent: RunCommand) -> str:
    digest = hashlib.sha256(repr(intent.command).encode()).hexdigest()[:8]
    return f"{intent.comment_id}.{digest}"
