"""Which command makes a lock anew."""

from __future__ import annotations

_COMMANDS = {
    "uv.lock": "uv lock",
    "poetry.lock": "poetry lock",
    "pdm.lock": "pdm lock",
    "Pipfile.lock": "pipenv lock",
}


def command_for(path: str) -> str:
    """The command of the tool that a lock belongs to; for `pylock.toml`, which many tools write, pip's."""
    return _COMMANDS.get(path.rpartition("/")[2], "pip lock")
