"""Installations of the app: where it may work, and where no longer."""

from __future__ import annotations

from collections.abc import Iterator

from bot.events import EventRepository, InstallationEvent, InstallationRepositoriesEvent
from bot.identity import Repository
from bot.intents import ForgetInstallation, Intent, RecordInstallation
from bot.router import router


@router.on(InstallationEvent, "created", "suspend", "unsuspend", "new_permissions_accepted")
def record(event: InstallationEvent) -> Iterator[Intent]:
    yield RecordInstallation(
        installation_id=event.installation_id,
        account=event.account,
        suspended=event.suspended_at is not None,
        added=_values(event.repositories),
    )


@router.on(InstallationEvent, "deleted")
def forget(event: InstallationEvent) -> Iterator[Intent]:
    yield ForgetInstallation(event.installation_id, event.account)


@router.on(InstallationRepositoriesEvent, "added", "removed")
def record_repositories(event: InstallationRepositoriesEvent) -> Iterator[Intent]:
    yield RecordInstallation(
        installation_id=event.installation_id,
        account=event.account,
        suspended=event.suspended_at is not None,
        added=_values(event.added),
        removed=_values(event.removed),
    )


def _values(repositories: tuple[EventRepository, ...]) -> tuple[Repository, ...]:
    return tuple(repository.value for repository in repositories)
