"""What a fix changes, as whole lines and as a patch: made from a file before and after it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from bot.findings import FileChange, LineChange

NO_NEWLINE = "\\ No newline at end of file\n"


def file_change(path: str, before: bytes, after: bytes) -> FileChange:
    """Compares two versions of a file; `changes` is empty where they are equal."""
    old_text, old_exact = _decoded(before)
    new_text, new_exact = _decoded(after)
    old, new = split_lines(old_text), split_lines(new_text)
    return FileChange(path, tuple(_changes(old, new)), unified(path, old, new), old_exact and new_exact)


def split_lines(text: str) -> list[str]:
    """Lines with their endings as git counts them: only a line feed ends one."""
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def unified(path: str, old: Sequence[str], new: Sequence[str]) -> str:
    """A patch that `git apply` takes."""
    lines = difflib.unified_diff(old, new, _name("a/" + path), _name("b/" + path), n=3)
    return "".join(line if line.endswith("\n") else f"{line}\n{NO_NEWLINE}" for line in lines)


def _changes(old: list[str], new: list[str]) -> Iterator[LineChange]:
    """Equal lines at both ends are set aside first: a fix is small and its file may be long."""
    head = _equal(old, new)
    tail = _equal(old[head:][::-1], new[head:][::-1])
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    matcher = difflib.SequenceMatcher(None, middle_old, middle_new, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            yield from _change(head + i1 + 1, middle_old[i1:i2], middle_new[j1:j2])


def _change(start: int, old: list[str], new: list[str]) -> Iterator[LineChange]:
    """As many lines for as many are changes of single lines, which combine with others around them."""
    if len(old) != len(new):
        yield LineChange(start, start + len(old) - 1, tuple(old), tuple(new))
        return
    for line, (one, other) in enumerate(zip(old, new, strict=True), start):
        if one != other:
            yield LineChange(line, line, (one,), (other,))


def _equal(old: list[str], new: list[str]) -> int:
    """How many lines are equal from the start on."""
    pairs = zip(old, new, strict=False)
    return next((index for index, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))


def _decoded(data: bytes) -> tuple[str, bool]:
    try:
        return data.decode("utf-8"), True
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace"), False


def _name(path: str) -> str:
    """As git quotes names: a line feed in one must not begin a line of the patch."""
    if path.isprintable() and not any(character in path for character in '"\\'):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else "".join(f"\\{b:03o}" for b in c.encode()) for c in escaped) + '"'
