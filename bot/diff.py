"""Unified diffs, as `git diff` prints them and the API gives them (`patch`): which lines can be commented on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

DEV_NULL = "/dev/null"
HUNK_HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)")
ESCAPE = re.compile(rb"\\([abtnvfr\"\\]|[0-7]{3})")
ESCAPED = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}


class MalformedDiff(ValueError):
    """The text is no unified diff."""


class Side(StrEnum):
    """LEFT is the merge base, RIGHT the head; unchanged lines are on both."""

    LEFT = "LEFT"
    RIGHT = "RIGHT"


class Status(StrEnum):
    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"
    COPIED = "copied"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a hunk. `old` and `new` are its numbers, None on the side where it is not.

    `text` is the line as it is in the file, without its line feed: a carriage return before it is kept.
    """

    old: int | None
    new: int | None
    text: str
    ends_with_newline: bool = True

    def number(self, side: Side) -> int | None:
        return self.old if side is Side.LEFT else self.new


@dataclass(frozen=True, slots=True)
class Hunk:
    old_start: int
    old_count: int
    new_start: int
    new_count: int
    section: str
    lines: tuple[DiffLine, ...]

    def covers(self, start: int, end: int, side: Side = Side.RIGHT) -> bool:
        """Whether all lines from `start` to `end` are in this hunk: then one comment can span them."""
        first, count = (self.old_start, self.old_count) if side is Side.LEFT else (self.new_start, self.new_count)
        return first <= start <= end < first + count

    def text_of(self, start: int, end: int) -> tuple[str, ...]:
        """The lines `start` to `end` of the head, with their line endings; they must be covered."""
        return tuple(
            line.text + ("\n" if line.ends_with_newline else "")
            for line in self.lines
            if line.new is not None and start <= line.new <= end
        )


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One changed file. `old_path` differs from `path` where it was renamed or copied.

    Without hunks nothing in it can be commented on: it is binary, only moved, only another mode, or empty.
    """

    path: str
    old_path: str
    status: Status
    hunks: tuple[Hunk, ...] = ()
    binary: bool = False

    def hunk_of(self, start: int, end: int | None = None, side: Side = Side.RIGHT) -> Hunk | None:
        end = start if end is None else end
        return next((hunk for hunk in self.hunks if hunk.covers(start, end, side)), None)


@dataclass(frozen=True, slots=True)
class Diff:
    """All changed files by their path in the head (in the merge base for deleted ones)."""

    files: dict[str, FileDiff]

    def hunk_of(self, path: str, start: int, end: int | None = None, side: Side = Side.RIGHT) -> Hunk | None:
        """The one hunk that holds all these lines."""
        file = self.files.get(path)
        return file.hunk_of(start, end, side) if file else None

    @property
    def renamed(self) -> dict[str, str]:
        """The former paths, by the present ones, of the files that were renamed."""
        return {file.path: file.old_path for file in self.files.values() if file.status is Status.RENAMED}

    def commentable(self, path: str, line: int, side: Side = Side.RIGHT) -> bool:
        """Whether GitHub accepts a comment there: added and unchanged lines RIGHT, deleted and unchanged ones LEFT."""
        return self.hunk_of(path, line, side=side) is not None


NO_DIFF = Diff({})


def parse_diff(text: bytes | str) -> Diff:
    """Reads the output of `git diff` with the prefixes `a/` and `b/`. Bytes that are no UTF-8 become U+FFFD."""
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    reader = _Reader(decoded.split("\n"))
    files: dict[str, FileDiff] = {}
    while (line := reader.peek()) is not None:
        if not line.startswith("diff --git "):
            if line:
                raise MalformedDiff(f"line {reader.at + 1} of the diff belongs to no file")
            reader.take()
            continue
        file = _read_file(reader)
        files[file.path] = file
    return Diff(files)


def parse_patch(path: str, patch: str | None, *, status: Status = Status.MODIFIED, old_path: str = "") -> FileDiff:
    """Reads a file's `patch` of the API; None (too large, binary) gives a file without hunks."""
    reader = _Reader((patch or "").split("\n"))
    hunks = tuple(_read_hunks(reader))
    if reader.peek():
        raise MalformedDiff(f"line {reader.at + 1} of the patch of {path} belongs to no hunk")
    return FileDiff(path, old_path or path, status, hunks, binary=patch is None)


class _Reader:
    """The lines of a diff with a position."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0

    def peek(self) -> str | None:
        return self.lines[self.at] if self.at < len(self.lines) else None

    def take(self) -> str:
        line = self.peek()
        if line is None:
            raise MalformedDiff("the diff ends in the middle of a hunk")
        self.at += 1
        return line


@dataclass
class _Header:
    """What the lines before a file's first hunk say."""

    old: str | None = None
    new: str | None = None
    status: Status = Status.MODIFIED
    binary: bool = False


def _read_file(reader: _Reader) -> FileDiff:
    names = reader.take().removeprefix("diff --git ")
    header = _Header()
    while (line := reader.peek()) is not None and not line.startswith(("diff --git ", "@@ ")):
        if line.startswith("GIT binary patch"):
            header.binary = True
            _skip_binary(reader)
            break
        _read_header_line(reader.take(), header)
    hunks = tuple(_read_hunks(reader))
    same = _same_name(names)
    old, new = header.old or header.new or same, header.new or header.old or same
    path = old if header.status is Status.DELETED else new
    return FileDiff(path, path if header.status is Status.ADDED else old, header.status, hunks, header.binary)


def _read_header_line(line: str, header: _Header) -> None:
    word, _, rest = line.partition(" ")
    match word:
        case "---":
            header.old = _path(rest, "a/") if rest != DEV_NULL else header.old
        case "+++":
            header.new = _path(rest, "b/") if rest != DEV_NULL else header.new
        case "new":
            header.status = Status.ADDED if rest.startswith("file mode") else header.status
        case "deleted":
            header.status = Status.DELETED
        case "rename" | "copy":
            header.status = Status.RENAMED if word == "rename" else Status.COPIED
            end, _, name = rest.partition(" ")
            setattr(header, "old" if end == "from" else "new", _path(name, ""))
        case "Binary":
            header.binary = True


def _skip_binary(reader: _Reader) -> None:
    while (line := reader.peek()) is not None and not line.startswith("diff --git "):
        reader.take()


def _read_hunks(reader: _Reader) -> Iterator[Hunk]:
    while (line := reader.peek()) is not None and line.startswith("@@ "):
        yield _read_hunk(reader)


def _read_hunk(reader: _Reader) -> Hunk:
    line = reader.take()
    match = HUNK_HEADER.match(line)
    if not match:
        raise MalformedDiff(f"no hunk header: {line[:80]}")
    old_start, old_count, new_start, new_count = (int(group) if group else 1 for group in match.groups()[:4])
    lines = tuple(_read_lines(reader, old_start, old_start + old_count, new_start, new_start + new_count))
    return Hunk(old_start, old_count, new_start, new_count, match[5].strip(), lines)


def _read_lines(reader: _Reader, old: int, old_end: int, new: int, new_end: int) -> Iterator[DiffLine]:
    """Counts as the header said, so that a changed line which looks like a header is none."""
    while old < old_end or new < new_end:
        line = reader.take()
        mark, text = line[:1] or " ", line[1:]
        if mark not in " +-":
            raise MalformedDiff(f"line {reader.at} of the diff is no line of a hunk")
        whole = not _takes_no_newline(reader)
        yield DiffLine(old if mark != "+" else None, new if mark != "-" else None, text, whole)
        old += mark != "+"
        new += mark != "-"


def _takes_no_newline(reader: _Reader) -> bool:
    """`\\ No newline at end of file` (in any language) says something of the line before it and is none itself."""
    if (reader.peek() or "").startswith("\\"):
        reader.take()
        return True
    return False


def _path(text: str, prefix: str) -> str:
    """git ends names that hold white space with a tab, and quotes those that hold special characters."""
    name = text.removesuffix("\t")
    if name.startswith('"') and name.endswith('"'):
        name = _unquote(name[1:-1])
    return name.removeprefix(prefix)


def _unquote(text: str) -> str:
    def byte(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([ESCAPED[code] if code in ESCAPED else int(code, 8) & 0xFF])

    return ESCAPE.sub(byte, text.encode()).decode("utf-8", "replace")


def _same_name(names: str) -> str:
    """The file of `a/x b/x`, which is all that is said of one that is binary, empty, or has only another mode."""
    return _path(names[: len(names) // 2], "a/")
