"""Reads many files, on several processors where that pays: forked processes take a share each, and so does this one."""

from __future__ import annotations

from collections.abc import Sequence

from rules.forking import may_fork, shares, spread
from rules.project import Project
from rules.reading.one_file import read_file
from rules.reading.packing import pack

WORTH_A_PROCESS = 1_000_000
"""Bytes of source for each process: about a quarter of a second, of which starting one takes a few milliseconds."""

File = tuple[str, bytes, bool]
"""Its path, its bytes, and whether an outline will do."""


def read_packed(project: Project, wanted: Sequence[tuple[str, bool]], processes: int = 1) -> list[bytes | None]:
    """Each path, or the outline of it, packed, in the order of `wanted`; None for one that cannot be packed.

    The number of processes changes no result.
    """
    if processes <= 1 or not wanted or not may_fork():
        return [pack(read_file(path, project.read(path), outline=outline)) for path, outline in wanted]
    files = [(path, project.read(path), outline) for path, outline in wanted]
    size = sum(_size(file) for file in files)
    processes = min(processes, size // WORTH_A_PROCESS, len(files))
    if processes <= 1:
        return [one or None for one in _read(files)]
    found: list[bytes | None] = [None] * len(files)
    parts = shares([_size(file) for file in files], processes)
    # None here: what parsing leaves of memory in pieces ends with the process that parsed.
    told = spread(_read, [[files[number] for number in part] for part in parts], own=0)
    for part, packed in zip(parts, told, strict=True):
        # What a child could not tell is read here: an error that it met is then raised here.
        for number, one in zip(part, packed or _read([files[number] for number in part]), strict=True):
            found[number] = one or None
    return found


def _read(files: Sequence[File]) -> list[bytes]:
    """Nothing in place of a file that cannot be packed."""
    return [pack(read_file(path, data, outline=outline)) or b"" for path, data, outline in files]


def _size(file: File) -> int:
    """In bytes that are read whole."""
    return len(file[1]) // 8 if file[2] else len(file[1])
