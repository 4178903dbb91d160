"""What every action needs: the state, and somebody who acts."""

from __future__ import annotations

from bot.sandbox.model import Repository, User
from bot.sandbox.state import SandboxState


class Actions:
    """`actor` is a login everywhere; '' is the owner of the repository or the account."""

    def __init__(self, state: SandboxState) -> None:
        self.state = state

    def user(self, login: str) -> User:
        with self.state.lock:
            return self.state.add_user(login)

    def _actor(self, repository: Repository, login: str) -> User:
        return self.state.add_user(login or repository.owner.login)
