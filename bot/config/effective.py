"""A valid configuration: what it decides, and where each of its values comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from bot.commands import NEEDS, CommandName, Need
from bot.config.globs import Globs
from bot.config.model import CommandOptions, Document, Who
from bot.config.parsed import Key, Parsed
from bot.config.problems import Place
from bot.findings import Finding
from bot.gate import Gate


@dataclass(frozen=True)
class Config:
    """`places` holds the values that somebody wrote down; a list counts as one value."""

    document: Document = field(default_factory=Document)
    places: Mapping[Key, Place] = field(default_factory=dict)

    @property
    def gate(self) -> Gate:
        options = self.document.gate
        return Gate(options.fail_on.severity, options.confidence, options.older_findings)

    @property
    def comment_limit(self) -> int:
        """Of one review; what is beyond is told in the check run and in the summary of the review."""
        return self.document.comments.limit

    @property
    def comments_enabled(self) -> bool:
        """False: no review is written at all, and the check run tells everything."""
        return self.document.comments.enabled

    @property
    def require_explicit_greenlet(self) -> bool:
        return self.document.policy.require_explicit_greenlet

    @cached_property
    def needs(self) -> Mapping[CommandName, Need]:
        """Who may give which command."""
        return {name: _need(NEEDS[name], self.document.commands.get(name)) for name in CommandName}

    @cached_property
    def globs(self) -> Globs:
        return Globs(self.document.paths.include, self.document.paths.exclude)

    def values(self) -> Iterator[tuple[Key, Any, Place | None]]:
        """Every setting in use with its value, and where it was given: None for a default."""
        given = self.document.model_dump(mode="json", by_alias=True)
        commands = {name.value: _told(need) for name, need in self.needs.items()}
        for key, value in _leaves((), given | {"commands": commands}):
            yield key, value, self.places.get(key)


DEFAULT = Config()


def config_of(document: Document, parsed: Parsed) -> Config:
    given = document.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return Config(document, {key: parsed.spot(key).name for key, _ in _leaves((), given)})


def merge(defaults: Config, own: Config) -> Config:
    """`own` goes before `defaults`, setting by setting; lists are not joined."""
    merged = _merged(_given(defaults), _given(own))
    return Config(Document.model_validate(merged), {**defaults.places, **own.places})


def apply(config: Config, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that the configuration lets us tell, with the severities that it gives them.

    A finding loses the reads in files that are not selected, and goes with the last of them.
    """
    return tuple(kept for finding in findings if (kept := _applied(config, finding)) is not None)


def _applied(config: Config, finding: Finding) -> Finding | None:
    level = config.document.rules.get(finding.rule)
    severity = level.severity if level else finding.severity
    reads = tuple(read for read in finding.reads if read.path in config.globs)
    return replace(finding, severity=severity, reads=reads) if severity and reads else None


def _need(default: Need, options: CommandOptions | None) -> Need:
    given = options.model_fields_set if options else set()
    return Need(
        options.permission.permission if options and "permission" in given else default.permission,
        options.author if options and "author" in given else default.pull_author,
    )


def _told(need: Need) -> dict[str, Any]:
    return {"permission": Who.of(need.permission).value, "author": need.pull_author}


def _given(config: Config) -> dict[str, Any]:
    return config.document.model_dump(by_alias=True, exclude_unset=True)


def _merged(defaults: dict[Any, Any], own: dict[Any, Any]) -> dict[Any, Any]:
    both = {
        key: _merged(defaults[key], value) if isinstance(value, dict) and key in defaults else value
        for key, value in own.items()
    }
    return {**defaults, **both}


def _leaves(above: Key, values: Mapping[str, Any]) -> Iterator[tuple[Key, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _leaves((*above, name), value)
        else:
            yield (*above, name), value
