"""Loader options, added where the statement has its own and chained where a part of the path is there."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from rules.fixes.recipe import AddLoaderOption, LoaderStep, Statement
from tests.rules.fixes.planning import fixed, step

POSTS = step("User", "posts", many=True)
TEAM = step("User", "team")
AUTHOR = step("Post", "author")
TAGS = step("Post", "tags", many=True)

HEAD = """\
from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload, selectinload

from app.models import Post, User


"""


def body(statement: Statement, path: tuple[LoaderStep, ...], source: str, head: str = HEAD) -> str | None:
    """What becomes of the body of an `async def`."""
    function = "async def show(session, user_id):\n"
    text = head + function + indent(dedent(source).strip("\n"), "    ") + "\n"
    result = fixed(lambda place: AddLoaderOption(statement, place, path, "id"), text)
    if result is None:
        return None
    assert result.startswith(head + function)
    return dedent(result.removeprefix(head + function)).strip("\n")


def assert_becomes(statement: Statement, path: tuple[LoaderStep, ...], before: str, after: str) -> None:
    assert body(statement, path, before) == dedent(after).strip("\n")


class TestSelect:
    @pytest.mark.parametrize(
        ("path", "before", "after"),
        [
            pytest.param(
                (POSTS,),
                "return «select(User)»",
                "return select(User).options(selectinload(User.posts))",
                id="alone",
            ),
            pytest.param(
                (POSTS,),
                "stmt = «select(User)».where(User.id == user_id)  # é",
                "stmt = select(User).options(selectinload(User.posts)).where(User.id == user_id)  # é",
                id="in a chain",
            ),
            pytest.param(
                (POSTS, AUTHOR),
                """
                stmt = (
                    «select(User)»
                    .where(User.id == user_id)  # one
                    .limit(1)
                )
                """,
                """
                stmt = (
                    select(User)
                    .options(selectinload(User.posts).selectinload(Post.author))
                    .where(User.id == user_id)  # one
                    .limit(1)
                )
                """,
                id="a chain with a call on each line",
            ),
            pytest.param(
                (POSTS, AUTHOR),
                "stmt = «select(User)».where(User.id == user_id)",
                """
                stmt = (
                    select(User)
                    .options(selectinload(User.posts).selectinload(Post.author))
                    .where(User.id == user_id)
                )
                """,
                id="a chain that becomes too long",
            ),
            pytest.param(
                (POSTS,),
                "result = await session.execute(«select(User)».where(User.id == user_id))",
                """
                result = await session.execute(
                    select(User).options(selectinload(User.posts)).where(User.id == user_id)
                )
                """,
                id="an argument that becomes too long",
            ),
            pytest.param(
                (POSTS, AUTHOR),
                """
                result = await session.execute(
                    «select(User)».where(User.id == user_id, User.name == "somebody")
                )
                """,
                """
                result = await session.execute(
                    select(User).options(
                        selectinload(User.posts).selectinload(Post.author)
                    ).where(User.id == user_id, User.name == "somebody")
                )
                """,
                id="an argument on its own line that becomes too long",
            ),
            pytest.param(
                (POSTS,),
                "users = (await session.execute(«select(User)».where(User.id > user_id))).scalars().all()",
                """
                users = (
                    (
                        await session.execute(
                            select(User).options(selectinload(User.posts)).where(User.id > user_id)
                        )
                    )
                    .scalars()
                    .all()
                )
                """,
                id="results in the same line",
            ),
            pytest.param(
                (POSTS,),
                """
                users = await session.scalars(
                    «select(User)».where(
                        User.id == user_id,
                    ),
                )
                """,
                """
                users = await session.scalars(
                    select(User).options(selectinload(User.posts)).where(
                        User.id == user_id,
                    ),
                )
                """,
                id="arguments on lines of their own",
            ),
            pytest.param(
                (POSTS,),
                "stmt = «select(User, Post)».join(User.posts)",
                "stmt = select(User, Post).options(selectinload(User.posts)).join(User.posts)",
                id="several entities",
            ),
            pytest.param(
                (POSTS,),
                "stmt = «select(User)».options(joinedload(User.team))",
                "stmt = select(User).options(joinedload(User.team), selectinload(User.posts))",
                id="options are there",
            ),
            pytest.param(
                (POSTS,),
                "stmt = «select(User)».options(*options)",
                "stmt = select(User).options(*options, selectinload(User.posts))",
                id="options come from a variable",
            ),
            pytest.param(
                (POSTS,),
                "stmt = «select(User)».options(joinedload(User.team)).options(joinedload(User.org)).limit(1)",
                """
                stmt = (
                    select(User)
                    .options(joinedload(User.team))
                    .options(joinedload(User.org), selectinload(User.posts))
                    .limit(1)
                )
                """,
                id="options are there twice",
            ),
            pytest.param(
                (POSTS,),
                """
                stmt = select(User).options(
                    joinedload(User.team),  # the team
                )
                """.replace("select(User)", "«select(User)»"),
                """
                stmt = select(User).options(
                    joinedload(User.team),  # the team
                    selectinload(User.posts),
                )
                """,
                id="options with a trailing comma and a comment",
            ),
            pytest.param(
                (POSTS,),
                """
                stmt = «select(User)».options(
                    joinedload(User.team)  # the team
                )
                """,
                """
                stmt = select(User).options(
                    joinedload(User.team),  # the team
                    selectinload(User.posts),
                )
                """,
                id="options without a trailing comma and with a comment",
            ),
            pytest.param(
                (POSTS,),
                """
                stmt = «select(User)».options(joinedload(User.team),
                                            joinedload(User.org))
                """,
                """
                stmt = select(User).options(joinedload(User.team),
                                            joinedload(User.org),
                                            selectinload(User.posts))
                """,
                id="options below one another",
            ),
        ],
    )
    def test_where_the_option_goes(self, path: tuple[LoaderStep, ...], before: str, after: str) -> None:
        assert_becomes(Statement.SELECT, path, before, after)

    @pytest.mark.parametrize(
        ("path", "before", "after"),
        [
            pytest.param(
                (POSTS, AUTHOR),
                "return «select(User)».options(selectinload(User.posts))",
                "return select(User).options(selectinload(User.posts).selectinload(Post.author))",
                id="the first step is loaded",
            ),
            pytest.param(
                (POSTS, AUTHOR),
                "return «select(User)».options(selectinload(User.posts).load_only(Post.id))",
                """
                return select(User).options(
                    selectinload(User.posts).load_only(Post.id).selectinload(Post.author)
                )
                """,
                id="the option is narrowed",
            ),
            pytest.param(
                (POSTS, TAGS),
                "return «select(User)».options(joinedload(User.posts).joinedload(Post.author))",
                """
                return select(User).options(
                    joinedload(User.posts).joinedload(Post.author),
                    joinedload(User.posts).selectinload(Post.tags),
                )
                """,
                id="the option goes on to somewhere else",
            ),
            pytest.param(
                (POSTS, TAGS),
                "return «select(User)».options(selectinload(User.posts).options(joinedload(Post.author)))",
                """
                return select(User).options(
                    selectinload(User.posts).options(joinedload(Post.author), selectinload(Post.tags))
                )
                """,
                id="the option has options",
            ),
            pytest.param(
                (POSTS, AUTHOR),
                """
                return «select(User)».options(
                    selectinload(User.posts)
                    .selectinload(Post.tags)
                    .joinedload(Tag.kind),
                    selectinload(User.posts)
                    .load_only(Post.id),
                )
                """,
                """
                return select(User).options(
                    selectinload(User.posts)
                    .selectinload(Post.tags)
                    .joinedload(Tag.kind),
                    selectinload(User.posts)
                    .load_only(Post.id),
                    selectinload(User.posts).selectinload(Post.author),
                )
                """,
                id="the first of two options goes on to somewhere else",
            ),
            pytest.param(
                (POSTS, AUTHOR),
                """
                return «select(User)».options(
                    selectinload(User.posts)
                    .load_only(Post.id),
                )
                """,
                """
                return select(User).options(
                    selectinload(User.posts)
                    .load_only(Post.id)
                    .selectinload(Post.author),
                )
                """,
                id="an option with a call on each line",
            ),
            pytest.param(
                (POSTS,),
                "return «select(User)».options(lazyload(User.posts))",
                "return select(User).options(selectinload(User.posts))",
                id="the option says lazy",
            ),
            pytest.param(
                (POSTS,),
                "return «select(User)».options(defaultload(User.posts).joinedload(Post.author))",
                "return select(User).options(selectinload(User.posts).joinedload(Post.author))",
                id="the option only names the step",
            ),
            pytest.param(
                (POSTS,),
                "return «select(User)».options(Load(User).joinedload(User.team), Load(User).lazyload(User.posts))",
                """
                return select(User).options(
                    Load(User).joinedload(User.team), Load(User).selectinload(User.posts)
                )
                """,
                id="options that begin with Load",
            ),
        ],
    )
    def test_what_is_there_is_continued(self, path: tuple[LoaderStep, ...], before: str, after: str) -> None:
        assert_becomes(Statement.SELECT, path, before, after)

    @pytest.mark.parametrize(
        "before",
        [
            pytest.param("return «select(User)».options(raiseload(User.posts))", id="an option forbids it"),
            pytest.param("return «select(User)».options(selectinload(User.posts))", id="the option is there"),
            pytest.param("return «select(self.model)»", id="the model is a variable"),
            pytest.param("return «select(func.count(), User.name)»", id="no entity"),
            pytest.param("return «select»(User)", id="the place is no call"),
        ],
    )
    def test_no_fix_where_none_is_good(self, before: str) -> None:
        assert body(Statement.SELECT, (POSTS,), before) is None

    def test_many_to_one_is_loaded_as_the_file_does(self) -> None:
        head = HEAD + "OPTIONS = [joinedload(Post.author), joinedload(Post.blog), selectinload(Post.tags)]\n\n\n"
        assert body(Statement.SELECT, (TEAM,), "return «select(User)»", head) == (
            "return select(User).options(joinedload(User.team))"
        )
        assert body(Statement.SELECT, (POSTS,), "return «select(User)»", head) == (
            "return select(User).options(selectinload(User.posts))"
        )

    def test_an_option_that_says_lazy_is_renamed_as_the_file_names_it(self) -> None:
        head = HEAD.replace("selectinload", "selectinload as sel")
        assert body(Statement.SELECT, (POSTS,), "return «select(User)».options(orm.lazyload(User.posts))", head) == (
            "return select(User).options(sel(User.posts))"
        )
        assert body(
            Statement.SELECT, (POSTS,), "return «select(User)».options(Load(User).lazyload(User.posts))", head
        ) == ("return select(User).options(Load(User).selectinload(User.posts))")

    def test_joinedload_is_left_where_it_cannot_work(self) -> None:
        head = HEAD + "OPTIONS = [joinedload(Post.author)]\n\n\n"
        assert body(Statement.SELECT, (TEAM,), "return «select(User)».with_for_update()", head) == (
            "return select(User).options(selectinload(User.team)).with_for_update()"
        )
        assert body(Statement.SELECT, (TEAM,), "return «insert(User)».values(a=1).returning(User)", head) == (
            "return insert(User).values(a=1).returning(User).options(selectinload(User.team))"
        )

    def test_another_call_that_builds_the_statement(self) -> None:
        assert_becomes(
            Statement.SELECT,
            (POSTS,),
            "stmt = «self._base_query(user_id)».limit(1)",
            "stmt = self._base_query(user_id).options(selectinload(User.posts)).limit(1)",
        )

    def test_an_alias_is_the_root_of_its_options(self) -> None:
        assert_becomes(
            Statement.SELECT,
            (POSTS,),
            "Writer = aliased(User)\nreturn «select(Writer)»",
            "Writer = aliased(User)\nreturn select(Writer).options(selectinload(Writer.posts))",
        )

    def test_the_class_itself_is_the_root_of_its_options(self) -> None:
        before = "class User(Base):\n    @classmethod\n    def q(cls):\n        return «select(cls)»\n"
        head = "from sqlalchemy.orm import selectinload\n\n\n"
        after = before.replace("«select(cls)»", "select(cls).options(selectinload(cls.posts))")
        recipe = lambda place: AddLoaderOption(Statement.SELECT, place, (POSTS,))  # noqa: E731
        assert fixed(recipe, head + before, path="app/models.py") == head + after


class TestGet:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("«session.get(User, user_id)»", "session.get(User, user_id, options=[selectinload(User.posts)])"),
            (
                "«session.get_one(User, user_id, with_for_update=True)»",
                """
                session.get_one(
                    User, user_id, with_for_update=True, options=[selectinload(User.posts)]
                )
                """,
            ),
            (
                """
                «session.get(
                    User,
                    user_id,
                )»
                """,
                """
                session.get(
                    User,
                    user_id,
                    options=[selectinload(User.posts)],
                )
                """,
            ),
            (
                "«s.get(User, 1, options=[joinedload(User.b)])»",
                "s.get(User, 1, options=[joinedload(User.b), selectinload(User.posts)])",
            ),
            (
                "«s.get(User, 1, options=(joinedload(User.b),))»",
                "s.get(User, 1, options=(joinedload(User.b), selectinload(User.posts)))",
            ),
            (
                "«session.get(User, 1, options=options)»",
                "session.get(User, 1, options=[*options, selectinload(User.posts)])",
            ),
        ],
    )
    def test_options_are_given(self, before: str, after: str) -> None:
        expected = "user = await " + dedent(after).strip("\n")
        assert body(Statement.GET, (POSTS,), "user = await " + dedent(before).strip("\n")) == expected

    def test_the_option_that_is_there_is_continued(self) -> None:
        assert_becomes(
            Statement.GET,
            (POSTS, TAGS),
            "x = «session.get(User, 1, options=[selectinload(User.posts)])»",
            "x = session.get(User, 1, options=[selectinload(User.posts).selectinload(Post.tags)])",
        )


class TestGetKnown:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (
                "user = await «self.db.get(User, key)»",
                """
                user = await self.db.scalar(
                    select(User).where(User.id == key).options(selectinload(User.posts))
                )
                """,
            ),
            (
                "u = await «db.get(User, a or b)»",
                """
                u = await db.scalar(
                    select(User).where(User.id == (a or b)).options(selectinload(User.posts))
                )
                """,
            ),
            (
                "return (await «db.get_one(entity=User, ident=key)»).name",
                """
                return (
                    await db.scalars(
                        select(User).where(User.id == key).options(selectinload(User.posts))
                    )
                ).one().name
                """,
            ),
            (
                "user = await «db.get_one(User, key)»",
                """
                user = (
                    await db.scalars(
                        select(User).where(User.id == key).options(selectinload(User.posts))
                    )
                ).one()
                """,
            ),
            (
                """
                user = await «db.get(
                    User,
                    key,
                    options=[
                        selectinload(User.posts),
                        joinedload(User.team),
                    ],
                    populate_existing=True,
                )»
                """,
                """
                user = await db.scalar(
                    select(User)
                    .where(User.id == key)
                    .options(
                        selectinload(User.posts).selectinload(Post.tags), joinedload(User.team)
                    )
                    .execution_options(populate_existing=True)
                )
                """,
            ),
        ],
    )
    def test_get_becomes_a_select(self, before: str, after: str) -> None:
        path = (POSTS, TAGS) if "populate" in before else (POSTS,)
        assert_becomes(Statement.GET_KNOWN, path, before, after)

    @pytest.mark.parametrize(
        "before",
        [
            "user = await «db.get(User, (1, 2))»",
            "user = await «db.get(User, {'id': 1})»",
            "user = await «db.get(User, key, with_for_update=True)»",
            "user = await «db.get(User, key, options=options)»",
            "user = await wait_for(«db.get_one(User, key)», 3)",
            "user = await «db.get(  # why\n    User, key\n)»",
            "user = await «db.get(*args)»",
            "user = await «get(User, key)»",
        ],
    )
    def test_no_fix_where_a_select_would_be_something_else(self, before: str) -> None:
        assert body(Statement.GET_KNOWN, (POSTS,), before) is None


class TestOption:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("return [«selectinload(User.posts)»]", "return [selectinload(User.posts).selectinload(Post.tags)]"),
            (
                "return [«selectinload(User.posts)».joinedload(Post.author)]",
                """
                return [
                    selectinload(User.posts).joinedload(Post.author),
                    selectinload(User.posts).selectinload(Post.tags),
                ]
                """,
            ),
            (
                "option = «joinedload(User.posts)».load_only(Post.id)",
                "option = joinedload(User.posts).load_only(Post.id).selectinload(Post.tags)",
            ),
            (
                "option = «joinedload(User.posts)».joinedload(Post.author)",
                """
                option = (
                    joinedload(User.posts)
                    .options(selectinload(Post.tags))
                    .joinedload(Post.author)
                )
                """,
            ),
            (
                "option = «Load(User).joinedload(User.posts)».options(joinedload(Post.author))",
                """
                option = (
                    Load(User)
                    .joinedload(User.posts)
                    .options(joinedload(Post.author), selectinload(Post.tags))
                )
                """,
            ),
        ],
    )
    def test_the_path_is_chained(self, before: str, after: str) -> None:
        assert_becomes(Statement.OPTION, (TAGS,), before, after)

    def test_what_is_no_option_is_not_touched(self) -> None:
        assert body(Statement.OPTION, (TAGS,), "option = «load(User.posts)»") is None


class TestRefresh:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ('await «session.refresh(user, ["name"])»', 'await session.refresh(user, ["name", "posts"])'),
            ("await «session.refresh(user, ('name',))»", "await session.refresh(user, ('name', 'posts'))"),
            (
                "await «session.refresh(user, attribute_names=names)»",
                'await session.refresh(user, attribute_names=[*names, "posts"])',
            ),
        ],
    )
    def test_the_name_is_added(self, before: str, after: str) -> None:
        assert body(Statement.REFRESH, (POSTS,), before) == after

    def test_a_refresh_of_everything_stays(self) -> None:
        assert body(Statement.REFRESH, (POSTS,), "await «session.refresh(user)»") is None


def test_titles_say_what_is_loaded_and_where() -> None:
    from rules.fixes.edits import title
    from tests.rules.fixes.planning import marked

    _, (place,) = marked("\n\n«select(User)»")
    assert title(AddLoaderOption(Statement.SELECT, place, (POSTS, AUTHOR))) == (
        "Load `posts.author` with the query on line 3"
    )
    assert title(AddLoaderOption(Statement.OPTION, place, (AUTHOR,))) == "Load `author` with the option on line 3"
