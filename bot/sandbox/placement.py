"""Where a comment on a diff may stand, and where it stands now that the branch has moved on."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.diff import Diff, FileDiff, Hunk, Line, diff_of
from bot.sandbox.git import GitRepository
from bot.sandbox.model import Pull, Thread


@dataclass(frozen=True, slots=True)
class Anchor:
    """The place that a request asks for. `side` and `start_side` are LEFT or RIGHT."""

    path: str
    line: int | None = None
    side: str = "RIGHT"
    start_line: int | None = None
    start_side: str | None = None
    subject_type: str = "line"


@dataclass(frozen=True, slots=True)
class Problem:
    """One of the sentences by which GitHub refuses an anchor."""

    field: str
    text: str

    @property
    def sentence(self) -> str:
        return f"Pull request review thread {self.field.replace('_', ' ')} {self.text}"


class MisplacedError(Exception):
    """An anchor that is not on the diff."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(problem.sentence for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Place:
    """An anchor that was found on a diff. File comments have line None and position 1."""

    line: int | None
    start_line: int | None
    position: int
    diff_hunk: str


BLANK_HUNK = Problem("diff_hunk", "can't be blank")
NOT_ON_DIFF = Problem("line", "must be part of the diff")
OTHER_HUNK = Problem("start_line", "must be part of the same hunk as the line.")
WRONG_ORDER = Problem("start_line", "must precede the end line.")


def is_part_of(pull: Pull, sha: str) -> bool:
    """Whether the commit lies between the base of the pull request and its head."""
    git = pull.repository.git
    if git.resolve(sha) != sha:
        return False
    return git.is_ancestor(sha, pull.head_sha) and not git.is_ancestor(sha, pull.base_sha)


def comparison(pull: Pull, sha: str) -> tuple[str, Diff]:
    """The merge base with the pull request's base, and the diff from there to `sha`."""
    git = pull.repository.git
    base = git.merge_base(pull.base_sha, sha) or pull.base_sha
    return base, diff_of(git, base, sha)


def place(diff: Diff, anchor: Anchor) -> Place:
    """Finds the anchor on the diff; raises MisplacedError with GitHub's reasons."""
    file = diff.file(anchor.path)
    if file is None:
        raise MisplacedError(Problem("path", "is invalid"), BLANK_HUNK)
    if anchor.subject_type == "file":
        return Place(None, None, 1, "")
    hunk = file.hunk_of(anchor.side, anchor.line) if anchor.line is not None else None
    if hunk is None or anchor.line is None:
        raise MisplacedError(NOT_ON_DIFF, *([OTHER_HUNK] if anchor.start_line else []), BLANK_HUNK)
    line = _line(hunk, anchor.side, anchor.line)
    if anchor.start_line is not None:
        _check_start(hunk, anchor.start_side or anchor.side, anchor.start_line, line)
    return Place(anchor.line, anchor.start_line, line.position, hunk.up_to(line))


def _check_start(hunk: Hunk, side: str, number: int, line: Line) -> None:
    start = hunk.find(side, number)
    if start is None:
        raise MisplacedError(OTHER_HUNK)
    if start.position >= line.position:
        raise MisplacedError(WRONG_ORDER)


def _line(hunk: Hunk, side: str, number: int) -> Line:
    line = hunk.find(side, number)
    if line is None:
        raise LookupError(f"line {number} is not in the hunk {hunk.header}")
    return line


def current_place(thread: Thread) -> Place | None:
    """Where the thread's lines are on the diff of today; None when they changed: then the thread is outdated."""
    pull = thread.pull
    base, diff = comparison(pull, pull.head_sha)
    moved = Anchor(thread.path, None, thread.side, None, thread.start_side, thread.subject_type)
    if thread.subject_type == "line" and thread.line is not None:
        lines = _moved_lines(thread, base)
        if lines is None:
            return None
        start, line = lines
        moved = Anchor(thread.path, line, thread.side, start, thread.start_side)
    try:
        return place(diff, moved)
    except MisplacedError:
        return None


def _moved_lines(thread: Thread, base: str) -> tuple[int | None, int] | None:
    """Start and end of the range by today's numbers; None when one of its lines changed."""
    pull = thread.pull
    versions = {"LEFT": (thread.merge_base, base), "RIGHT": (thread.commit_id, pull.head_sha)}
    line = thread.line or 1
    start_side = thread.start_side or thread.side
    start = thread.start_line if thread.start_line is not None else line
    spans = [(thread.side, range(start if start_side == thread.side else line, line + 1))]
    if start_side != thread.side:
        spans.insert(0, (start_side, range(start, start + 1)))
    numbers: list[int] = []
    for side, span in spans:
        moved = [_moved_line(pull.repository.git, *versions[side], thread.path, number) for number in span]
        found = [number for number in moved if number is not None]
        if len(found) < len(moved):
            return None
        numbers += found
    return (numbers[0] if thread.start_line is not None else None), numbers[-1]


def _moved_line(git: GitRepository, old: str, new: str, path: str, number: int) -> int | None:
    if old == new:
        return number
    diff = diff_of(git, old, new)
    file = next((each for each in diff.files if path in (each.path, each.previous_path)), None)
    if file is None:
        return number
    return _shifted(file, number) if file.path == path and file.status == "modified" else None


def _shifted(file: FileDiff, number: int) -> int | None:
    if file.patch is None:
        return None
    shift = 0
    for hunk in file.hunks:
        for line in hunk.lines:
            if line.left == number:
                return None if line.kind == "-" else line.right
            if line.left is not None and line.left > number:
                return number + shift
            shift += {"+": 1, "-": -1, " ": 0}[line.kind]
    return number + shift
