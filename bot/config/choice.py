"""Which configuration a pull request is checked with: never its own, or it could switch the gate off."""

from __future__ import annotations

from dataclasses import dataclass

from bot.config.effective import DEFAULT, Config, merge
from bot.config.problems import ConfigErrors, Problem


@dataclass(frozen=True)
class Choice:
    """`config` is None where nothing can be checked, because `problems` are on the base branch.

    `head_problems` are what is wrong with the configuration that the pull request brings.
    """

    config: Config | None
    problems: tuple[Problem, ...] = ()
    head_problems: tuple[Problem, ...] = ()
    changed: bool = False
    """The pull request changes the configuration, which takes effect when it is merged."""

    @property
    def is_repair(self) -> bool:
        """The base branch has no valid configuration and the pull request brings one: it is checked with defaults."""
        return self.config is not None and bool(self.problems)


DEFAULT_CHOICE = Choice(DEFAULT)


def choose(
    organisation: Config | ConfigErrors, base: Config | ConfigErrors, head: Config | ConfigErrors | None
) -> Choice:
    """`head` is the configuration that the pull request brings, None where it changes none.

    A base branch without a valid configuration is no dead end: the pull request that repairs it can be merged.
    """
    changed = head is not None
    head_problems = _problems(head)
    problems = (*_problems(organisation), *_problems(base))
    if isinstance(organisation, Config) and isinstance(base, Config):
        return Choice(merge(organisation, base), (), head_problems, changed)
    if isinstance(organisation, Config) and isinstance(head, Config):
        return Choice(organisation, problems, head_problems, changed)
    return Choice(None, problems, head_problems, changed)


def _problems(loaded: Config | ConfigErrors | None) -> tuple[Problem, ...]:
    return loaded.problems if isinstance(loaded, ConfigErrors) else ()
