"""Runs a generated program on real SQLAlchemy, in memory: where it failed, and which lines it left behind."""

from __future__ import annotations

import asyncio
import gc
import inspect
import traceback
import warnings
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from tests.rules.robustness.programs import SEED, Program

FILE = "<generated>"
ORM_ERRORS = ("MissingGreenlet", "DetachedInstanceError")


@dataclass(frozen=True, slots=True)
class Played:
    done: frozenset[int]
    """Lines which ran to their end."""
    failed: tuple[int, ...] = ()
    """The lines on the stack when a read failed, outermost first."""
    other: str = ""
    """Any other error: it says nothing about reads."""


def play(program: Program) -> Played:
    done: set[int] = set()
    world: dict[str, Any] = {"done": done.add, "__name__": "generated"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(program.marked, FILE, "exec", dont_inherit=True), world)
        try:
            asyncio.run(_play(world))
        except Exception as error:  # noqa: BLE001  # how the program fails is what is asked for
            return _failed(error, done)
        finally:
            world["Base"].registry.dispose()
    return Played(frozenset(done))


def forget() -> None:
    """Drops what failed reads leave behind: coroutines of the driver that nobody awaited, and which say so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


async def _play(world: dict[str, Any]) -> None:
    engine, tables = world["engine"], world["Base"].metadata.tables
    try:
        async with engine.begin() as connection:
            await connection.run_sync(world["Base"].metadata.create_all)
            for name, rows in SEED.items():
                await connection.execute(insert(tables[name]), rows)
        if inspect.signature(world["use"]).parameters:
            async with world["Session"]() as session:
                await world["use"](session)
        else:
            await world["use"]()
    finally:
        await engine.dispose()


def _failed(error: BaseException, done: set[int]) -> Played:
    lines = tuple(frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE)
    one: BaseException | None = error
    while one is not None:
        if any(name in f"{type(one).__name__} {one}" for name in ORM_ERRORS):
            return Played(frozenset(done - set(lines)), lines)
        one = one.__cause__ or one.__context__
    return Played(frozenset(done - set(lines)), other=f"{type(error).__name__}: {error}")
