"""The source of a pull request: a bare cache of each repository, filled by SHA and read blob by blob."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from bot.errors import GitHubRefused, GitHubUnavailable, UserError
from rules.project import MAX_FILE_BYTES, SKIPPED_FOLDERS
from rules.report import Skipped
from workers.git import MAX_OUTPUT_BYTES, CommitGone, Remote, end_process, run_git, start_git

FETCH_SECONDS = 300
READ_SECONDS = 60
MAX_FILES = 100_000
MAX_LARGE_FILES = 1000
MAX_SOURCE_BYTES = 512 * 1024**2
"""Of all the files of a tree that the analysis may read: the largest projects have a tenth of it."""
MAX_DIFF_BYTES = 128 * 1024**2
SOURCES = (".py", ".pyi", ".html", ".htm", ".jinja", ".jinja2", ".j2", ".xml", ".txt", ".toml", ".cfg", ".lock")
MAX_PACKS = 60
"""A cache with more packs is thrown away at the next fetch that has it to itself: it is only a cache."""

BLOB_FILTER = f"blob:limit={MAX_FILE_BYTES + 1}"
SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
BRANCH = re.compile(r"(?!.*(\.\.|@\{|//))[^\x00-\x20\x7f~^:?*\[\\]+")
REGULAR, LINK = ("100644", "100755"), "120000"


@dataclass(frozen=True, slots=True)
class Blob:
    blob_id: str
    size: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a scan compares: `merge_base` and `head` are commits of the cache, `diff` leads from one to the other.

    `renamed` has the former paths, by the present ones, of files that have another name since the former head.
    """

    cache: Path
    merge_base: str
    head: str
    diff: bytes
    renamed: Mapping[str, str] = field(default_factory=dict)

    def base_tree(self) -> GitTree:
        return _opened(self.cache, self.merge_base)

    def head_tree(self) -> GitTree:
        return _opened(self.cache, self.head)


class GitTree:
    """One commit as a `rules.project.Project`: regular files, read from the cache without a checkout.

    A context manager: it holds a `git cat-file` process.
    """

    def __init__(self, cache: Path, commit: str) -> None:
        self._blobs, skipped, links = _list_tree(cache, commit)
        self.skipped: Sequence[Skipped] = tuple(skipped)
        self.links: Sequence[str] = tuple(links)
        self._paths = sorted(self._blobs)
        self._process = start_git(cache, "cat-file", "--batch")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        end_process(self._process)

    def paths(self) -> Sequence[str]:
        return self._paths

    def blob_id(self, path: str) -> str:
        return self._blobs[path].blob_id

    def read(self, path: str) -> bytes:
        blob = self._blobs[path]
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise ValueError("this tree was opened without pipes")
        requests.write(f"{blob.blob_id}\n".encode())
        requests.flush()
        header = answers.readline().split()
        if header[1:2] != [b"blob"]:
            raise OSError(f"git has no blob for {path!r}")
        data = answers.read(int(header[2]))
        answers.read(1)
        return data


class Cache:
    """What is kept of one GitHub repository below `data_dir`, shared by all workers of this machine.

    `commits.git` has the history without its files, to find merge bases; `files.git` has single commits with their
    files and without history; `facts` is for what was read of them, and goes with them.
    """

    def __init__(self, data_dir: Path, repository_id: int) -> None:
        self._folder = data_dir.resolve() / "repositories" / str(repository_id)
        self._files = self._folder / "files.git"
        self._commits = self._folder / "commits.git"
        self.facts = self._folder / "facts"

    @contextmanager
    def snapshot(
        self,
        remote: Remote,
        *,
        number: int,
        base_ref: str,
        head_sha: str,
        base_sha: str = "",
        former_sha: str = "",
        fresh: bool = False,
    ) -> Iterator[Snapshot]:
        """Fetches what is missing and keeps it for as long as the context lasts; `fresh` fetches everything anew.

        The merge base is the one with the base branch as it is now, as GitHub shows a pull request; or `base_sha`,
        which a merge queue names. `former_sha` is the head that was scanned before, if any.
        Raises CommitGone, GitHubRefused, GitHubUnavailable (also when the cache is damaged), UserError (too large).
        """
        _expect(SHA, head_sha, "commit")
        _expect(BRANCH, base_ref, "branch")
        _expect(SHA, base_sha or head_sha, "commit")
        _expect(SHA, former_sha or head_sha, "commit")
        self._folder.mkdir(parents=True, exist_ok=True)
        if fresh:
            self._discard(self._files, self._commits, self.facts)
        with self.used():
            snapshot = self._fetched(remote, number, base_ref, head_sha, base_sha)
            yield replace(snapshot, renamed=self._renamed(remote, former_sha, head_sha)) if former_sha else snapshot
        for repository in (self._files, self._commits):
            if len(list(repository.glob("objects/pack/*.pack"))) > MAX_PACKS:
                self._discard(repository)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Nothing of it is thrown away meanwhile."""
        with _locked(self._folder / "use.lock", fcntl.LOCK_SH):
            yield

    def discard(self) -> None:
        """Removes what was fetched and read, unless a scan uses it now."""
        if self._folder.exists():
            self._discard(self._files, self._commits, self.facts)

    def discard_facts(self) -> bool:
        """False while a scan uses them."""
        return self._discard(self.facts)

    def _fetched(self, remote: Remote, number: int, base_ref: str, head_sha: str, base_sha: str) -> Snapshot:
        try:
            with _locked(self._folder / "fetch.lock", fcntl.LOCK_EX):
                merge_base = base_sha or self._merge_base(remote, number, base_ref, head_sha)
                self._fetch_files(remote, (merge_base, head_sha))
            return Snapshot(self._files, merge_base, head_sha, _diff(self._files, merge_base, head_sha))
        except subprocess.CalledProcessError as error:
            raise GitHubUnavailable(f"the cache of the repository is damaged (`git {error.cmd[1]}` failed)") from error

    def _renamed(self, remote: Remote, former: str, head: str) -> dict[str, str]:
        """Nothing, where the former head cannot be had any more: then its files have no other name that we know of."""
        try:
            with _locked(self._folder / "fetch.lock", fcntl.LOCK_EX):
                self._fetch_files(remote, (former,))
            return _renames(self._files, former, head)
        except (CommitGone, GitHubRefused, UserError, subprocess.CalledProcessError):
            return {}

    def _merge_base(self, remote: Remote, number: int, base_ref: str, head_sha: str) -> str:
        base, head = f"refs/bases/{base_ref}", f"refs/heads/pull-{number}"
        _fetch(self._commits, remote, "tree:0", f"+refs/heads/{base_ref}:{base}", f"+{head_sha}:{head}")
        try:
            return run_git(self._commits, "merge-base", base, head, seconds=READ_SECONDS).decode().strip()
        except subprocess.CalledProcessError as error:
            if error.returncode != 1:
                raise
        # No history in common: every line is new against the base branch itself.
        return run_git(self._commits, "rev-parse", base, seconds=READ_SECONDS).decode().strip()

    def _fetch_files(self, remote: Remote, commits: Sequence[str]) -> None:
        missing = [commit for commit in dict.fromkeys(commits) if not self._has(commit)]
        if missing:
            refs = [f"+{commit}:refs/commits/{commit}" for commit in missing]
            _fetch(self._files, remote, BLOB_FILTER, "--depth=1", *refs)

    def _has(self, commit: str) -> bool:
        return self._files.exists() and bool(
            run_git(self._files, "for-each-ref", f"refs/commits/{commit}", seconds=READ_SECONDS)
        )

    def _discard(self, *folders: Path) -> bool:
        """Throws them away, unless another scan uses them now: it is only a cache."""
        try:
            with _locked(self._folder / "use.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
                for folder in folders:
                    shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            return False
        return True


def caches(data_dir: Path) -> list[Cache]:
    """All of this machine."""
    return [Cache(data_dir, int(folder.name)) for folder in (data_dir / "repositories").glob("[0-9]*")]


def _fetch(repository: Path, remote: Remote, blob_filter: str, *what: str) -> None:
    if not repository.exists():
        fresh = repository.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        run_git(fresh, "init", "--quiet", "--bare", "--template=", str(fresh), seconds=READ_SECONDS)
        fresh.rename(repository)
    options = [word for word in what if word.startswith("--")]
    refs = [word for word in what if not word.startswith("--")]
    run_git(
        repository,
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-auto-gc",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        f"--filter={blob_filter}",
        *options,
        "origin",
        *refs,
        seconds=FETCH_SECONDS,
        remote=remote,
        settings={
            "remote.origin.url": remote.url,
            "remote.origin.promisor": "true",
            "remote.origin.partialCloneFilter": blob_filter,
        },
    )


def _opened(cache: Path, commit: str) -> GitTree:
    try:
        return GitTree(cache, commit)
    except subprocess.CalledProcessError as error:
        raise UserError("unreadable-tree", f"git cannot read its files (`git {error.cmd[1]}` failed)") from error


def _list_tree(cache: Path, commit: str) -> tuple[dict[str, Blob], list[Skipped], list[str]]:
    """The files that may be read, those that may not, and symbolic links."""
    names: dict[str, str] = {}
    skipped: list[Skipped] = []
    links: list[str] = []
    for entry in run_git(cache, "ls-tree", "-r", "-z", "--full-tree", commit, seconds=READ_SECONDS).split(b"\0")[:-1]:
        meta, _, raw_path = entry.partition(b"\t")
        mode, _, blob_id = meta.decode("ascii").split(" ")
        path = raw_path.decode("utf-8", "backslashreplace")
        if mode == LINK and not _is_left_out(path):
            links.append(path)
        if mode not in REGULAR or _is_left_out(path):
            continue
        if path.encode("utf-8") != raw_path:
            skipped.append(Skipped(path, "the file's name is not UTF-8"))
        else:
            names[path] = blob_id
    if len(names) > MAX_FILES:
        raise UserError("repository-too-large", f"the repository is too large: it has more than {MAX_FILES} files")
    return _measure(cache, names, skipped), skipped, links


def _measure(cache: Path, names: dict[str, str], skipped: list[Skipped]) -> dict[str, Blob]:
    """The blobs that are there and not too large; the others become `skipped`."""
    sizes = _sizes(cache, names.values())
    blobs = {}
    for path, blob_id in names.items():
        size = sizes.get(blob_id)
        if size is None or size > MAX_FILE_BYTES:
            skipped.append(Skipped(path, f"larger than {MAX_FILE_BYTES // 1024 // 1024} MiB"))
        else:
            blobs[path] = Blob(blob_id, size)
    total = sum(blob.size for path, blob in blobs.items() if path.endswith(SOURCES))
    if total > MAX_SOURCE_BYTES:
        raise UserError(
            "repository-too-large", f"the repository is too large: it has {total // 1024**2} MiB of source code"
        )
    return blobs


def _sizes(cache: Path, blob_ids: Iterable[str]) -> dict[str, int]:
    """The sizes in bytes of the blobs that the cache has."""
    asked = "".join(f"{blob_id}\n" for blob_id in dict.fromkeys(blob_ids)).encode()
    answers = run_git(cache, "cat-file", "--batch-check=%(objectname) %(objectsize)", seconds=READ_SECONDS, stdin=asked)
    found = (line.split(" ") for line in answers.decode("ascii").splitlines())
    return {blob_id: int(size) for blob_id, size in found if size != "missing"}


def _diff(cache: Path, base: str, head: str) -> bytes:
    """The unified diff as GitHub shows it, without the files that are too large to be in the cache."""
    return _compared(cache, base, head, "--no-color", "--src-prefix=a/", "--dst-prefix=b/", limit=MAX_DIFF_BYTES)


def _renames(cache: Path, former: str, head: str) -> dict[str, str]:
    """The former paths by the present ones. Bytes that are no UTF-8 become U+FFFD, as in a diff that was parsed."""
    told = _compared(cache, former, head, "--name-status", "-z", "--diff-filter=R").decode("utf-8", "replace")
    words = iter(told.split("\0")[:-1])
    return {present: before for _status, before, present in zip(words, words, words, strict=True)}


def _compared(cache: Path, base: str, head: str, *options: str, limit: int = MAX_OUTPUT_BYTES) -> bytes:
    changes = run_git(cache, "diff-tree", "-r", "-z", "--raw", "--no-renames", base, head, seconds=READ_SECONDS)
    fields = changes.split(b"\0")[:-1]
    touched = [(entry.decode("ascii").split(" "), path) for entry, path in zip(fields[::2], fields[1::2], strict=True)]
    sizes = _sizes(cache, (blob for entry, _ in touched for blob in entry[2:4] if set(blob) != {"0"}))
    absent = [path for entry, path in touched if any(_is_absent(mode, blob, sizes) for mode, blob in _sides(entry))]
    if len(absent) > MAX_LARGE_FILES:
        raise UserError(
            "change-too-large", f"more than {MAX_LARGE_FILES} files of the change are too large, or not there"
        )
    return run_git(
        cache,
        "diff",
        "--no-ext-diff",
        "--no-textconv",
        "--find-renames",
        *options,
        base,
        head,
        "--",
        ".",
        *(f":(top,exclude,literal){os.fsdecode(path)}" for path in absent),
        seconds=READ_SECONDS,
        limit=limit,
    )


def _sides(entry: Sequence[str]) -> tuple[tuple[str, str], tuple[str, str]]:
    """Mode and blob id, before and after, of one entry of a raw diff (`:100644 100644 1f2e.. 3d4c.. M`)."""
    return (entry[0].lstrip(":"), entry[2]), (entry[1], entry[3])


def _is_absent(mode: str, blob_id: str, sizes: Mapping[str, int]) -> bool:
    return mode not in ("000000", "160000") and blob_id not in sizes


@contextmanager
def _locked(file: Path, how: int) -> Iterator[None]:
    """Holds a lock between processes; the system lets it go when the process dies."""
    with file.open("a") as handle:
        fcntl.flock(handle, how)
        yield


def _expect(form: re.Pattern[str], value: str, what: str) -> None:
    if not form.fullmatch(value):
        raise CommitGone(f"`{value}` is no name of a {what}")


def _is_left_out(path: str) -> bool:
    """The folders that `rules.project.DirectoryProject` leaves out too."""
    folders = path.split("/")[:-1]
    return any(name in SKIPPED_FOLDERS or (name.startswith(".") and name != ".github") for name in folders)
