"""Plays one service of a pull request in a process of its own: `play.py SCENARIO SERVICE_FOLDER MANIFEST`.

The scenario is a module with `async def prepare()` and steps, `async def step_<name>()`, which use the service as
its users do. greenlet can be imported only where MANIFEST makes an installer bring it along. Prints, as JSON, how
each step ended.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import linecache
import os
import re
import sys
import tempfile
import tomllib
import traceback
from collections.abc import Awaitable, Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ORM_ERRORS = ("MissingGreenlet", "DetachedInstanceError")


def main(scenario: Path, service: Path, manifest: Path) -> None:
    promised = installed_by(requirements(manifest))
    if "greenlet" not in promised:
        sys.modules["greenlet"] = None  # type: ignore[assignment]  # importing it now raises ModuleNotFoundError
    sys.path.insert(0, str(service))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite+aiosqlite:///{folder}/main.db"
        os.environ["REPORTING_URL"] = f"sqlite+aiosqlite:///{folder}/reporting.db"
        ended = asyncio.run(play(load(scenario), promised, service.parent))
    json.dump(ended, sys.stdout)


def load(scenario: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("scenario", scenario)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def play(scenario: ModuleType, promised: frozenset[str], root: Path) -> list[dict[str, Any]]:
    scenario.PROMISED = promised  # type: ignore[attr-defined]
    steps = {name.removeprefix("step_"): step for name, step in vars(scenario).items() if name.startswith("step_")}
    prepared = await ended("prepare", scenario.prepare, root)
    if prepared["error"]:
        return [{**prepared, "name": name} for name in steps]
    return [await ended(name, step, root) for name, step in steps.items()]


async def ended(name: str, step: Callable[[], Awaitable[Any]], root: Path) -> dict[str, Any]:
    try:
        value = await step()
    except Exception as error:  # noqa: BLE001  # how the step fails is what is asked for
        return {"name": name, "value": None, **described(error, root)}
    return {"name": name, "value": value, "error": "", "message": "", "path": "", "line": 0, "text": ""}


def described(error: BaseException, root: Path) -> dict[str, Any]:
    names = [type(one).__name__ for one in chain(error)]
    path, line = innermost(error, root)
    return {
        "error": next((name for name in names if name in ORM_ERRORS), names[0]),
        "message": str(error),
        "path": path,
        "line": line,
        "text": linecache.getline(str(root / path), line).strip() if path else "",
    }


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """SQLAlchemy 2.1 raises StatementError from MissingGreenlet."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def innermost(error: BaseException, root: Path) -> tuple[str, int]:
    """The place in the application's own files where it went wrong."""
    places = [(Path(frame.filename), frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    own = [(file.relative_to(root).as_posix(), line) for file, line in places if file.is_relative_to(root)]
    return own[-1] if own else ("", 0)


def requirements(manifest: Path) -> list[Requirement]:
    if manifest.name == "pyproject.toml":
        return [Requirement(one) for one in tomllib.loads(manifest.read_text())["project"]["dependencies"]]
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in manifest.read_text().splitlines())
    return [Requirement(line) for line in lines if line]


def installed_by(wanted: Iterable[Requirement]) -> frozenset[str]:
    """Names of all distributions that an installer brings, by the metadata of those which are installed here."""
    names: set[str] = set()
    waiting, seen = list(wanted), set()
    while waiting:
        requirement = waiting.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        names.add(canonicalize_name(requirement.name))
        waiting += needed_by(requirement)
    return frozenset(names)


def needed_by(requirement: Requirement) -> Iterator[Requirement]:
    try:
        here = metadata.distribution(requirement.name)
    except metadata.PackageNotFoundError:
        return  # drivers for PostgreSQL, which need no greenlet
    if not requirement.specifier.contains(here.version, prereleases=True):
        raise SystemExit(f"{requirement} is asked for, {here.version} is installed: the scenario proves nothing")
    for line in here.requires or ():
        needed = Requirement(line)
        extras = requirement.extras or {""}
        if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
            yield needed


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
