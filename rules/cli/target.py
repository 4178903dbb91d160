"""What is checked: the files under the given paths as one project, and what their paths are called elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from rules.project import DirectoryProject, git_blob_id
from rules.report import Skipped


class Target:
    """A project of one or several folders and files. Its root is the innermost folder that holds all of them."""

    def __init__(self, paths: Sequence[Path]) -> None:
        projects = [DirectoryProject(path) for path in paths]
        folders = [Path(os.path.abspath(path if path.is_dir() else path.parent)) for path in paths]
        self.root = Path(os.path.commonpath(folders))
        self._members = tuple(Path(os.path.abspath(path)).relative_to(self.root).as_posix() for path in paths)
        self._files: dict[str, Path] = {}
        skipped: dict[str, Skipped] = {}
        links: list[str] = []
        for folder, project in zip(folders, projects, strict=True):
            prefix = PurePosixPath(folder.relative_to(self.root))
            for one in (*project.skipped, *_unreadable(folder, project.paths())):
                path = (prefix / one.path).as_posix()
                skipped[path] = Skipped(path, one.reason)
            links += [(prefix / path).as_posix() for path in project.links]
            files = {(prefix / path).as_posix(): folder / path for path in project.paths()}
            self._files.update({path: file for path, file in files.items() if path not in skipped})
        self.skipped: Sequence[Skipped] = tuple(skipped.values())
        self.links: Sequence[str] = tuple(links)

    def paths(self) -> Sequence[str]:
        return sorted(self._files)

    def read(self, path: str) -> bytes:
        return self._files[path].read_bytes()

    def blob_id(self, path: str) -> str:
        return git_blob_id(self.read(path))

    def file(self, path: str) -> Path:
        """Where a file of the project is on disk."""
        return self._files[path]

    def holds(self, path: str) -> bool:
        """Whether a path relative to the root, of this or another revision, is one of those to check or below one."""
        return any(member == "." or path == member or path.startswith(f"{member}/") for member in self._members)

    def prefix_from(self, folder: Path) -> str:
        """What leads from the folder to the root: `""`, or a POSIX path with a slash at its end.

        It is absolute when the root is elsewhere.
        """
        try:
            prefix = self.root.relative_to(Path(os.path.abspath(folder))).as_posix()
        except ValueError:
            prefix = self.root.as_posix()
        return "" if prefix == "." else f"{prefix.rstrip('/')}/"


def _unreadable(folder: Path, paths: Iterable[str]) -> Iterator[Skipped]:
    return (Skipped(path, "may not be read by this user") for path in paths if not os.access(folder / path, os.R_OK))


def repository_root(folder: Path) -> Path | None:
    """The work tree of git or the folder's nearest ancestor that looks like one; needs no git."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), None)
