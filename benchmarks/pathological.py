"""Shapes of code that make careless analysers quadratic, each in two sizes of which the second is four times the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_MODELS = """from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload


class Base(DeclarativeBase):
    pass


class Parent(Base):
    __tablename__ = "parent"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    children: Mapped[list["Child"]] = relationship(back_populates="parent")


class Child(Base):
    __tablename__ = "child"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parent.id"))
    parent: Mapped[Parent] = relationship(back_populates="children")

"""
_LOAD = "row = await session.get(Parent, number, options=[selectinload(Parent.children)])"


def long_file(size: int) -> str:
    """One file of `size` lines."""
    function = "\n\nasync def load_{0}(session: AsyncSession, number: int):\n    {1}\n    return [one.id for one in row.children]\n"
    return _MODELS + "".join(function.format(number, _LOAD) for number in range(size // 5))


def wide_class(size: int) -> str:
    """One class with `size` methods, each of which calls the next."""
    text = (
        f"{_MODELS}\nclass Service:\n    def __init__(self, session: AsyncSession):\n        self.session = session\n"
    )
    for number in range(size):
        call = f"await self.step_{number + 1}(row)" if number + 1 < size else "len(row.children)"
        text += f"\n    async def step_{number}(self, row: Parent):\n        return {call}\n"
    return text


def call_chain(size: int) -> str:
    """`size` functions, each of which calls the next with what the first one loaded."""
    text = _MODELS
    for number in range(size):
        call = f"await step_{number + 1}(session, row)" if number + 1 < size else "row.children"
        text += f"\n\nasync def step_{number}(session: AsyncSession, row: Parent):\n    return {call}\n"
    return f"{text}\n\nasync def start(session: AsyncSession, number: int):\n    {_LOAD}\n    return await step_0(session, row)\n"


def recursion(size: int) -> str:
    """A circle of `size` functions with two ways at each."""
    text = _MODELS
    for number in range(size):
        text += f"""

async def step_{number}(session: AsyncSession, row: Parent, depth: int):
    if depth > {number}:
        return await step_{(number + 1) % size}(session, row, depth - 1)
    return await step_{(number * 7 + 3) % size}(session, row, depth - 2)
"""
    return f"{text}\n\nasync def start(session: AsyncSession, number: int):\n    {_LOAD}\n    return await step_0(session, row, 9)\n"


def branches(size: int) -> str:
    """One function with `size` branches, one after the other."""
    text = f"{_MODELS}\n\nasync def choose(session: AsyncSession, number: int):\n    {_LOAD}\n    total = 0\n"
    for number in range(size):
        text += f"    if number == {number}:\n        total += len(row.children)\n"
    return f"{text}    return total\n"


SHAPES: Mapping[str, tuple[Callable[[int], str], int]] = {
    "20,000 lines in one file": (long_file, 20_000),
    "500 methods on a class": (wide_class, 500),
    "200 calls deep": (call_chain, 200),
    "recursion through 50 functions": (recursion, 50),
    "1,000 branches in a function": (branches, 1_000),
}
"""Each with the size that has to be bearable; it is measured against a quarter of it."""
