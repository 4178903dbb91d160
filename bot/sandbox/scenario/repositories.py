"""Making repositories and moving their branches."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from bot.sandbox.branches import branches_moved
from bot.sandbox.git import Identity
from bot.sandbox.model import Repository
from bot.sandbox.scenario.installations import InstallationActions

Files = Mapping[str, bytes | str | None]
"""Paths to contents; None removes a file."""


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files below `folder` by their POSIX paths, without what Python leaves behind."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and "__pycache__" not in file.parts)
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


class RepositoryActions(InstallationActions):
    def create_repository(
        self,
        full_name: str,
        files: Files | Path,
        *,
        organization: bool = False,
        roles: Mapping[str, str] | None = None,
        private: bool = True,
        default_branch: str = "main",
    ) -> Repository:
        """A repository with one commit. `roles` maps logins to admin, maintain, write, triage or read."""
        owner, _, name = full_name.partition("/")
        with self.state.lock:
            account = self.state.add_user(owner, "Organization" if organization else "User")
            repository = self.state.add_repository(account, name, private=private, default_branch=default_branch)
            for login, role in (roles or {}).items():
                self.state.add_user(login)
                repository.roles[login] = role
            self.commit(repository, default_branch, files, "Initial commit", replace=True)
            return repository

    def fork(self, repository: Repository, login: str) -> Repository:
        with self.state.lock:
            owner = self.state.add_user(login)
            fork = self.state.add_repository(
                owner, repository.name, private=repository.private, default_branch=repository.default_branch
            )
            fork.parent = repository
            fork.git.fetch(repository.git, "refs/heads/*:refs/heads/*")
            return fork

    def delete_repository(self, repository: Repository, actor: str = "") -> None:
        """It is gone at once, from the disk too; installations that chose it are told."""
        with self.state.lock:
            for installation in self.state.installations_on(repository):
                if installation.repository_ids is not None:
                    self.remove_from_installation(installation, [repository], actor)
            del self.state.repositories[repository.id]
            for key in [key for key in self.state.pulls if key[0] == repository.id]:
                del self.state.pulls[key]
            for pull in self.state.pulls.values():
                if pull.head_repository is repository:
                    pull.head_repository = None
            shutil.rmtree(repository.git.path)

    def commit(
        self,
        repository: Repository,
        branch: str,
        files: Files | Path,
        message: str = "Update",
        *,
        actor: str = "",
        parent: str | None = None,
        replace: bool = False,
    ) -> str:
        """Pushes one commit to `branch` and answers its id.

        It stands on the branch's head, or on `parent` (any revision: another one than the head is a force-push);
        with `replace`, `files` are the whole tree.
        """
        with self.state.lock:
            user = self._actor(repository, actor)
            before = repository.git.refs()
            onto = repository.git.resolve(parent) if parent else before.get(f"refs/heads/{branch}")
            sha = repository.git.commit(
                f"refs/heads/{branch}",
                _encoded(files),
                parents=[onto] if onto else [],
                message=message,
                author=Identity(user.login, user.email),
                at=self.state.clock(),
                replace=replace or isinstance(files, Path),
            )
            branches_moved(self.state, repository, before, user)
            return sha

    def reset_branch(self, repository: Repository, branch: str, revision: str, *, actor: str = "") -> None:
        """Force-pushes `branch` to an existing commit."""
        with self.state.lock:
            before = repository.git.refs()
            repository.git.set_ref(f"refs/heads/{branch}", repository.git.resolve(revision) or revision)
            branches_moved(self.state, repository, before, self._actor(repository, actor))

    def delete_branch(self, repository: Repository, branch: str, *, actor: str = "") -> None:
        with self.state.lock:
            before = repository.git.refs()
            repository.git.delete_ref(f"refs/heads/{branch}")
            branches_moved(self.state, repository, before, self._actor(repository, actor))


def _encoded(files: Files | Path) -> dict[str, bytes | None]:
    if isinstance(files, Path):
        return dict(read_folder(files))
    return {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
