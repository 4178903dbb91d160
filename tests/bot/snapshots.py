"""Texts that people read, kept as files: a change of wording is seen in the diff.

`GREENLATCH_UPDATE_SNAPSHOTS=1 pytest tests/bot` writes them anew.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"


def assert_snapshot(name: str, text: str) -> None:
    file = FOLDER / name
    if os.environ.get("GREENLATCH_UPDATE_SNAPSHOTS"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text + "\n"
