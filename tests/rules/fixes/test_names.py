"""Which names a fix writes, and the imports that it adds in the style of the file."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

import pytest

from rules.fixes.recipe import AddLoaderOption, LoaderStep, Statement
from tests.rules.fixes.planning import fixed, step

QUERY = "\n\nasync def show():\n    return «select(User)»\n"
PATH = (step("User", "posts", many=True), step("Post", "author"))


def imports(
    head: str,
    path: tuple[LoaderStep, ...] = PATH,
    more: Mapping[str, str] | None = None,
    file: str = "app/repository.py",
) -> tuple[str, str] | None:
    """What becomes of the imports, and the option that is written."""
    head = dedent(head).lstrip("\n")
    result = fixed(lambda place: AddLoaderOption(Statement.SELECT, place, path), head + QUERY, more=more, path=file)
    if result is None:
        return None
    new_head, _, rest = result.partition("\n\nasync def show():\n")
    return new_head, " ".join(rest.split())


def assert_imports(before: str, after: str, option: str = "selectinload(User.posts).selectinload(Post.author)") -> None:
    found = imports(before)
    assert found is not None
    assert found[0] == dedent(after).lstrip("\n")
    assert option in found[1]


class TestLoaderFunctions:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            pytest.param(
                "from sqlalchemy.orm import Mapped, relationship\n",
                "from sqlalchemy.orm import Mapped, relationship, selectinload\n",
                id="in order",
            ),
            pytest.param(
                "from sqlalchemy.orm import EXT_SKIP, Mapped, undefer\n",
                "from sqlalchemy.orm import EXT_SKIP, Mapped, selectinload, undefer\n",
                id="in the order of kinds",
            ),
            pytest.param(
                "from sqlalchemy.orm import with_polymorphic, Mapped\n",
                "from sqlalchemy.orm import with_polymorphic, Mapped, selectinload\n",
                id="not in order",
            ),
            pytest.param(
                "from sqlalchemy.orm import aliased, Load, undefer\n",
                "from sqlalchemy.orm import aliased, Load, selectinload, undefer\n",
                id="in the order of the alphabet",
            ),
            pytest.param(
                """
                from sqlalchemy.orm import (
                    Mapped,  # one
                    undefer,
                )
                """,
                """
                from sqlalchemy.orm import (
                    Mapped,  # one
                    selectinload,
                    undefer,
                )
                """,
                id="one to a line",
            ),
            pytest.param(
                """
                from sqlalchemy.orm import (
                    Mapped,
                    aliased  # last
                )
                """,
                """
                from sqlalchemy.orm import (
                    Mapped,
                    aliased,  # last
                    selectinload,
                )
                """,
                id="one to a line, no trailing comma",
            ),
            pytest.param(
                "from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, mapped_column, relationship\n",
                """
                from sqlalchemy.orm import (
                    DeclarativeBase,
                    Mapped,
                    aliased,
                    mapped_column,
                    relationship,
                    selectinload,
                )
                """,
                id="too long",
            ),
            pytest.param(
                "from sqlalchemy.orm import selectinload as sel\n",
                "from sqlalchemy.orm import selectinload as sel\n",
                id="under another name",
            ),
            pytest.param(
                "from sqlalchemy import orm as so\n",
                "from sqlalchemy import orm as so\n",
                id="through a module",
            ),
            pytest.param("import sqlalchemy.orm\n", "import sqlalchemy.orm\n", id="through a dotted module"),
            pytest.param(
                "import sqlalchemy as sa\nx = sa.orm.aliased\n",
                "import sqlalchemy as sa\nx = sa.orm.aliased\n",
                id="through a package",
            ),
            pytest.param(
                "import sqlalchemy as sa\nx = sa.func\n",
                "import sqlalchemy as sa\nfrom sqlalchemy.orm import selectinload\nx = sa.func\n",
                id="a package that is not used so",
            ),
            pytest.param(
                "from sqlalchemy.ext.asyncio import AsyncSession\nfrom sqlalchemy.sql import func\n",
                """
                from sqlalchemy.ext.asyncio import AsyncSession
                from sqlalchemy.orm import selectinload
                from sqlalchemy.sql import func
                """,
                id="a new line in its order",
            ),
        ],
    )
    def test_styles(self, before: str, after: str) -> None:
        found = imports(before + "from app.models import Post, User\n") if "\n " not in before else None
        if found is None:
            found = imports(dedent(before).lstrip("\n") + "from app.models import Post, User\n")
        assert found is not None
        assert found[0] == dedent(after).lstrip("\n") + "from app.models import Post, User\n"

    @pytest.mark.parametrize(
        ("head", "written"),
        [
            ("from sqlalchemy.orm import selectinload as sel\n", "sel(User.posts).selectinload(Post.author)"),
            ("from sqlalchemy import orm as so\n", "so.selectinload(User.posts)"),
            ("import sqlalchemy.orm\n", "sqlalchemy.orm.selectinload(User.posts)"),
            ("import sqlalchemy as sa\nx = sa.orm.aliased\n", "sa.orm.selectinload(User.posts)"),
        ],
    )
    def test_the_name_that_is_bound_is_written(self, head: str, written: str) -> None:
        found = imports(head + "from app.models import Post, User\n")
        assert found is not None
        assert written in found[1]

    def test_an_import_in_the_function_is_enough(self) -> None:
        source = (
            "from app.models import User\n\n\nasync def show():\n"
            "    from sqlalchemy.orm import selectinload\n\n    return «select(User)»\n"
        )
        expected = source.replace("«select(User)»", "select(User).options(selectinload(User.posts))")
        assert fixed(lambda place: AddLoaderOption(Statement.SELECT, place, PATH[:1]), source) == expected

    @pytest.mark.parametrize(
        "head",
        [
            "def selectinload(x): ...\n",
            "selectinload = None\n",
            "from .loading import selectinload\n",
        ],
    )
    def test_no_fix_where_the_name_means_something_else(self, head: str) -> None:
        assert imports("from app.models import Post, User\n" + head) is None


class TestModels:
    HEAD = "from sqlalchemy.orm import selectinload\n"

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            pytest.param("from app.models import User\n", "from app.models import Post, User\n", id="absolute"),
            pytest.param("from .models import User\n", "from .models import Post, User\n", id="relative"),
            pytest.param(
                "from .people import User\n",
                "from .models import Post\nfrom .people import User\n",
                id="a new relative one",
            ),
            pytest.param(
                "from app.base import x\nfrom app.people import User\n",
                "from app.base import x\nfrom app.models import Post\nfrom app.people import User\n",
                id="a new absolute one",
            ),
            pytest.param("from models import *\nx = Post, User\n", "from models import *\nx = Post, User\n", id="star"),
        ],
    )
    def test_styles(self, before: str, after: str) -> None:
        assert_imports(self.HEAD + before, self.HEAD + after)

    @pytest.mark.parametrize(
        ("head", "written"),
        [
            ("from app.models import Post as P, User\n", "selectinload(P.author)"),
            (
                "from app import models\nfrom app.models import User\nx = models.Tag\n",
                "selectinload(models.Post.author)",
            ),
            ("import app.models as m\nUser = m.User\n", "selectinload(m.Post.author)"),
        ],
    )
    def test_the_name_that_is_bound_is_written(self, head: str, written: str) -> None:
        found = imports(self.HEAD + head)
        assert found is not None
        assert found[0] == self.HEAD + head
        assert written in found[1]

    def test_an_import_for_types_alone_is_repeated_in_the_function(self) -> None:
        head = self.HEAD + "from app.models import User\nif TYPE_CHECKING:\n    from app.models import Post\n"
        found = imports(head)
        assert found is not None
        assert found[0] == head
        assert found[1].startswith("from app.models import Post return select(User).options(")

    def test_an_import_in_a_function_with_a_docstring_comes_behind_it(self) -> None:
        source = dedent('''\
            from sqlalchemy.orm import selectinload
            if TYPE_CHECKING:
                from app.models import Post


            async def show():
                """Shows."""
                return «select(User)»
            ''')
        result = fixed(lambda place: AddLoaderOption(Statement.SELECT, place, PATH), source)
        assert result is not None
        assert '    """Shows."""\n    from app.models import Post\n\n    return select(User)' in result

    def test_a_package_that_gathers_the_models_is_imported_from(self) -> None:
        path = (PATH[0], step("Post", "author", module="app.models.post"))
        head = self.HEAD + "from app.models import User\n"
        found = imports(head, path, {"app/models/__init__.py": "from .user import User\nfrom .post import Post\n"})
        assert found is not None
        assert found[0] == self.HEAD + "from app.models import Post, User\n"

    def test_without_such_a_package_the_module_is_imported(self) -> None:
        path = (PATH[0], step("Post", "author", module="app.models.post"))
        found = imports(self.HEAD + "from app.models.user import User\n", path, {"app/models/__init__.py": ""})
        assert found is not None
        assert found[0] == self.HEAD + "from app.models.post import Post\nfrom app.models.user import User\n"

    def test_the_root_that_the_imports_have_is_kept(self) -> None:
        path = (PATH[0], step("Post", "author", module="server.app.posts"))
        found = imports(self.HEAD + "from app.users import User\n", path, file="server/app/repository.py")
        assert found is not None
        assert found[0] == self.HEAD + "from app.posts import Post\nfrom app.users import User\n"

    def test_a_relative_import_climbs_to_the_common_package(self) -> None:
        path = (PATH[0], step("Post", "author", module="app.db.posts"))
        found = imports(self.HEAD + "from ..db.users import User\n", path, file="app/api/repository.py")
        assert found is not None
        assert found[0] == self.HEAD + "from ..db.posts import Post\nfrom ..db.users import User\n"

    def test_a_class_of_the_file_needs_no_import(self) -> None:
        head = self.HEAD + "class Post(Base): ...\nclass User(Base): ...\n"
        found = imports(head, file="app/models.py")
        assert found is not None
        assert found[0] == head

    def test_no_fix_where_the_name_is_another_class(self) -> None:
        head = self.HEAD + "from app.schemas import Post\nfrom app.models import User\n"
        assert imports(head, more={"app/schemas.py": "class Post(BaseModel): ...\n"}) is None
        assert imports(self.HEAD + "from app.models import User\nclass Post(BaseModel): ...\n") is None

    def test_no_fix_where_nobody_knows_the_module(self) -> None:
        assert (
            imports(self.HEAD + "from app.models import User\n", (PATH[0], step("Post", "author", module=""))) is None
        )


class TestNewLines:
    def test_behind_the_docstring(self) -> None:
        found = imports('"""Users."""\nclass User(Base): ...\n', PATH[:1], file="app/models.py")
        assert found is not None
        assert found[0] == '"""Users."""\n\nfrom sqlalchemy.orm import selectinload\nclass User(Base): ...\n'

    def test_before_all_else(self) -> None:
        found = imports("# Users\nclass User(Base): ...\n", PATH[:1], file="app/models.py")
        assert found is not None
        assert found[0] == "# Users\nfrom sqlalchemy.orm import selectinload\n\nclass User(Base): ...\n"

    def test_line_ends_and_tabs_stay(self) -> None:
        source = "from app.models import User\r\n\r\ndef f():\r\n\treturn «select(User)»\r\n"
        result = fixed(lambda place: AddLoaderOption(Statement.SELECT, place, PATH[:1]), source)
        assert result == (
            "from app.models import User\r\nfrom sqlalchemy.orm import selectinload\r\n"
            "\r\ndef f():\r\n\treturn select(User).options(selectinload(User.posts))\r\n"
        )
