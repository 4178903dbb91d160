"""Plays cases on real SQLAlchemy: `playcase.py`, with cases as JSON on standard input.

A use of a case is each of its `async def` functions at the top of a module which takes nothing but an `AsyncSession`,
`int`s (it gets 1) and `str`s (it gets "Ann"). Every use runs on a fresh database with the case's seed; each case runs
in a process of its own, which is forked from this one.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import sys
import tempfile
import traceback
import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

ORM_ERRORS = ("MissingGreenlet", "DetachedInstanceError")
GIVEN: Mapping[str, Any] = {"int": 1, "str": "Ann"}


def main() -> None:
    cases = json.load(sys.stdin)
    create_async_engine("sqlite+aiosqlite://")  # loads the dialect before forking
    json.dump({case["name"]: forked(case) for case in cases}, sys.stdout)


def forked(case: dict[str, Any]) -> dict[str, Any]:
    """What `play` returns, or `{"problem": ...}` where the case cannot be played."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as out:
            out.write(json.dumps(played(case)))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    result: dict[str, Any] = json.loads(text or '{"problem": "the process died"}')
    return result


def played(case: dict[str, Any]) -> dict[str, Any]:
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        try:
            return {"uses": asyncio.run(play(root, case["files"], case["seed"]))}
        except Exception as error:  # noqa: BLE001  # whatever is wrong with the case is told
            return {"problem": "".join(traceback.format_exception(error, limit=-3))}


async def play(root: Path, files: Mapping[str, str], seed: str) -> dict[str, Any]:
    """How each use ended: the ORM error ('' for none), and the places it passed, outermost first."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    os.chdir(root)
    sys.path.insert(0, str(root))
    modules = [importlib.import_module(name) for name in module_names(files)]
    world = {name: value for module in modules for name, value in vars(module).items()}
    engine = world.get("engine") or create_async_engine("sqlite+aiosqlite://")
    ended = {}
    for name, use in uses(modules):
        await fresh(engine, world["Base"].metadata, eval(seed, world))
        ended[name] = await end(use, world.get("Session") or async_sessionmaker(engine, expire_on_commit=False), root)
    return ended


def module_names(files: Mapping[str, str]) -> Iterator[str]:
    for path in files:
        if path.endswith(".py"):
            yield path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def uses(modules: list[ModuleType]) -> Iterator[tuple[str, Callable[..., Awaitable[object]]]]:
    for module in modules:
        for name, value in list(vars(module).items()):
            if inspect.iscoroutinefunction(value) and value.__module__ == module.__name__ and given(value) is not None:
                yield f"{module.__name__}.{name}", value


def given(use: Callable[..., object]) -> dict[str, Any] | None:
    """Arguments by name, `AsyncSession` for the session; None where the function takes something else."""
    parameters = inspect.signature(use).parameters.values()
    needed = [one for one in parameters if one.default is one.empty or one.annotation is AsyncSession]
    kinds = {one.name: getattr(one.annotation, "__name__", str(one.annotation)) for one in needed}
    if not set(kinds.values()) <= {*GIVEN, AsyncSession.__name__}:
        return None
    return {name: GIVEN.get(kind, AsyncSession) for name, kind in kinds.items()}


async def fresh(engine: AsyncEngine, metadata: MetaData, rows: list[object]) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    async with AsyncSession(engine) as session:
        session.add_all(rows)
        await session.commit()


async def end(
    use: Callable[..., Awaitable[object]], sessions: async_sessionmaker[AsyncSession], root: Path
) -> dict[str, Any]:
    async with sessions() as session:
        arguments = {name: session if value is AsyncSession else value for name, value in (given(use) or {}).items()}
        try:
            await use(**arguments)
        except Exception as error:  # noqa: BLE001  # how the use fails is what is asked for
            return {
                "error": orm_error(error),
                "message": f"{type(error).__name__}: {error}",
                "places": places(error, root),
            }
    return {"error": "", "message": "", "places": []}


def orm_error(error: BaseException) -> str:
    """The ORM's own error, also from within wrappers; '' where it is another one."""
    told = [f"{type(one).__name__} {one}" for one in chain(error)]
    return next((name for name in ORM_ERRORS for text in told if name in text), "")


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def places(error: BaseException, root: Path) -> list[tuple[str, int]]:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<")]
    found = [(Path(frame.filename).absolute(), frame.lineno or 0) for frame in frames]
    return [(file.relative_to(root).as_posix(), line) for file, line in found if file.is_relative_to(root)]


if __name__ == "__main__":
    main()
