"""Where results are written: standard output as it is, or a file, and what happens when neither takes them."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path

from rules.errors import UserError


def prepare() -> None:
    """Characters that the terminal's encoding lacks are escaped; what was closed by the caller swallows all."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            null = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open as long as the process lives
            setattr(sys, name, null)
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def emit(text: str, file: Path | None = None) -> None:
    """Writes the text at once. A reader that left early is a BrokenPipeError, all else that fails a `UserError`."""
    try:
        if file is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            file.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        if file is None:
            _discard()
        if isinstance(error, BrokenPipeError):
            raise
        where = f"`{file}`" if file else "standard output"
        raise UserError("cannot-write", f"{where} cannot be written: {error.strerror}") from None


def _discard() -> None:
    """The interpreter flushes once more at its end; what is left must not fail again."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
