"""Reads the demo pull requests of `bot/sandbox/pulls`: what is changed, what is said, what is to be found.

`base/` is the tree of the main branch (all four live side by side in one repository), `head/` holds what the pull
request adds or changes, and `pull.toml` what it says and what Greenlatch is expected to find.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PULLS = Path(__file__).resolve().parents[2] / "bot" / "sandbox" / "pulls"


@dataclass(frozen=True, slots=True)
class ExpectedFinding:
    """What one finding must say. `attribute` and `model` are empty where the rule has none."""

    rule: str
    path: str
    model: str
    attribute: str
    origin: str
    """The file of the cause: the query, the commit or the construction."""
    query: str
    """The function of that query, where `origin` has several."""


@dataclass(frozen=True, slots=True)
class DemoPull:
    name: str
    title: str
    body: str
    branch: str
    author: str
    expected: tuple[ExpectedFinding, ...]
    conclusion: str
    """Of the check run."""
    base: Mapping[str, bytes]
    """Files of the main branch by path, as far as they belong to the services of this pull request."""
    head: Mapping[str, bytes]
    """Files which the pull request adds or changes."""
    deleted: tuple[str, ...]

    def tree(self) -> dict[str, bytes]:
        """The files of the pull request's head."""
        files = {**self.base, **self.head}
        return {path: files[path] for path in sorted(files) if path not in self.deleted}


def load_pulls() -> tuple[DemoPull, ...]:
    """All of them, in the order of their names."""
    return tuple(load_pull(said.parent.name) for said in sorted(PULLS.glob("*/pull.toml")))


def main_branch() -> dict[str, bytes]:
    """The repository on which all of them are open."""
    return {path: data for pull in load_pulls() for path, data in pull.base.items()}


def load_pull(name: str) -> DemoPull:
    folder = PULLS / name
    said = tomllib.loads((folder / "pull.toml").read_text(encoding="utf-8"))
    return DemoPull(
        name=name,
        title=said["title"],
        body=said["body"],
        branch=said["branch"],
        author=said["author"],
        expected=tuple(_expected(entry) for entry in said["expected"]),
        conclusion=said["conclusion"],
        base=dict(_files(folder / "base")),
        head=dict(_files(folder / "head")),
        deleted=tuple(said["deleted"]),
    )


def _expected(entry: Mapping[str, str]) -> ExpectedFinding:
    return ExpectedFinding(
        rule=entry["rule"],
        path=entry["path"],
        model=entry.get("model", ""),
        attribute=entry.get("attribute", ""),
        origin=entry.get("origin", entry["path"]),
        query=entry.get("query", ""),
    )


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(root.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file.relative_to(root).as_posix(), file.read_bytes()
