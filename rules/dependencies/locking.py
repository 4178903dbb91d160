"""Which command makes a lock anew."""

from __future__ import annotations

_COMMANDS = {
    "uv.lock": "uv lock",
    "poetry.lock": "poetry lock",
    "pdm.lock": "pdm lock",
    "Pipfile.lock": "pipenv lock",
}


_BY_TOOL = {"uv": "uv.lock", "poetry": "poetry.lock", "pdm": "pdm.lock", "pipenv": "Pipfile.lock"}


def preference(path: str, tool: str) -> tuple[bool, int]:
    """Sorts the locks beside a manifest: that of its own tool first, else in the order in which tools are met."""
    name = path.rpartition("/")[2]
    known = list(_COMMANDS)
    return name != _BY_TOOL.get(tool), known.index(name) if name in known else len(known)


def command_for(path: str) -> str:
    """The command of the tool that a lock belongs to; for `pylock.toml`, which many tools write, pip's."""
    return _COMMANDS.get(path.rpartition("/")[2], "pip lock")
