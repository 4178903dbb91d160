"""What GitHub's API answers, as far as we read it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AliasPath, BeforeValidator, Field, SecretStr

from bot.shapes import GHOST, Shape, Text


class PullRequest(Shape):
    number: int
    title: Text = ""
    state: str
    draft: bool = False
    merged: bool = False
    head_sha: str = Field(validation_alias=AliasPath("head", "sha"))
    head_ref: str = Field(validation_alias=AliasPath("head", "ref"))
    head_repo_id: int | None = Field(None, validation_alias=AliasPath("head", "repo", "id"))
    """None where the fork is gone."""
    head_repo: str | None = Field(None, validation_alias=AliasPath("head", "repo", "full_name"))
    base_sha: str = Field(validation_alias=AliasPath("base", "sha"))
    """The tip of the base branch when GitHub last looked, not the merge base."""
    base_ref: str = Field(validation_alias=AliasPath("base", "ref"))
    author: str = Field(GHOST, validation_alias=AliasPath("user", "login"))
    maintainer_can_modify: bool = False

    @property
    def is_open(self) -> bool:
        return self.state == "open"


class PullFile(Shape):
    filename: str
    patch: str | None = None
    """None for a file that is binary or too large."""


class Contents(Shape):
    """A file; above 1 MB its `encoding` is `none` and its content empty."""

    size: int
    encoding: str = ""
    content: Text = ""


class GitCommit(Shape):
    sha: str
    message: str


class CheckRun(Shape):
    id: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None = None
    external_id: Text = ""
    app_id: int | None = Field(None, validation_alias=AliasPath("app", "id"))
    annotations: int = Field(0, validation_alias=AliasPath("output", "annotations_count"))


class Annotation(Shape):
    """What tells one from another; `raw_details` follow from it."""

    path: str
    start_line: int
    end_line: int
    title: Text = ""
    message: Text = ""


class ReviewComment(Shape):
    """A comment under a line of the diff. `line` is None where the line is no longer part of it (outdated)."""

    id: int
    path: str
    body: Text
    line: int | None = None
    start_line: int | None = None
    author: str = Field(GHOST, validation_alias=AliasPath("user", "login"))
    in_reply_to_id: int | None = None


class IssueComment(Shape):
    id: int
    body: Text = ""
    author: str = Field(GHOST, validation_alias=AliasPath("user", "login"))


class Review(Shape):
    id: int
    body: Text = ""
    state: str
    author: str = Field(GHOST, validation_alias=AliasPath("user", "login"))


class HookDelivery(Shape):
    """One attempt to deliver an event. A redelivery has an `id` of its own and the same `guid`."""

    id: int
    guid: str
    delivered_at: datetime
    event: str
    action: str | None = None
    status: str
    status_code: int
    installation_id: int | None = None
    repository_id: int | None = None

    @property
    def arrived(self) -> bool:
        return 200 <= self.status_code < 300


class Installation(Shape):
    id: int
    account: str = Field(GHOST, validation_alias=AliasPath("account", "login"))
    suspended_at: datetime | None = None
    permissions: dict[str, str] = Field(default_factory=dict)
    events: tuple[str, ...] = ()
    html_url: str = ""


class AppDescription(Shape):
    """What the app asks for; what an installation grants may be less."""

    slug: str
    html_url: str = ""
    permissions: dict[str, str] = Field(default_factory=dict)
    events: tuple[str, ...] = ()


class HookConfig(Shape):
    """Where the app's events are sent to. `secret` is only told to be there."""

    url: Text = ""
    content_type: str = "form"
    insecure_ssl: Annotated[str, BeforeValidator(str)] = "0"
    secret: Text = ""


class TokenRepository(Shape):
    id: int
    full_name: str


class TokenAnswer(Shape):
    token: SecretStr
    expires_at: datetime
    repositories: tuple[TokenRepository, ...] = ()


class PermissionAnswer(Shape):
    permission: str
