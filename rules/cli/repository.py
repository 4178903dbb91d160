"""The git checkout around the checked folder: revisions, and the tree of one commit read from git's objects."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from rules.errors import UserError
from rules.project import MAX_FILE_BYTES, SKIPPED_FOLDERS, Project
from rules.report import Skipped

_SET_BY_HOOKS = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
_REGULAR_FILES = frozenset({"100644", "100755"})
_FETCH_HINT = "fetch the whole history: `git fetch --unshallow`, or `fetch-depth: 0` with actions/checkout"


class Repository:
    """A git work tree. Nothing in it is changed, and nothing of it is run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        answer = _git(folder, "rev-parse", "--show-toplevel")
        if answer.returncode:
            raise UserError(
                "not-a-checkout",
                f"`{folder}` is not in a git checkout: {_reason(answer)}",
                hint="`--base` compares with a commit; leave it out to report every finding",
            )
        self.root = Path(os.fsdecode(answer.stdout.rstrip(b"\n")))

    def merge_base(self, revision: str) -> str:
        """The commit from which HEAD and the revision went apart."""
        base = self._commit(revision)
        answer = self._run("merge-base", base, self._commit("HEAD"))
        if not answer.returncode:
            return answer.stdout.decode().strip()
        if self._is_shallow():
            message = f"the checkout is shallow: it does not reach the merge base of `{revision}` and HEAD"
            raise UserError("shallow-clone", message, hint=_FETCH_HINT)
        raise UserError(
            "no-merge-base",
            f"`{revision}` and HEAD have no common ancestor",
            hint="give a revision that HEAD was branched from",
        )

    @contextmanager
    def tree(self, commit: str, folder: Path, holds: Callable[[str], bool]) -> Iterator[Project]:
        """A commit's files below `folder`, with paths relative to it, of which `holds` is true."""
        prefix = PurePosixPath(folder.resolve().relative_to(self.root.resolve()))
        below = [f"{prefix}/"] if prefix.parts else []
        answer = self._run("ls-tree", "-r", "-z", "-l", "--full-tree", commit, "--", *below)
        if answer.returncode:
            raise UserError("unreadable-commit", f"git cannot list `{commit}`: {_reason(answer)}", hint=_FETCH_HINT)
        entries = [_Entry.parse(line, prefix) for line in answer.stdout.split(b"\0") if line]
        wanted = [one for one in _installed_left_out(entries) if holds(one.path)]
        with _Blobs(self._folder) as blobs:
            yield _CommitTree(wanted, blobs)

    def renamed(self, commit: str) -> dict[str, str]:
        """The former paths, by the present ones, of files that git takes to be renamed since a commit."""
        answer = self._run("diff", "--name-status", "-z", "--find-renames", "--diff-filter=R", "--relative", commit)
        if answer.returncode:
            raise UserError("unreadable-commit", f"git cannot compare `{commit}`: {_reason(answer)}", hint=_FETCH_HINT)
        _, *fields = (os.fsdecode(field) for field in answer.stdout.split(b"\0")) if answer.stdout else ("",)
        return dict(zip(fields[1::3], fields[::3], strict=False))

    def _commit(self, revision: str) -> str:
        answer = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if answer.returncode and revision == "HEAD":
            raise UserError("no-commit", "the checkout has no commit yet", hint="leave `--base` out")
        if answer.returncode:
            hint = _FETCH_HINT if self._is_shallow() else "fetch it first, or give another branch, tag or commit"
            raise UserError("unknown-revision", f"git knows no revision `{revision}`", hint=hint)
        return answer.stdout.decode().strip()

    def _is_shallow(self) -> bool:
        return self._run("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return _git(self._folder, *arguments)


class _Entry(NamedTuple):
    """One file of a commit's tree."""

    mode: str
    blob: str
    size: int
    path: str

    @classmethod
    def parse(cls, line: bytes, prefix: PurePosixPath) -> _Entry:
        facts, _, path = line.partition(b"\t")
        mode, _, blob, size = facts.decode().split()
        relative = PurePosixPath(os.fsdecode(path)).relative_to(prefix).as_posix()
        return cls(mode, blob, int(size) if size.isdigit() else 0, relative)


class _CommitTree:
    def __init__(self, entries: Sequence[_Entry], blobs: _Blobs) -> None:
        self._blobs = blobs
        self._entries = {one.path: one for one in entries if one.size <= MAX_FILE_BYTES}
        self.skipped: Sequence[Skipped] = tuple(
            Skipped(one.path, f"larger than {MAX_FILE_BYTES // 1024 // 1024} MiB")
            for one in entries
            if one.size > MAX_FILE_BYTES
        )
        self.links: Sequence[str] = ()  # what is told of files is told of those that are checked, not of their base

    def paths(self) -> Sequence[str]:
        return sorted(self._entries)

    def read(self, path: str) -> bytes:
        return self._blobs.read(self._entries[path].blob)

    def blob_id(self, path: str) -> str:
        return self._entries[path].blob


class _Blobs:
    """`git cat-file --batch`: one process, asked for one blob after the other."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - a list without a word of the user's
            [_executable(), "-C", str(folder), "cat-file", "--batch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
        )

    def __enter__(self) -> _Blobs:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def read(self, blob: str) -> bytes:
        questions, answers = _pipes(self._process)
        with suppress(BrokenPipeError):  # git is gone, then, and answers nothing
            questions.write(f"{blob}\n".encode())
            questions.flush()
        header = answers.readline().split()
        if len(header) != 3:
            raise UserError("missing-object", f"git has no object `{blob}` of the base", hint=_FETCH_HINT)
        data = answers.read(int(header[2]))
        answers.read(1)
        return data


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process was started without pipes")
    return process.stdin, process.stdout


def _installed_left_out(entries: Sequence[_Entry]) -> Iterator[_Entry]:
    """What `DirectoryProject` would find, were the commit checked out."""
    environments = {PurePosixPath(one.path).parent for one in entries if one.path.endswith("/pyvenv.cfg")}
    for one in entries:
        *folders, _ = PurePosixPath(one.path).parents
        hidden = any(folder.name.startswith(".") and folder.name != ".github" for folder in folders)
        left_out = hidden or any(folder.name in SKIPPED_FOLDERS or folder in environments for folder in folders)
        if one.mode in _REGULAR_FILES and not left_out:
            yield one


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - a list, and revisions come after `--end-of-options`
        [_executable(), "-C", str(folder), *arguments], capture_output=True, check=False, env=_environment()
    )


def _executable() -> str:
    git = shutil.which("git")
    if git is None:
        raise UserError("no-git", "`git` was not found", hint="`--base` needs git on PATH")
    return git


def _environment() -> dict[str, str]:
    """Ours, without what points git elsewhere inside a hook; git asks nobody for anything."""
    kept = {name: value for name, value in os.environ.items() if name not in _SET_BY_HOOKS}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def _reason(answer: subprocess.CompletedProcess[bytes]) -> str:
    """The first line git wrote, which for a checkout of another owner says what to do."""
    lines = answer.stderr.decode("utf-8", "replace").splitlines()
    return lines[0].removeprefix("fatal: ") if lines else f"git ended with {answer.returncode}"
