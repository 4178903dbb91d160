"""Reads requirements files as pip does: includes, constraints, editables, hashes, options and continued lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

from rules.dependencies.declared import Declared, Group, Include, Kind, Manifest, Style
from rules.dependencies.parse import Unreadable, bounded, extras_of, is_development, normalise, requirement
from rules.dependencies.paths import OUTSIDE, join
from rules.dependencies.read.generated import generated
from rules.dependencies.text import decode_requirements
from rules.finding import Location

_OPTION = re.compile(r"(?P<name>-r|--requirement|-c|--constraint|-e|--editable)(?:\s+|=|(?<=-\w))(?P<value>\S.*)")
_TRAILING = re.compile(r"\s--?[A-Za-z][\w-]*(?:[= ].*)?$", re.DOTALL)
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
_SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|git@)", re.IGNORECASE)
_MOST_PROBLEMS = 10
_RELATIVE_FILE = re.compile(r"^file:(?!/)(?:\./)?", re.IGNORECASE)
_LOCAL = re.compile(r"^(?P<path>\.{1,2}(?:/[^\[\]\s]*)?|[\w.-]*/[^\[\]\s]*)(?:\[(?P<extras>[^\]]*)\])?$")


@dataclass(frozen=True, slots=True)
class _Line:
    """One logical line: several physical ones where they are continued."""

    text: str
    number: int
    column: int
    first: int
    """How much of the text stands on the first physical line."""


def read(path: str, data: bytes) -> Manifest:
    text = decode_requirements(data)
    declared: list[Declared] = []
    includes: list[Include] = []
    problems: list[str] = []
    group = _group(path)
    for line in bounded(_logical_lines(text)):
        option = _OPTION.match(line.text)
        try:
            if option and option["name"] not in {"-e", "--editable"}:
                includes.append(_include(path, line, option, group))
            elif option:
                declared.append(_direct(path, line, option["value"].strip(), group))
            elif not line.text.startswith("-"):
                declared.append(_declared(path, line, group))
        except Unreadable as error:
            problems.append(f"line {line.number}: {error}")
    return Manifest(
        path,
        Kind.REQUIREMENTS,
        declared=tuple(declared),
        includes=tuple(includes),
        generated=generated(path, text),
        problems=tuple(_few(problems)),
    )


def _few(problems: list[str]) -> Iterator[str]:
    """The first reasons; a table that was pasted into the file has a hundred."""
    yield from problems[:_MOST_PROBLEMS]
    if len(problems) > _MOST_PROBLEMS:
        yield f"{len(problems) - _MOST_PROBLEMS} more lines could not be read"


def _group(path: str) -> Group:
    """For whom a file is, by its own name and that of a folder `requirements` it lies in."""
    name = path.rpartition("/")[2].rpartition(".")[0]
    if "constraint" in name.lower():
        return Group.CONSTRAINT
    return Group.DEVELOPMENT if is_development(name) else Group.RUNTIME


def _logical_lines(text: str) -> Iterator[_Line]:
    parts: list[str] = []
    number = 0
    for index, physical in enumerate(text.split("\n"), start=1):
        content = re.sub(r"(^|\s)#.*$", "", physical)
        number = number if parts else index
        continued = content.endswith("\\")
        parts.append(content[:-1] if continued else content)
        if not continued:
            yield from _line(parts, number)
            parts = []
    yield from _line(parts, number)


def _line(parts: list[str], number: int) -> Iterator[_Line]:
    while parts and not parts[0].strip():
        parts, number = parts[1:], number + 1
    joined = " ".join(parts).strip()
    if joined:
        indent = len(parts[0]) - len(parts[0].lstrip())
        yield _Line(joined, number, indent + 1, len(parts[0].strip()))


def _include(path: str, line: _Line, option: re.Match[str], group: Group) -> Include:
    name = option["value"].split(" #")[0].strip().strip("\"'")
    if _SCHEME.match(name):
        return Include("", line.number, problem=f"`{option['name']} {name[:80]}` names a URL, which is not opened")
    target = join(path, name)
    if target == OUTSIDE:
        return Include("", line.number, problem=f"`{option['name']} {name[:80]}` lies outside of the checked tree")
    return Include(target, line.number, constraint=option["name"] in {"-c", "--constraint"}, group=group)


def _declared(path: str, line: _Line, group: Group) -> Declared:
    bare = " ".join(_TRAILING.sub("", line.text).split())
    if _SCHEME.match(bare) or _LOCAL.match(bare):
        return _direct(path, line, bare, group)
    try:
        parsed = requirement(bare)
    except Unreadable as error:
        raise Unreadable(f"`{bare[:80]}` is no requirement: {error}") from None
    return Declared(
        name=normalise(parsed.name),
        location=_place(path, line, bare),
        text=bare,
        specifier=parsed.specifier,
        group=group,
        extras=extras_of(parsed.extras),
        marker=parsed.marker,
        url=parsed.url or "",
        local=_folder_of_url(path, parsed.url or ""),
        style=Style.LINE,
        hashed="--hash" in line.text,
    )


def _folder_of_url(path: str, url: str) -> str:
    """The folder that `name @ file:./folder` names; '' for other places."""
    return join(path, _RELATIVE_FILE.sub("./", url)) if _RELATIVE_FILE.match(url) else ""


def _direct(path: str, line: _Line, text: str, group: Group) -> Declared:
    """A requirement that is only a place: a folder of the tree, an archive or a repository."""
    bare = _TRAILING.sub("", text).strip()
    local = _LOCAL.match(_RELATIVE_FILE.sub("./", bare))
    egg = _EGG.search(bare)
    if not local and not egg and "@" in bare and not _SCHEME.match(bare):
        raise Unreadable(f"`{bare[:80]}` is no requirement")
    is_folder = local is not None and not _archived(bare)
    folder = join(path, local["path"].removesuffix("/")) if local and is_folder else ""
    return Declared(
        name=normalise(egg[1]) if egg else _archived(bare),
        location=_place(path, line, bare),
        text=bare,
        specifier=SpecifierSet(),
        group=group,
        extras=extras_of([extra.strip() for extra in (local["extras"] or "").split(",")] if local else []) - {""},
        url="" if is_folder else bare,
        local=folder,
        style=Style.LINE,
    )


def _archived(place: str) -> str:
    """The package that the name of a wheel or of a source archive tells; '' for other places."""
    file = unquote(re.split(r"[?#;\s]", place)[0].rpartition("/")[2])
    try:
        if file.endswith(".whl"):
            return parse_wheel_filename(file)[0]
        return parse_sdist_filename(file)[0] if file.endswith((".tar.gz", ".zip")) else ""
    except (InvalidWheelFilename, InvalidSdistFilename):
        return ""


def _place(path: str, line: _Line, text: str) -> Location:
    """Of the requirement, or of its part on the first line where it is continued."""
    offset = max(line.text.find(text), 0)
    start = line.column + offset
    length = len(text) if text in line.text and offset + len(text) <= line.first else line.first - offset
    return Location(path, line.number, start, line.number, start + length)
