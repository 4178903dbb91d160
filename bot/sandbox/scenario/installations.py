"""Installing an app, choosing its repositories, suspending and removing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.sandbox.events import emit_installation, emit_installation_repositories
from bot.sandbox.model import App, Installation, Repository, User
from bot.sandbox.scenario.base import Actions


class InstallationActions(Actions):
    def install(
        self, app: App, account: str, repositories: Iterable[Repository] | None = None, *, actor: str = ""
    ) -> Installation:
        """On the chosen repositories, or on all that the account has and will have."""
        state = self.state
        with state.lock:
            chosen = None if repositories is None else {repository.id for repository in repositories}
            now = state.clock()
            installation = Installation(
                id=state.new_id(),
                app=app,
                account=state.add_user(account),
                repository_ids=chosen,
                permissions=dict(app.permissions),
                events=list(app.events),
                created_at=now,
                updated_at=now,
            )
            state.installations[installation.id] = installation
            self._tell_installation("created", installation, actor)
            return installation

    def uninstall(self, installation: Installation, *, actor: str = "") -> None:
        with self.state.lock:
            self._tell_installation("deleted", installation, actor)
            del self.state.installations[installation.id]

    def suspend(self, installation: Installation, *, actor: str = "") -> None:
        with self.state.lock:
            installation.suspended_at = self.state.clock()
            installation.suspended_by = self._person(installation, actor)
            self._tell_installation("suspend", installation, actor)

    def unsuspend(self, installation: Installation, *, actor: str = "") -> None:
        with self.state.lock:
            installation.suspended_at = installation.suspended_by = None
            self._tell_installation("unsuspend", installation, actor)

    def accept_permissions(
        self, installation: Installation, permissions: Mapping[str, str], *, actor: str = ""
    ) -> None:
        with self.state.lock:
            installation.permissions = dict(permissions)
            self._tell_installation("new_permissions_accepted", installation, actor)

    def add_to_installation(self, installation: Installation, repositories: list[Repository], actor: str = "") -> None:
        with self.state.lock:
            installation.repository_ids = (installation.repository_ids or set()) | {each.id for each in repositories}
            person = self._person(installation, actor)
            emit_installation_repositories(self.state, "added", installation, person, repositories)

    def remove_from_installation(
        self, installation: Installation, repositories: list[Repository], actor: str = ""
    ) -> None:
        with self.state.lock:
            gone = {each.id for each in repositories}
            installation.repository_ids = {
                key for key in installation.repository_ids or self.state.repositories if key not in gone
            }
            person = self._person(installation, actor)
            emit_installation_repositories(self.state, "removed", installation, person, repositories)

    def _person(self, installation: Installation, login: str) -> User:
        return self.state.add_user(login or installation.account.login)

    def _tell_installation(self, action: str, installation: Installation, actor: str) -> None:
        covered = [each for each in self.state.repositories.values() if installation.covers(each)]
        if installation.app.webhook_url:
            emit_installation(self.state, action, installation, self._person(installation, actor), covered)
