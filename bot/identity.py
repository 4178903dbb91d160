"""Who is who: our own app, and the repositories it is asked about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """Our app as GitHub names it; `login` is how its comments and commits are signed."""

    app_id: int
    slug: str

    @property
    def login(self) -> str:
        return f"{self.slug}[bot]"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository. Its id never changes; `full_name` (`owner/name`) is what it was called last."""

    id: int
    full_name: str

    @property
    def owner(self) -> str:
        return self.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        return self.full_name.partition("/")[2]
