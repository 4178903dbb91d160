"""Writes settings into a file `.env` that nobody else may read; what stands there already stays."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bot.errors import UserError

NAME = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")
MODE = 0o600


def require_writable(file: Path) -> None:
    """Raises UserError where `write` would fail: a code of GitHub works once, and is not to be lost."""
    try:
        with tempfile.NamedTemporaryFile(dir=file.absolute().parent, prefix=".env."):
            pass
    except OSError as error:
        raise UserError(
            "unwritable-env-file",
            f"the credentials cannot be stored: {error.strerror}",
            where=str(file.absolute()),
            hint="start Greenlatch in a folder that it may write to",
        ) from None


def write(file: Path, values: Mapping[str, str]) -> None:
    """Replaces the lines of these names, or adds them, all at once: there is never half a file."""
    before = file.read_text("utf-8").splitlines() if file.is_file() else []
    kept = [line for line in before if _name(line) not in values]
    lines = [*kept, *(f"{name}={_quoted(value)}" for name, value in values.items())]
    handle, temporary = tempfile.mkstemp(dir=file.absolute().parent, prefix=".env.")
    try:
        os.fchmod(handle, MODE)
        with os.fdopen(handle, "w", encoding="utf-8") as output:
            output.write("\n".join(lines) + "\n")
            output.flush()
            os.fsync(output.fileno())
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _name(line: str) -> str:
    found = NAME.match(line)
    return found[1] if found else ""


def _quoted(value: str) -> str:
    """Line ends of keys become `\\n`, which the settings undo. Nothing of GitHub has `${`, which would be expanded."""
    return "'" + value.strip().replace("\n", "\\n").replace("'", "\\'") + "'"
