"""Bare git repositories on disk, read and written through the git executable."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

NULL_SHA = "0" * 40
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_FIELDS = ("%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B")
_SERVED_AS_GITHUB_DOES = {
    "uploadpack.allowAnySHA1InWant": "true",
    "uploadpack.allowFilter": "true",
    "uploadpack.hideRefs": "refs/sandbox",
    "http.receivepack": "true",
    "receive.denyDeletes": "false",
    "gc.auto": "0",
}


class GitError(Exception):
    """git refused; the message is its own."""


@dataclass(frozen=True, slots=True)
class Identity:
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Identity
    authored_at: str
    committer: Identity
    committed_at: str
    message: str


@dataclass(frozen=True, slots=True)
class TreeEntry:
    mode: str
    type: str
    sha: str
    size: int | None
    path: str


def environment(**more: str) -> dict[str, str]:
    """Keeps the configuration of the machine's user out of every git that runs here."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", **more}


class GitRepository:
    """One bare repository. Every method raises GitError with git's own words when git refuses."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, default_branch: str) -> GitRepository:
        repository = cls(path)
        path.mkdir(parents=True)
        repository.run("init", "--quiet", "--bare", f"--initial-branch={default_branch}", ".")
        with (path / "config").open("a", encoding="utf-8") as config:
            for key, value in _SERVED_AS_GITHUB_DOES.items():
                section, _, name = key.partition(".")
                config.write(f"[{section}]\n\t{name} = {value}\n")
        return repository

    def run(self, *arguments: str, data: bytes | None = None) -> bytes:
        command = ["git", "-c", "core.quotePath=false", *arguments]
        done = subprocess.run(  # noqa: S603 - a list, run in a folder of the sandbox
            command, cwd=self.path, env=environment(), input=data, capture_output=True, check=False
        )
        if done.returncode != 0:
            raise GitError(done.stderr.decode("utf-8", "replace").strip() or f"git {arguments[0]} failed")
        return done.stdout

    def text(self, *arguments: str) -> str:
        return self.run(*arguments).decode("utf-8", "replace").strip()

    def commit(
        self,
        ref: str,
        files: Mapping[str, bytes | None],
        *,
        parents: Sequence[str],
        message: str,
        author: Identity,
        at: datetime,
        replace: bool = False,
    ) -> str:
        """Moves `ref` to a new commit with `files` changed (None removes one), or as the whole tree when `replace`."""
        signature = f"{author.name} <{author.email}> {int(at.timestamp())} +0000".encode()
        text = message.encode()
        stream = [b"commit %s\nmark :1\n" % ref.encode()]
        stream.append(b"author %s\ncommitter %s\ndata %d\n%s\n" % (signature, signature, len(text), text))
        stream += [b"%s %s\n" % (b"merge" if i else b"from", sha.encode()) for i, sha in enumerate(parents)]
        stream += [b"deleteall\n"] if replace else []
        stream += [_file_change(path, data) for path, data in sorted(files.items())]
        stream.append(b"\nget-mark :1\n")
        return self.run("fast-import", "--quiet", "--force", data=b"".join(stream)).decode().strip()

    def resolve(self, revision: str) -> str | None:
        """The commit that a branch, tag or (shortened) id names, or None."""
        try:
            return self.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except GitError:
            return None

    def refs(self, *prefixes: str) -> dict[str, str]:
        lines = self.text("for-each-ref", "--format=%(refname) %(objectname)", *(prefixes or ("refs/heads",)))
        return dict(line.split(" ") for line in lines.splitlines())

    def set_ref(self, ref: str, sha: str) -> None:
        self.run("update-ref", ref, sha)

    def delete_ref(self, ref: str) -> None:
        self.run("update-ref", "-d", ref)

    def fetch(self, other: GitRepository, refspec: str) -> None:
        self.run("fetch", "--quiet", "--no-tags", "--force", str(other.path), refspec)

    def merge_base(self, one: str, other: str) -> str | None:
        """Of two commits, by their full ids."""
        return _merge_base(self.path, one, other)

    def is_ancestor(self, old: str, new: str) -> bool:
        return self.merge_base(old, new) == old

    def log(self, *range_: str, limit: int | None = None) -> list[Commit]:
        """Oldest first."""
        bound = [f"--max-count={limit}"] if limit else []
        layout = "%x00".join(_FIELDS) + "%x00"
        raw = self.run("log", "--reverse", "--topo-order", f"--format={layout}", *bound, *range_, "--")
        parts = raw.decode("utf-8", "replace").split("\0")
        size = len(_FIELDS)
        return [_commit([part.lstrip("\n") for part in parts[i : i + size]]) for i in range(0, len(parts) - 1, size)]

    def read_commit(self, sha: str) -> Commit:
        return self.log(sha, limit=1)[0]

    def count(self, old: str, new: str) -> int:
        """How many commits `new` has that `old` has not; both by their full ids."""
        return _count(self.path, old, new)

    def blob(self, sha: str) -> bytes:
        return self.run("cat-file", "blob", sha)

    def file(self, revision: str, path: str) -> bytes:
        return self.run("cat-file", "blob", f"{revision}:{path}")

    def tree(self, revision: str, *, recursive: bool = False) -> list[TreeEntry]:
        options = ("-r", "-t") if recursive else ()
        raw = self.run("ls-tree", "-z", "--long", *options, "--end-of-options", revision)
        return [_tree_entry(line) for line in raw.decode("utf-8", "replace").split("\0") if line]

    def entry(self, revision: str, path: str) -> TreeEntry | None:
        raw = self.run("ls-tree", "-z", "--long", "--end-of-options", revision, "--", path)
        lines = [line for line in raw.decode("utf-8", "replace").split("\0") if line]
        return _tree_entry(lines[0]) if lines else None


@lru_cache(maxsize=4096)
def _merge_base(path: Path, one: str, other: str) -> str | None:
    try:
        return GitRepository(path).text("merge-base", one, other)
    except GitError:
        return None


@lru_cache(maxsize=4096)
def _count(path: Path, old: str, new: str) -> int:
    return int(GitRepository(path).text("rev-list", "--count", f"{old}..{new}"))


def _file_change(path: str, data: bytes | None) -> bytes:
    name = b'"%s"' % path.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    if data is None:
        return b"D %s\n" % name
    return b"M 100644 inline %s\ndata %d\n%s\n" % (name, len(data), data)


def _commit(parts: Sequence[str]) -> Commit:
    sha, tree, parents, author, author_email, authored, committer, committer_email, committed, message = parts
    return Commit(
        sha=sha,
        tree=tree,
        parents=tuple(parents.split()),
        author=Identity(author, author_email),
        authored_at=authored,
        committer=Identity(committer, committer_email),
        committed_at=committed,
        message=message.rstrip("\n"),
    )


def _tree_entry(line: str) -> TreeEntry:
    facts, _, path = line.partition("\t")
    mode, kind, sha, size = facts.split()
    return TreeEntry(mode, kind, sha, None if size == "-" else int(size), path)
