"""Which tool wrote a requirements file, with which command and from what, as far as its first lines tell."""

from __future__ import annotations

import re

from rules.dependencies.declared import Generated
from rules.dependencies.parse import is_development
from rules.dependencies.paths import folder_of, join

_HEADER_LINES = 14
_BY = re.compile(
    r"generated\s+(?:by|from)\s+(pip-compile-multi|pip-compile|hatch-pip-compile|uv|poetry|pdm|pipenv)\b", re.IGNORECASE
)
_COMMAND = re.compile(
    r"(?:command|to update, run|run)\s*:[ \t]*\n(?:#[ \t]*\n)*#\s+(\S[^\n]*(?:\\\n#[^\n]*)*)", re.IGNORECASE
)
_INPUT = re.compile(r"\.(in|toml|cfg|py|txt)$")
_OUTPUTS = frozenset({"-o", "--output-file", "--output"})
_WITH_VALUE = _OUTPUTS | {
    "-c",
    "--constraint",
    "--constraints",
    "--override",
    "--overrides",
    "-b",
    "--build-constraints",
}
_PARTS_ONLY = ("--only-", "--no-emit-", "--prune", "--package", "--only=", "--without")
"""Options by which a file leaves out a part of what its source declares."""
_LOCKED = {"uv": "pyproject.toml", "poetry": "pyproject.toml", "pdm": "pyproject.toml", "pipenv": "Pipfile"}


def generated(path: str, text: str) -> Generated | None:
    """What the header of a requirements file says about its making; None where people write it."""
    header = "\n".join(text.split("\n", _HEADER_LINES)[:_HEADER_LINES])
    tool = _BY.search(header)
    if tool is None:
        return None
    name = tool[1].lower()
    found = _COMMAND.search(header)
    command = re.sub(r"\s*\\\n#\s*", " ", found[1]).strip() if found else ""
    sources, defaults = _made_from(path, name, command)
    return Generated(name, command or _usual_command(path, name), sources, defaults)


def _usual_command(path: str, tool: str) -> str:
    file = path.rpartition("/")[2]
    if tool == "uv":
        return f"uv export --output-file {file}"
    if tool in {"poetry", "pdm"}:
        return f"{tool} export --output {file}"
    return f"{tool} {file.removesuffix('.txt')}.in" if tool == "pip-compile" else tool


def _made_from(path: str, tool: str, command: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The files that the command names, or else those that the tool looks for by itself."""
    words = command.replace("=", " ").split()
    if any(word.startswith(_PARTS_ONLY) for word in command.split()):
        return (), ()
    values = {index + 1 for index, word in enumerate(words) if word in _WITH_VALUE}
    named = [w for i, w in enumerate(words) if i not in values and _INPUT.search(w) and not w.startswith("-")]
    output = next((words[i + 1] for i, word in enumerate(words[:-1]) if word in _OUTPUTS), "")
    if named:
        return tuple(_source(path, name, output) for name in named), ()
    return (), tuple(_defaults(path, tool, words, output))


def _source(path: str, name: str, output: str) -> str:
    """A named file, seen from where the command ran: the output's name tells, or else folders that both share."""
    if output and f"/{path}".endswith(f"/{output}"):
        return join(path[: len(path) - len(output)], name)
    parts, folders = name.split("/"), folder_of(path).split("/")
    shared = next((n for n in range(len(parts) - 1, 0, -1) if parts[:n] == folders[-n:]), 0)
    return join(path, "/".join(parts[shared:]))


def _defaults(path: str, tool: str, words: list[str], output: str) -> list[str]:
    stem = path.removesuffix(".txt")
    if tool in {"pip-compile", "pip-compile-multi"}:
        own = [f"{stem}.in"]
        if words[:1] == ["pip-compile"]:
            names = ("requirements.in", "setup.py", "pyproject.toml", "setup.cfg")
            own = [_source(path, name, output) for name in names]
        return own
    name = _LOCKED.get(tool)
    if name is None or (words and "export" not in words) or (not words and is_development(path.rpartition("/")[2])):
        return []
    project = next((words[i + 1] for i, word in enumerate(words[:-1]) if word == "--project"), "")
    if project:
        return [_source(path, f"{project}/{name}", output)]
    return [_source(path, name, output), *_above(path, name)]


def _above(path: str, name: str) -> list[str]:
    """The same name beside a file and in every folder above it."""
    found = []
    folder = folder_of(path)
    while True:
        found.append(f"{folder}/{name}" if folder else name)
        if not folder:
            return found
        folder = folder_of(folder)
