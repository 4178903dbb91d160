"""Lines that are added, reads that are rewritten, arguments that are given."""

from __future__ import annotations

from textwrap import dedent

import pytest

from rules.finding import Location
from rules.fixes.recipe import AwaitAttribute, GiveCollection, KeepOnCommit, KeepValue, RefreshInstance
from tests.rules.fixes.planning import fixed

FUNCTION = "async def show(db, job):\n"


def text(source: str) -> str:
    return dedent(source).lstrip("\n")


class TestRefreshBefore:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            pytest.param(
                """
                async def show(db, job):
                    # the route
                    return «job.updated_at»  # é
                """,
                """
                async def show(db, job):
                    # the route
                    await db.refresh(job)
                    return job.updated_at  # é
                """,
                id="a statement",
            ),
            pytest.param(
                """
                async def show(db, job):
                    for row in rows:
                        print(
                            row,
                            «job.updated_at»,
                        )
                """,
                """
                async def show(db, job):
                    for row in rows:
                        await db.refresh(job)
                        print(
                            row,
                            job.updated_at,
                        )
                """,
                id="a statement of several lines",
            ),
            pytest.param(
                "async def show(db, job):\n    if job: return «job.x»; pass\n",
                "async def show(db, job):\n    if job:\n        await db.refresh(job)\n        return job.x; pass\n",
                id="the first of a suite in one line",
            ),
            pytest.param(
                "async def show(db, job):\n    a = 1; b = «job.x»; c = 2\n",
                "async def show(db, job):\n    a = 1\n    await db.refresh(job)\n    b = job.x; c = 2\n",
                id="the second of a line",
            ),
            pytest.param(
                "async def show(db, job):\n\tfor x in «job.posts»:\n\t\tpass\n",
                "async def show(db, job):\n\tawait db.refresh(job)\n\tfor x in job.posts:\n\t\tpass\n",
                id="a loop, with tabs",
            ),
            pytest.param(
                "async def show(db, job):\n    if a:\n        b\n    elif «job.x»: c\n",
                "async def show(db, job):\n    await db.refresh(job)\n    if a:\n        b\n    elif job.x: c\n",
                id="an elif",
            ),
            pytest.param(
                "async def show(db, job):\n    return f'{«job.x»}'",
                "async def show(db, job):\n    await db.refresh(job)\n    return f'{job.x}'",
                id="the end of a file without line end",
            ),
            pytest.param(
                'async def show[T](db, job: T):\n    return f"{a["é"]} {«job.x»}"\n',
                'async def show[T](db, job: T):\n    await db.refresh(job)\n    return f"{a["é"]} {job.x}"\n',
                id="newer syntax",
            ),
        ],
    )
    def test_a_line_is_added(self, before: str, after: str) -> None:
        assert refreshed_before(before) == text(after)

    @pytest.mark.parametrize(
        "before",
        [
            pytest.param("def show(db, job):\n    return «job.x»\n", id="nothing can be awaited"),
            pytest.param("async def f():\n    def show(db, job):\n        return «job.x»\n", id="a function inside"),
            pytest.param("print(«job.x»)\n", id="no function"),
            pytest.param("async def show(db, job):\n    while «job.x»:\n        pass\n", id="the condition of a loop"),
            pytest.param("async def show(db, job):\n    if a: b = 1; return «job.x»\n", id="the second of a suite"),
        ],
    )
    def test_no_fix(self, before: str) -> None:
        assert refreshed_before(before) is None

    def test_attributes_are_named_in_the_quotes_of_the_file(self) -> None:
        source = "async def show(db, job):\n    print('a')\n    return «job.x»\n"
        result = fixed(lambda place: RefreshInstance("self.db", "job", ("x", "y"), before=place), source)
        assert result is not None
        assert "    await self.db.refresh(job, ['x', 'y'])\n    return job.x\n" in result


class TestRefreshAfter:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            pytest.param(
                "await «db.commit()»  # done\n\nreturn job",
                "await db.commit()  # done\nawait db.refresh(job)\n\nreturn job",
                id="a statement",
            ),
            pytest.param(
                "await «db.commit()»; return job",
                "await db.commit()\nawait db.refresh(job)\nreturn job",
                id="the first of a line",
            ),
            pytest.param(
                "if a: await «db.commit()»  # done",
                "if a:\n    await db.commit()\n    await db.refresh(job)  # done",
                id="a suite in one line",
            ),
            pytest.param(
                "«async with db.begin():\n    job.x = 1»\nreturn job",
                "async with db.begin():\n    job.x = 1\nawait db.refresh(job)\nreturn job",
                id="a block",
            ),
            pytest.param("await «db.commit()»", "await db.commit()\nawait db.refresh(job)", id="the end"),
        ],
    )
    def test_a_line_is_added(self, before: str, after: str) -> None:
        assert refreshed_after(before) == after

    @pytest.mark.parametrize("before", ["return await «db.commit()»", "raise Error(await «db.commit()»)"])
    def test_no_fix_where_nothing_follows(self, before: str) -> None:
        assert refreshed_after(before) is None


def refreshed_before(before: str) -> str | None:
    return fixed(lambda place: RefreshInstance("db", "job", before=place), text(before))


def refreshed_after(before: str) -> str | None:
    source = FUNCTION + "".join(f"    {line}\n" if line else "\n" for line in before.split("\n"))
    result = fixed(lambda place: RefreshInstance("db", "job", after=place), source)
    return None if result is None else dedent(result.removeprefix(FUNCTION)).removesuffix("\n")


class TestKeepValue:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            pytest.param(
                "await «db.commit()»\nlog(«user.id»)\nreturn f'{«user.id»}'",
                "user_id = user.id\nawait db.commit()\nlog(user_id)\nreturn f'{user_id}'",
                id="several reads",
            ),
            pytest.param(
                "user_id = 1\nawait «db.commit()»\nlog(«user.id»)",
                "user_id = 1\nkept_user_id = user.id\nawait db.commit()\nlog(kept_user_id)",
                id="the name is taken",
            ),
            pytest.param(
                "try:\n    await «db.commit()»\nexcept E:\n    log(«user\n        .id»)",
                "try:\n    user_id = user.id\n    await db.commit()\nexcept E:\n    log(user_id)",
                id="a read of two lines",
            ),
        ],
    )
    def test_the_variable_is_read(self, before: str, after: str) -> None:
        assert kept(before) == after

    @pytest.mark.parametrize(
        "before",
        [
            "await «db.commit()»\nlog(f'{«user.id»=}')",
            "await «db.commit()»\n«user.id» = 3",
            "await «db.commit()»\nlog(«user.name»)",
        ],
    )
    def test_no_fix_where_the_text_is_something_else(self, before: str) -> None:
        assert kept(before) is None


def kept(before: str) -> str | None:
    source = FUNCTION + "".join(f"    {line}\n" for line in before.split("\n"))

    def recipe(first: Location, *reads: Location) -> KeepValue:
        return KeepValue("user.id", first, reads)

    result = fixed(recipe, source)
    return None if result is None else dedent(result.removeprefix(FUNCTION)).removesuffix("\n")


class TestAwaitAttribute:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("for p in «u.posts»: pass", "for p in await u.awaitable_attrs.posts: pass"),
            ("x = «u.team».name", "x = (await u.awaitable_attrs.team).name"),
            ("x = «u.posts»[0]", "x = (await u.awaitable_attrs.posts)[0]"),
            ("x = («u.team»).name", "x = (await u.awaitable_attrs.team).name"),
            ("x = len(«u.posts»)", "x = len(await u.awaitable_attrs.posts)"),
            ("x = «u.size» ** 2", "x = (await u.awaitable_attrs.size) ** 2"),
            ("x = not «u.posts»", "x = not await u.awaitable_attrs.posts"),
            ("x = [p for p in «u.posts»]", "x = [p for p in await u.awaitable_attrs.posts]"),
            ("x = [u for u in y if «u.posts»]", "x = [u for u in y if await u.awaitable_attrs.posts]"),
            ("x = any(p for p in «u.posts»)", "x = any(p for p in await u.awaitable_attrs.posts)"),
            ("x = f'{«u.team».name}'", "x = f'{(await u.awaitable_attrs.team).name}'"),
        ],
    )
    def test_the_read_is_awaited(self, before: str, after: str) -> None:
        assert fixed(AwaitAttribute, FUNCTION + f"    {before}\n") == FUNCTION + f"    {after}\n"

    @pytest.mark.parametrize(
        "before",
        [
            "x = any(p for u in y for p in «u.posts»)",
            "x = any(«u.posts» for u in y)",
            "x = [[p for p in y if «p.posts»] for u in y]",
            "x = sorted(y, key=lambda u: «u.posts»)",
        ],
    )
    def test_no_fix_where_it_cannot_be_awaited(self, before: str) -> None:
        assert fixed(AwaitAttribute, FUNCTION + f"    {before}\n") is None
        assert fixed(AwaitAttribute, "def show(db, u):\n    return «u.posts»\n") is None


class TestArguments:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("u = «User()»", "u = User(posts=[])"),
            ("u = «User(name='x')»", "u = User(name='x', posts=[])"),
            ("u = «User(**data)»", "u = User(**data, posts=[])"),
            ("u = «User(\n    name='x',  # é\n)»", "u = User(\n    name='x',  # é\n    posts=[],\n)"),
        ],
    )
    def test_a_collection_is_given(self, before: str, after: str) -> None:
        assert fixed(lambda place: GiveCollection(place, "posts"), before) == after

    def test_a_collection_that_is_given_stays(self) -> None:
        assert fixed(lambda place: GiveCollection(place, "posts"), "u = «User(posts=rows)»") is None

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("S = «async_sessionmaker(engine)»", "S = async_sessionmaker(engine, expire_on_commit=False)"),
            (
                "S = «async_sessionmaker(engine, expire_on_commit=True, autoflush=False)»",
                "S = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)",
            ),
            (
                "S = «sessionmaker[AsyncSession](engine, class_=AsyncSession, autoflush=False, autocommit=False)»",
                "S = sessionmaker[AsyncSession](\n"
                "    engine, class_=AsyncSession, autoflush=False, autocommit=False, expire_on_commit=False\n)",
            ),
        ],
    )
    def test_a_factory_keeps(self, before: str, after: str) -> None:
        assert fixed(KeepOnCommit, before) == after

    @pytest.mark.parametrize(
        "before",
        ["S = «async_sessionmaker(engine, **options)»", "S = «async_sessionmaker(engine, expire_on_commit=False)»"],
    )
    def test_no_fix_where_the_factory_may_say_it_already(self, before: str) -> None:
        assert fixed(KeepOnCommit, before) is None


def test_a_file_that_nobody_reads_has_no_fix() -> None:
    assert fixed(lambda place: GiveCollection(place, "posts"), "u = «User()»\nx = (\n") is None


def test_a_file_that_is_nested_too_deeply_for_libcst_has_no_fix() -> None:
    source = "u = «User()»\nx = " + " + ".join(["1"] * 1000) + "\n"
    assert fixed(lambda place: GiveCollection(place, "posts"), source) is None
