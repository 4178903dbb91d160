"""The tree that is checked: paths and bytes, from a folder, from memory, or from wherever a caller reads blobs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from rules.errors import UserError
from rules.report import Skipped

MAX_FILE_BYTES = 5 * 1024 * 1024
SKIPPED_FOLDERS = frozenset(
    {"__pycache__", "node_modules", "site-packages", "venv", "env", "dist", "build", "__pypackages__"}
)


class Project(Protocol):
    """Read-only view of one tree. Paths are POSIX, relative to its root, and unique."""

    def paths(self) -> Sequence[str]:
        """All files that may be read, sorted."""

    def read(self, path: str) -> bytes:
        """The bytes of one of `paths()`; raises KeyError for any other."""

    def blob_id(self, path: str) -> str:
        """The git blob id (SHA-1 in hex) of the file's bytes: the key of everything derived from them."""

    @property
    def skipped(self) -> Sequence[Skipped]:
        """Files that exist and are not in `paths()`, with the reason."""

    @property
    def links(self) -> Sequence[str]:
        """Symbolic links in the places of files. Nobody follows them; where a file was expected, that can be told."""


def git_blob_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\x00" % len(data) + data, usedforsecurity=False).hexdigest()


class MemoryProject:
    """A tree held in memory: tests, and edits that are to be verified."""

    def __init__(self, files: Mapping[str, bytes | str], skipped: Iterable[Skipped] = ()) -> None:
        self._files = {
            path: data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
            for path, data in files.items()
        }
        self.skipped: Sequence[Skipped] = tuple(skipped)
        self.links: Sequence[str] = ()

    def paths(self) -> Sequence[str]:
        return sorted(self._files)

    def read(self, path: str) -> bytes:
        return self._files[path]

    def blob_id(self, path: str) -> str:
        return git_blob_id(self._files[path])


class OverlayProject:
    """Another project with some files replaced."""

    def __init__(self, base: Project, changed: Mapping[str, bytes]) -> None:
        self._base = base
        self._changed = dict(changed)
        self.skipped, self.links = base.skipped, base.links

    def paths(self) -> Sequence[str]:
        return sorted({*self._base.paths(), *self._changed})

    def read(self, path: str) -> bytes:
        return self._changed[path] if path in self._changed else self._base.read(path)

    def blob_id(self, path: str) -> str:
        return git_blob_id(self._changed[path]) if path in self._changed else self._base.blob_id(path)


class DirectoryProject:
    """A folder, or a single file. Symbolic links are not followed; hidden and installed folders are left out."""

    def __init__(self, root: Path) -> None:
        if not root.exists():
            raise UserError("no-such-path", f"`{root}` does not exist", hint="give a file or a folder to check")
        self._files: dict[str, Path] = {}
        skipped: list[Skipped] = []
        links: list[str] = []
        for path, file in [(root.name, root)] if root.is_file() else _walk(root):
            size = file.lstat().st_size
            if file.is_symlink() and file != root:
                links.append(path)
            elif size > MAX_FILE_BYTES:
                skipped.append(Skipped(path, f"larger than {MAX_FILE_BYTES // 1024 // 1024} MiB"))
            else:
                self._files[path] = file
        self.skipped: Sequence[Skipped] = tuple(skipped)
        self.links: Sequence[str] = tuple(links)

    def paths(self) -> Sequence[str]:
        return sorted(self._files)

    def read(self, path: str) -> bytes:
        return self._files[path].read_bytes()

    def blob_id(self, path: str) -> str:
        return git_blob_id(self.read(path))


def _walk(root: Path) -> Iterable[tuple[str, Path]]:
    for folder, folders, files in os.walk(root, followlinks=False):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED_FOLDERS
            and not (name.startswith(".") and name != ".github")
            and not (here / name / "pyvenv.cfg").exists()
        )
        for name in sorted(files):
            file = here / name
            if file.is_symlink() or file.is_file():
                yield file.relative_to(root).as_posix(), file
