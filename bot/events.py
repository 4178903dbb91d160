"""GitHub's webhook payloads, as far as we read them: one class per event."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import ClassVar

from pydantic import AliasPath, Field

from bot.identity import AppIdentity, Repository
from bot.shapes import GHOST, Shape, Text

QUEUE_BRANCH = re.compile(r"/pr-(\d+)-[0-9a-f]+$")
ZERO_SHA = "0" * 40
"""What git calls a commit that is not there: the new tip of a deleted branch."""


class EventRepository(Shape):
    id: int
    full_name: str
    default_branch: str = ""

    @property
    def value(self) -> Repository:
        return Repository(self.id, self.full_name)


class Event(Shape):
    """What all events share. `name` is the one in `X-GitHub-Event`."""

    name: ClassVar[str]
    action: str = ""
    sender: str = Field(GHOST, validation_alias=AliasPath("sender", "login"))
    sender_type: str = Field("User", validation_alias=AliasPath("sender", "type"))

    def not_for_us(self, me: AppIdentity) -> str:
        """Why nothing is to be done about it, whatever it says; '' where it is ours to handle."""
        return ""


class RepositoryEvent(Event):
    """An event in a repository where the app is installed."""

    repository: EventRepository
    installation_id: int = Field(validation_alias=AliasPath("installation", "id"))


class PingEvent(Event):
    name = "ping"
    zen: str = ""


class PullRequestEvent(RepositoryEvent):
    name = "pull_request"
    number: int
    state: str = Field("open", validation_alias=AliasPath("pull_request", "state"))
    draft: bool = Field(False, validation_alias=AliasPath("pull_request", "draft"))
    merged: bool | None = Field(None, validation_alias=AliasPath("pull_request", "merged"))
    title: Text = Field("", validation_alias=AliasPath("pull_request", "title"))
    author: str = Field(GHOST, validation_alias=AliasPath("pull_request", "user", "login"))
    head_sha: str = Field(validation_alias=AliasPath("pull_request", "head", "sha"))
    base_sha: str = Field(validation_alias=AliasPath("pull_request", "base", "sha"))
    base_ref: str = Field(validation_alias=AliasPath("pull_request", "base", "ref"))
    former_base: str | None = Field(None, validation_alias=AliasPath("changes", "base", "ref", "from"))
    """Set where an edit moved the pull request to another base branch."""


class ChecksEvent(RepositoryEvent):
    """Something happened to a check run or a check suite; `numbers` is empty for pull requests from forks."""

    app_id: int | None
    head_sha: str
    pull_requests: tuple[PullReference, ...] = ()

    def not_for_us(self, me: AppIdentity) -> str:
        return "" if self.app_id == me.app_id else "a check of another app"

    @property
    def numbers(self) -> tuple[int, ...]:
        """The open pull requests of this repository; GitHub also lists those of other repositories with this head."""
        return tuple(pull.number for pull in self.pull_requests if pull.repository_id == self.repository.id)


class PullReference(Shape):
    number: int
    repository_id: int | None = Field(None, validation_alias=AliasPath("base", "repo", "id"))


class CheckRunEvent(ChecksEvent):
    name = "check_run"
    app_id: int | None = Field(None, validation_alias=AliasPath("check_run", "app", "id"))
    head_sha: str = Field(validation_alias=AliasPath("check_run", "head_sha"))
    external_id: Text = Field("", validation_alias=AliasPath("check_run", "external_id"))
    pull_requests: tuple[PullReference, ...] = Field((), validation_alias=AliasPath("check_run", "pull_requests"))
    requested: str = Field("", validation_alias=AliasPath("requested_action", "identifier"))
    """The identifier of the button that was pressed."""


class CheckSuiteEvent(ChecksEvent):
    name = "check_suite"
    app_id: int | None = Field(None, validation_alias=AliasPath("check_suite", "app", "id"))
    head_sha: str = Field(validation_alias=AliasPath("check_suite", "head_sha"))
    pull_requests: tuple[PullReference, ...] = Field((), validation_alias=AliasPath("check_suite", "pull_requests"))


class MergeGroupEvent(RepositoryEvent):
    name = "merge_group"
    head_sha: str = Field(validation_alias=AliasPath("merge_group", "head_sha"))
    head_ref: str = Field(validation_alias=AliasPath("merge_group", "head_ref"))
    base_sha: str = Field(validation_alias=AliasPath("merge_group", "base_sha"))
    base_ref: str = Field(validation_alias=AliasPath("merge_group", "base_ref"))
    reason: Text = ""

    @property
    def number(self) -> int:
        """The pull request that closes the group, by the name of its branch; 0 where that has another form."""
        match = QUEUE_BRANCH.search(self.head_ref)
        return int(match[1]) if match else 0


class CommentEvent(RepositoryEvent):
    """A comment that may hold commands."""

    comment_id: int = Field(validation_alias=AliasPath("comment", "id"))
    body: Text = Field("", validation_alias=AliasPath("comment", "body"))
    author: str = Field(GHOST, validation_alias=AliasPath("comment", "user", "login"))
    pull_author: str

    def not_for_us(self, me: AppIdentity) -> str:
        if self.author == me.login:
            return "our own comment"
        return "a comment of a bot" if self.sender_type == "Bot" else ""


class IssueCommentEvent(CommentEvent):
    name = "issue_comment"
    number: int = Field(validation_alias=AliasPath("issue", "number"))
    pull_author: str = Field(GHOST, validation_alias=AliasPath("issue", "user", "login"))
    pull_url: str | None = Field(None, validation_alias=AliasPath("issue", "pull_request", "url"))
    """None: the comment is on an issue that is no pull request."""


class ReviewCommentEvent(CommentEvent):
    name = "pull_request_review_comment"
    number: int = Field(validation_alias=AliasPath("pull_request", "number"))
    pull_author: str = Field(GHOST, validation_alias=AliasPath("pull_request", "user", "login"))


class PushedCommit(Shape):
    added: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class PushEvent(RepositoryEvent):
    name = "push"
    ref: str
    after: str
    commits: tuple[PushedCommit, ...] = ()
    """At most 2048; GitHub lists no more."""

    @property
    def is_default_branch(self) -> bool:
        return self.ref == f"refs/heads/{self.repository.default_branch}"

    def touches(self, paths: Collection[str]) -> bool:
        changed = ((*commit.added, *commit.modified, *commit.removed) for commit in self.commits)
        return any(path in paths for files in changed for path in files)


class InstallationEvent(Event):
    name = "installation"
    installation_id: int = Field(validation_alias=AliasPath("installation", "id"))
    account: str = Field(GHOST, validation_alias=AliasPath("installation", "account", "login"))
    suspended_at: str | None = Field(None, validation_alias=AliasPath("installation", "suspended_at"))
    repositories: tuple[EventRepository, ...] = ()


class InstallationRepositoriesEvent(Event):
    name = "installation_repositories"
    installation_id: int = Field(validation_alias=AliasPath("installation", "id"))
    account: str = Field(GHOST, validation_alias=AliasPath("installation", "account", "login"))
    suspended_at: str | None = Field(None, validation_alias=AliasPath("installation", "suspended_at"))
    added: tuple[EventRepository, ...] = Field((), validation_alias="repositories_added")
    removed: tuple[EventRepository, ...] = Field((), validation_alias="repositories_removed")
