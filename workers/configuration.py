"""The configuration of a repository: its own, on the branch that counts, and the defaults of its organisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from bot.client import GitHubApp, GitHubClient
from bot.config import DEFAULT, PATHS, Choice, Config, ConfigErrors, Layer, choose, load
from bot.config.texts import Sites
from bot.errors import GitHubRefused
from bot.identity import Repository
from bot.links import Links
from bot.settings import Settings
from rules.project import Project
from rules.rule import all_rules
from workers.logs import get_logger

log = get_logger(__name__)

ORGANISATION = ".github"
"""The repository of an account that holds the defaults for all its others."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What stands on the base branch, and in the defaults of the organisation. `sites` are where that can be seen."""

    organisation: Config | ConfigErrors
    base: Config | ConfigErrors
    sites: Sites

    @property
    def in_use(self) -> Config | ConfigErrors:
        choice = self.choice(None)
        return choice.config or ConfigErrors(choice.problems)

    def choice(self, head: Config | ConfigErrors | None) -> Choice:
        """`head` is the configuration that a pull request brings, None where it changes none."""
        return choose(self.organisation, self.base, head)


def read_base(app: GitHubApp, github: GitHubClient, installation_id: int, ref: str, settings: Settings) -> Loaded:
    """Reads both from GitHub; `ref` is the base branch or a commit of it."""
    organisation = Repository(0, f"{github.repository.owner}/{ORGANISATION}")
    links = Links(settings.repository_url(github.repository), quote(ref))
    return Loaded(
        organisation=_organisation(app, github, installation_id, organisation),
        base=load(_files(github, ref), known_rules()),
        sites={
            Layer.REPOSITORY: links,
            Layer.ORGANISATION: Links(settings.repository_url(organisation), "HEAD"),
        },
    )


def changed(before: Project, after: Project) -> Config | ConfigErrors | None:
    """The configuration that a change brings, None where it leaves it as it was."""
    if _blobs(before) == _blobs(after):
        return None
    old, new = load(_contents(before), known_rules()), load(_contents(after), known_rules())
    if isinstance(old, Config) and isinstance(new, Config) and old.document == new.document:
        return None
    return new


def known_rules() -> tuple[str, ...]:
    return tuple(all_rules())


def _organisation(
    app: GitHubApp, github: GitHubClient, installation_id: int, organisation: Repository
) -> Config | ConfigErrors:
    """None of it where there is no such repository, or the app is not installed there."""
    if github.repository.name == ORGANISATION:
        return DEFAULT
    try:
        files = _files(app.repository(installation_id, organisation), "")
    except GitHubRefused as error:
        log.debug("no_organisation_defaults", repository=organisation.full_name, reason=error.reason)
        return DEFAULT
    return load(files, known_rules(), Layer.ORGANISATION)


def _files(github: GitHubClient, ref: str) -> dict[str, bytes]:
    found = ((path, github.read_file(path, ref)) for path in PATHS)
    return {path: data for path, data in found if data is not None}


def _contents(project: Project) -> Mapping[str, bytes]:
    there = set(project.paths())
    return {path: project.read(path) for path in PATHS if path in there}


def _blobs(project: Project) -> Mapping[str, str]:
    there = set(project.paths())
    return {path: project.blob_id(path) for path in PATHS if path in there}
