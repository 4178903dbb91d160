"""Code that nobody writes and every analyser meets: huge, deep, cut off; models and sessions all through it."""

from __future__ import annotations

from collections.abc import Callable

PRELUDE = """\
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload

Session = async_sessionmaker(create_async_engine("sqlite+aiosqlite://"))


class Base(DeclarativeBase):
    id: Mapped[int] = mapped_column(primary_key=True)


class User(Base):
    __tablename__ = "users"
    name: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(back_populates="author")


class Post(Base):
    __tablename__ = "posts"
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")

"""
USE = """\
async def use(session: AsyncSession):
    user = await session.get(User, 1)
"""
Files = dict[str, bytes | str]
NASTY: dict[str, Callable[[], Files]] = {}
"""By the situation's name."""


def one(body: str) -> Files:
    return {"main.py": PRELUDE + "\n" + body}


def use(*lines: str) -> Files:
    """The lines are indented into a function that has a `user`, whose `posts` are not loaded."""
    return one(USE + "".join(f"    {line}\n" for line in lines))


def nasty(make: Callable[[], Files]) -> Callable[[], Files]:
    NASTY[make.__name__.replace("_", " ")] = make
    return make


# Huge


@nasty
def a_megabyte_of_functions() -> Files:
    part = (
        "async def f{n}(session: AsyncSession):\n"
        "    user = await session.get(User, {n})\n    return user.posts, '{x}'\n"
    )
    return one("".join(part.format(n=n, x="x" * 150) for n in range(4500)))


@nasty
def a_megabyte_of_statements() -> Files:
    return use(*("user.name = user.name + 'abcdefghijklmnopqrstuvwxyz'" for _ in range(18_000)))


@nasty
def a_megabyte_of_data() -> Files:
    rows = ", ".join(f"({n}, 'name {n}', [1, 2, 3])" for n in range(35_000))
    return one(f"ROWS = [{rows}]\n\n{USE}    return [(user.posts, row) for row in ROWS]\n")


@nasty
def five_hundred_methods() -> Files:
    calls = "".join(
        f"    async def m{n}(self):\n        user = await self.m{(n * 7 + 1) % 500}()\n"
        f"        return user or await self.session.get(User, {n})\n\n"
        for n in range(500)
    )
    head = "class Service:\n    def __init__(self, session: AsyncSession):\n        self.session = session\n\n"
    return one(
        f"{head}{calls}\nasync def use(session: AsyncSession):\n    return (await Service(session).m0()).posts\n"
    )


@nasty
def a_thousand_models() -> Files:
    models = "".join(
        f"class M{n}(Base):\n    __tablename__ = 'm{n}'\n"
        f"    next_id: Mapped[int] = mapped_column(ForeignKey('m{n}.id'))\n"
        f"    next: Mapped['M{(n + 1) % 1000}'] = relationship(lazy='selectin')\n\n\n"
        for n in range(1000)
    )
    return one(
        models + "async def use(session: AsyncSession):\n    row = await session.get(M0, 1)\n    row.next.next.next\n"
    )


@nasty
def a_thousand_branches() -> Files:
    return use(
        *(line for n in range(1000) for line in (f"if user.id == {n}:", f"    user = await session.get(User, {n})"))
    )


@nasty
def a_thousand_branches_with_flags() -> Files:
    lines = (
        line for n in range(1000) for line in (f"flag{n} = user.id == {n}", f"if flag{n}:", f"    row{n} = user.posts")
    )
    return use(*lines)


@nasty
def a_thousand_elifs() -> Files:
    return use(
        "if user.id == 0:", "    pass", *(p for n in range(1000) for p in (f"elif user.id == {n}:", "    user.posts"))
    )


@nasty
def a_thousand_cases() -> Files:
    cases = (p for n in range(1000) for p in (f"    case User(id={n}, posts=[first, *rest]):", "        first.author"))
    return use("match user:", *cases)


@nasty
def a_thousand_handlers() -> Files:
    handlers = (p for n in range(1000) for p in (f"except Error{n}:", "    await session.rollback()"))
    return use("try:", "    await session.commit()", *handlers, "user.name")


@nasty
def a_thousand_arguments() -> Files:
    given = ", ".join(f"a{n}=user" for n in range(1000))
    taken = ", ".join(f"a{n}" for n in range(1000))
    return one(f"def helper({taken}):\n    return a999.posts\n\n\n{USE}    return helper({given})\n")


@nasty
def a_thousand_targets() -> Files:
    names = ", ".join(f"a{n}" for n in range(1000))
    return use(f"{names} = [user] * 1000", f"return [{names}]")


@nasty
def a_thousand_options() -> Files:
    return use(f"await session.scalars(select(User){'.options(selectinload(User.posts))' * 1000})")


@nasty
def a_thousand_decorators() -> Files:
    head = "def twice(function):\n    def inner(*args):\n        return function(*args)\n    return inner\n\n\n"
    return one(
        head + "@twice\n" * 1000 + "async def use(session: AsyncSession):\n    (await session.get(User, 1)).posts\n"
    )


@nasty
def a_thousand_managers() -> Files:
    return use(f"async with {', '.join(f'Session() as s{n}' for n in range(1000))}:", "    user.posts")


# Deep


def deeply(open_: str, close: str, depth: int, core: str = "user.posts") -> Files:
    return use(f"return {open_ * depth}{core}{close * depth}")


@nasty
def nested_parentheses() -> Files:
    return deeply("(", ")", 150)


@nasty
def nested_lists() -> Files:
    return deeply("[", "]", 180)


@nasty
def nested_calls() -> Files:
    return deeply("list(", ")", 180)


@nasty
def nested_lambdas() -> Files:
    return deeply("(lambda: ", ")()", 90)


@nasty
def nested_conditions() -> Files:
    return deeply("(user if user.id else ", ")", 90)


@nasty
def nested_not() -> Files:
    return deeply("not ", "", 5_000)


@nasty
def nested_minus() -> Files:
    return deeply("-", "", 5_000)


@nasty
def nested_await() -> Files:
    return deeply("await (", ")", 90)


@nasty
def nested_comprehensions() -> Files:
    text = "user.posts"
    for n in range(40):
        text = f"[p{n} for p{n} in {text}]"
    return use(f"return {text}")


@nasty
def nested_formats() -> Files:
    return use("return f\"{f'{user.posts}'}\"")


@nasty
def nested_ifs() -> Files:
    return use(*(" " * n + f"if user.id > {n}:" for n in range(95)), " " * 95 + "user.posts")


@nasty
def nested_loops() -> Files:
    heads = (" " * n + f"for p{n} in (user.posts if {n} else [user]):" for n in range(19))
    return use(*heads, " " * 19 + "user.posts")


@nasty
def nested_whiles() -> Files:
    return use(
        *(" " * n + f"while user.id > {n}:" for n in range(19)), " " * 19 + "await session.commit()", "user.name"
    )


@nasty
def nested_tries() -> Files:
    opening = [" " * n + "try:" for n in range(19)]
    closing = [" " * n + "finally:\n    " + " " * n + " user.posts" for n in reversed(range(19))]
    return use(*opening, " " * 19 + "await session.rollback()", *closing)


@nasty
def nested_handlers() -> Files:
    closing = (" " * n + "except Exception:\n    " + " " * n + " await session.rollback()" for n in reversed(range(19)))
    return use(*(" " * n + "try:" for n in range(19)), " " * 19 + "user.posts", *closing, "user.name")


@nasty
def nested_withs() -> Files:
    return use(*(" " * n + f"async with session.begin_nested() as s{n}:" for n in range(19)), " " * 19 + "user.posts")


@nasty
def nested_functions() -> Files:
    heads = (" " * n + f"async def f{n}(user=user):" for n in range(90))
    return use(*heads, " " * 90 + "return user.posts")


@nasty
def nested_classes() -> Files:
    return use(*(" " * n + f"class C{n}(User):" for n in range(90)), " " * 90 + "def f(self): return self.posts")


@nasty
def nested_patterns() -> Files:
    return use("match user:", f"    case {'[' * 90}User(){']' * 90}:", "        user.posts")


@nasty
def a_long_sum() -> Files:
    return use("return " + " + ".join(["user.posts"] * 3_000))


@nasty
def a_long_text() -> Files:
    return one("TEXT = (" + " + ".join(["'a'"] * 3_000) + ")\n" + USE + "    return user.posts, TEXT\n")


@nasty
def a_long_and() -> Files:
    return use("return " + " and ".join(["user.posts"] * 3_000))


@nasty
def a_long_and_of_conditions() -> Files:
    return use("if " + " and ".join(f"user.id != {n}" for n in range(1_000)) + ":", "    user.posts")


@nasty
def a_long_or_of_calls() -> Files:
    return use("user = " + " or ".join(["await session.get(User, 1)"] * 1_000), "user.posts")


@nasty
def a_long_chain_of_calls() -> Files:
    return use("return (await session.execute(select(User)" + ".where(User.id == 1)" * 1_000 + ")).scalar_one().posts")


@nasty
def a_long_chain_of_attributes() -> Files:
    return use("return user" + ".posts[0].author" * 300)


@nasty
def a_long_chain_of_unknown_attributes() -> Files:
    return use("return user" + ".a" * 3_000)


@nasty
def a_long_annotation() -> Files:
    return one(f"def helper(row: {'list[' * 90}User{']' * 90}):\n    return row.posts\n\n\n{USE}    helper(user)\n")


@nasty
def a_long_quoted_annotation() -> Files:
    kind = "list[" * 5_000 + "User" + "]" * 5_000
    return one(f"def helper(row: '{kind}'):\n    return row.posts\n\n\n{USE}    helper(user)\n")


@nasty
def a_long_union() -> Files:
    return one(f"def helper(row: {' | '.join(['User'] * 2_000)}):\n    return row.posts\n\n\n{USE}    helper(user)\n")
