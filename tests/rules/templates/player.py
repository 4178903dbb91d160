"""Plays cases on real SQLAlchemy and Jinja: like `playcase`, and also tells which template lines were run.

`python -m tests.rules.templates.player`, with cases as JSON on standard input; each is played in a process of its own.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import starlette.templating  # noqa: F401  # loaded once, before forking
from jinja2 import Template
from sqlalchemy.ext.asyncio import create_async_engine

from tests.rules.playcase import played

Tracer = Callable[[FrameType, str, Any], Any]


def main() -> None:
    cases = json.load(sys.stdin)
    create_async_engine("sqlite+aiosqlite://")  # loads the dialect before forking
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        results = pool.map(traced, cases, chunksize=1)
    json.dump({case["name"]: result for case, result in zip(cases, results, strict=True)}, sys.stdout)


def traced(case: dict[str, Any]) -> dict[str, Any]:
    """What `played` returns, and under `lines` the template lines that were run, as (path, line)."""
    run: set[tuple[str, int]] = set()
    sys.settrace(_tracer(run))
    try:
        result = played(case)
    finally:
        sys.settrace(None)
    return {**result, "lines": sorted(run)}


def _tracer(run: set[tuple[str, int]]) -> Tracer:
    def inside(frame: FrameType, event: str, argument: Any) -> Any:
        template: Template = frame.f_globals["__jinja_template__"]
        if event == "line" and template.filename and template.filename != "<template>":
            path = Path(template.filename).absolute().relative_to(os.getcwd()).as_posix()
            run.add((path, template.get_corresponding_lineno(frame.f_lineno)))
        return inside

    def entered(frame: FrameType, event: str, argument: Any) -> Any:
        return inside if "__jinja_template__" in frame.f_globals else None

    return entered


if __name__ == "__main__":
    main()
