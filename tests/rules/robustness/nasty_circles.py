"""More code that every analyser meets: calls and names that lead back to themselves, and files that are no Python."""

from __future__ import annotations

from collections.abc import Iterator

from tests.rules.robustness.nasty import NASTY, PRELUDE, USE, Files, nasty, one, use

# Calls


@nasty
def a_chain_of_calls() -> Files:
    calls = "".join(f"def f{n}(row):\n    return f{n + 1}(row)\n\n\n" for n in range(200))
    return one(f"{calls}def f200(row):\n    return row.posts\n\n\n{USE}    return f0(user)\n")


@nasty
def a_chain_of_awaits() -> Files:
    calls = "".join(f"async def f{n}(session, row):\n    return await f{n + 1}(session, row)\n\n\n" for n in range(200))
    last = "async def f200(session, row):\n    await session.commit()\n    return row\n\n\n"
    return one(f"{calls}{last}{USE}    return (await f0(session, user)).name\n")


@nasty
def a_tree_of_calls() -> Files:
    calls = "".join(f"def f{n}(row):\n    return f{n + 1}(row.posts), f{n + 1}(row.posts[0])\n\n\n" for n in range(40))
    return one(f"{calls}def f40(row):\n    return row.author\n\n\n{USE}    return f0(user)\n")


@nasty
def a_tree_of_calls_with_flags() -> Files:
    calls = "".join(
        f"async def f{n}(session, row, a):\n    if a:\n        await session.commit()\n"
        f"    await f{n + 1}(session, row, True)\n    await f{n + 1}(session, row, False)\n    return row\n\n\n"
        for n in range(40)
    )
    return one(
        f"{calls}async def f40(session, row, a):\n    return row.name\n\n\n{USE}    await f0(session, user, 1)\n"
    )


@nasty
def recursion_through_fifty_functions() -> Files:
    calls = "".join(
        f"async def f{n}(session, row):\n    if row.id:\n        await f{(n + 1) % 50}(session, row)\n"
        f"    await f{(n * 3 + 2) % 50}(session, row)\n    await session.commit()\n    return row.posts\n\n\n"
        for n in range(50)
    )
    return one(f"{calls}{USE}    await f0(session, user)\n    return user.name\n")


@nasty
def everything_calls_everything() -> Files:
    inside = "".join(f"    await f{n}(session, row, f{n})\n" for n in range(30))
    calls = "".join(
        f"async def f{n}(session, row, then):\n{inside}    await then(session, row, f{n})\n\n\n" for n in range(30)
    )
    return one(f"{calls}{USE}    await f0(session, user, f1)\n    return user.posts\n")


@nasty
def a_decorator_of_itself() -> Files:
    return one(
        "@twice\ndef twice(function):\n    return twice(function)\n\n\n@twice\nasync def use(session: AsyncSession):\n"
        "    return (await session.get(User, 1)).posts\n"
    )


@nasty
def decorators_of_each_other() -> Files:
    return one(
        "@two\ndef one(function):\n    @two\n    def inner(*a, **k):\n"
        "        return one(function)(*a, **k)\n    return inner\n\n\n"
        "@one\ndef two(function):\n    @one\n    def inner(*a, **k):\n"
        "        return two(function)(*a, **k)\n    return inner\n\n\n"
        "@one\n@two\nasync def use(session: AsyncSession):\n    return (await session.get(User, 1)).posts\n"
    )


@nasty
def generators_of_themselves() -> Files:
    return one(
        "async def rows(session, row):\n    yield row\n"
        "    async for one in rows(session, row):\n        yield one.posts\n"
        "        await session.commit()\n\n\ndef plain(row):\n    yield row\n"
        "    yield from plain(row)\n    yield from plain(row.posts)\n\n\n"
        f"{USE}    async for one in rows(session, user):\n"
        "        one.posts\n    for one in plain(user):\n        one.posts\n"
    )


@nasty
def a_generator_of_generators() -> Files:
    chain = "".join(
        f"def g{n}(row):\n    for one in g{n + 1}(row):\n        yield one\n        yield row.posts\n\n\n"
        for n in range(60)
    )
    return one(f"{chain}def g60(row):\n    yield row\n\n\n{USE}    return [one.posts for one in g0(user)]\n")


@nasty
def a_manager_of_itself() -> Files:
    return one(
        "from contextlib import asynccontextmanager\n\n\n@asynccontextmanager\nasync def opened(session):\n"
        "    async with opened(session) as inner:\n        async with opened(inner) as more:\n            yield more\n"
        f"    await session.commit()\n\n\n{USE}    async with opened(session) as other:\n"
        "        user.posts\n    user.name\n"
    )


@nasty
def a_function_given_to_itself() -> Files:
    return one(
        f"def me(function, row):\n    return function(function, row) or row.posts\n\n\n{USE}    return me(me, user)\n"
    )


@nasty
def a_growing_argument() -> Files:
    return one(
        "def grow(rows, row):\n    return grow([rows, row], row) + grow((rows, rows), rows) + row.posts\n\n\n"
        f"{USE}    return grow([], user)\n"
    )


@nasty
def a_growing_loop() -> Files:
    lines = ["rows = [user]", "for n in range(100):"]
    lines += [f"    rows = [rows, rows, (rows, user), {{'a': rows}}]  # {n}" for n in range(40)]
    return use(*lines, "return rows[0][0][0][0].posts")


@nasty
def a_doubling_text() -> Files:
    return use("text = 'ab'", *("text = text + text" for _ in range(60)), "return user.posts, text")


@nasty
def a_doubling_tuple() -> Files:
    return use("rows = (user,)", *("rows = rows + rows" for _ in range(60)), "return rows[0].posts")


@nasty
def a_doubling_tuple_of_stars() -> Files:
    return use("rows = (user,)", *("rows = (*rows, *rows)" for _ in range(60)), "return rows[0].posts")


@nasty
def a_doubling_nest() -> Files:
    return use("rows = (user,)", *("rows = (rows, rows)" for _ in range(60)), "return rows[0][0].posts")


@nasty
def a_doubling_list() -> Files:
    return use("rows = [user]", *("rows = rows + rows" for _ in range(60)), "return rows[0].posts")


@nasty
def a_doubling_dict() -> Files:
    return use(
        "rows = {'a': user}", *(f"rows = {{**rows, 'r{n}': (rows, rows)}}" for n in range(60)), "rows['a'].posts"
    )


@nasty
def a_long_list_of_appends() -> Files:
    return use("rows = []", *("rows.append(user)" for _ in range(9_000)), "return [row.posts for row in rows]")


@nasty
def a_builder_of_trees() -> Files:
    return one(
        "def tree(row, rows):\n    if row.id == 1:\n        return ('a', tree(row, rows), tree(row, rows))\n"
        "    if row.id == 2:\n        return ('b', tuple(tree(one, rows) for one in rows), other(row, rows))\n"
        "    return ('c', row)\n\n\ndef other(row, rows):\n    if row.id == 3:\n"
        "        return (tree(row, rows), tree(row, rows))\n"
        f"    return [other(one, rows) for one in rows], tree(row, rows)\n\n\n{USE}    return tree(user, [user])\n"
    )


@nasty
def a_list_in_itself() -> Files:
    return use(
        "rows = [user]", "rows.append(rows)", "rows.extend(rows)", "rows += rows", "for one in rows:", "    one.posts"
    )


@nasty
def a_dict_in_itself() -> Files:
    return use(
        "rows = {'a': user}", "rows['b'] = rows", "rows.update(rows)", "return rows['b']['b']['a'].posts, {**rows}"
    )


@nasty
def objects_in_a_ring() -> Files:
    head = (
        "class Box:\n    def __init__(self, row, other=None):\n        self.row = row\n        self.other = other\n\n\n"
    )
    lines = ["a = Box(user)", "b = Box(user, a)", "a.other = b", "return a.other.other.other.row.posts"]
    return one(head + USE + "".join(f"    {line}\n" for line in lines))


@nasty
def getattr_of_itself() -> Files:
    return one(
        "class Box:\n    def __init__(self, row):\n        self.row = row\n\n    def __getattr__(self, name):\n"
        "        return getattr(self, name)\n\n    def __call__(self):\n        return self()()\n\n    @property\n"
        "    def posts(self):\n        return self.posts or self.row.posts\n\n\n"
        f"{USE}    box = Box(user)\n    return box.posts, box.other, box()\n"
    )


@nasty
def properties_of_each_other() -> Files:
    names = [f"p{n}" for n in range(30)]
    properties = "".join(
        f"    @property\n    def {name}(self):\n"
        f"        return self.{names[(n + 1) % 30]} or self.{names[(n * 5) % 30]} or self.users\n\n"
        for n, name in enumerate(names)
    )
    model = "class Group(Base):\n    __tablename__ = 'groups'\n    users: Mapped[list[User]] = relationship()\n\n"
    return one(
        f"{model}{properties}\nasync def use(session: AsyncSession):\n    return (await session.get(Group, 1)).p0\n"
    )


# Circles of names


@nasty
def imports_in_a_circle() -> Files:
    files = {
        f"m{n}.py": f"from m{(n + 1) % 50} import *\nfrom m{(n + 1) % 50} import thing, User\nimport m{n}\n"
        for n in range(50)
    }
    return {**files, **one(f"from m0 import thing\n\n\n{USE}    thing(user)\n    return user.posts\n")}


@nasty
def a_module_that_imports_itself() -> Files:
    return {
        "main.py": "from main import *\nfrom main import Session as Session, main\nimport main\n"
        + PRELUDE
        + USE
        + "    main.main.User\n",
        "pkg/__init__.py": "from . import *\nfrom .pkg import *\nfrom . import pkg\n",
        "pkg/pkg.py": "from . import pkg\nfrom .. import pkg\nfrom .pkg import pkg\nfrom ..... import x\n",
    }


@nasty
def classes_in_a_circle() -> Files:
    return one(
        "class A(B):\n    rows: Mapped[list['B']] = relationship()\n\n\n"
        "class B(C):\n    pass\n\n\nclass C(A):\n    pass\n\n\n"
        "class Self(Self):\n    def f(self):\n        return super().f()\n\n\n"
        "async def use(session: AsyncSession, me: Self):\n"
        "    row = await session.get(A, 1)\n    me.f()\n    return row.rows\n"
    )


@nasty
def classes_across_files_in_a_circle() -> Files:
    return {
        "a.py": "from b import B\n\n\nclass A(B):\n    pass\n",
        "b.py": "from a import A\n\n\nclass B(A):\n    pass\n",
        **one(
            "from a import A\n\n\nclass Row(A, Base):\n    pass\n\n\n"
            "async def use(session: AsyncSession):\n    (await session.get(Row, 1)).posts\n"
        ),
    }


@nasty
def aliases_in_a_circle() -> Files:
    return one(
        "type Tree = dict[str, Tree] | User\ntype One = Two\ntype Two = One\n"
        "Three = 'list[Three]'\nFour = Four\nFive = Six\nSix = Five\n\n\n"
        "def f(a: Tree, b: One, c: Three, d: Four, e: Five):\n"
        "    return a.posts, b.posts, c.posts, d.posts, e.posts\n\n\n"
        f"{USE}    return f(user, user, user, user, user)\n"
    )


@nasty
def options_in_a_circle() -> Files:
    return one(
        "LOAD = [selectinload(User.posts), *MORE]\nMORE = [*LOAD, *MORE]\n"
        "QUERY = OTHER.options(*LOAD)\nOTHER = QUERY.options(*MORE)\n\n\n"
        "async def use(session: AsyncSession):\n    return (await session.scalars(QUERY)).one().posts\n"
    )


@nasty
def schemas_in_a_circle() -> Files:
    return one(
        "from pydantic import BaseModel\n\n\nclass PostOut(BaseModel):\n"
        "    author: 'UserOut'\n\n\nclass UserOut(BaseModel):\n"
        f"    posts: list[PostOut]\n    me: 'UserOut | None'\n\n\n{USE}    return UserOut.model_validate(user)\n"
    )


@nasty
def dependencies_in_a_circle() -> Files:
    return one(
        "from fastapi import Depends, FastAPI\n\napp = FastAPI()\n\n\n"
        "async def a(b=Depends(lambda: b), c=Depends(a)):\n    return b\n\n\n"
        "async def b(a=Depends(a), b=Depends(b)):\n    return a\n\n\n"
        "@app.get('/')\nasync def use(session: AsyncSession = Depends(b)):\n"
        "    return (await session.get(User, 1)).posts\n"
    )


@nasty
def templates_in_a_circle() -> Files:
    return {
        **one(
            "from fastapi.templating import Jinja2Templates\n\ntemplates = Jinja2Templates('templates')\n\n\n"
            f"{USE}    return templates.TemplateResponse('a.html', {{'user': user}})\n"
        ),
        "templates/a.html": (
            "{% extends 'b.html' %}{% import 'a.html' as a %}{% block x %}{{ super() }}{{ user.posts }}{% endblock %}"
        ),
        "templates/b.html": (
            "{% extends 'a.html' %}{% macro m(u) %}{{ m(u.posts) }}{% endmacro %}{% include 'b.html' %}{{ m(user) }}"
        ),
        "templates/c.html": "{% if %}",
    }


@nasty
def a_deep_template() -> Files:
    depth = 100
    text = (
        "".join(f"{{% for x{n} in user.posts %}}" for n in range(depth)) + "{{ user.posts }}" + "{% endfor %}" * depth
    )
    code = (
        "from fastapi.templating import Jinja2Templates\n\ntemplates = Jinja2Templates('templates')\n\n\n"
        f"{USE}    return templates.TemplateResponse('a.html', {{'user': user}})\n"
    )
    return {**one(code), "templates/a.html": text}


@nasty
def a_template_of_parentheses() -> Files:
    code = (
        "from fastapi.templating import Jinja2Templates\n\ntemplates = Jinja2Templates('templates')\n\n\n"
        f"{USE}    return templates.TemplateResponse('a.html', {{'user': user}})\n"
    )
    return {**one(code), "templates/a.html": "{{ " + "(" * 3_000 + "user.posts" + ")" * 3_000 + " }}"}


# No Python, or nearly


@nasty
def bytes_of_all_kinds() -> Files:
    good = PRELUDE + USE + "    return user.posts\n"
    return {
        "null.py": good.encode() + b"\0",
        "utf16.py": good.encode("utf-16"),
        "bom.py": b"\xef\xbb\xbf" + good.encode(),
        "bom_and_other.py": b"\xef\xbb\xbf# coding: latin-1\n" + good.encode(),
        "crlf.py": good.replace("\n", "\r\n").encode(),
        "cr.py": good.replace("\n", "\r").encode(),
        "mixed.py": good.replace("\n", "\r\n", 7).encode(),
        "formfeed.py": good.replace("\n\n", "\n\x0c\n").encode(),
        "latin.py": b"# coding: latin-1\n# \xe9\n" + good.encode(),
        "not_utf8.py": b"# \xe9\n" + good.encode(),
        "unknown.py": b"# coding: klingon\n" + good.encode(),
        "hex.py": b"# coding: hex\n" + good.encode(),
        "undefined.py": b"# coding: undefined\n" + good.encode(),
        "utf7.py": b"# coding: utf-7\n" + good.encode(),
        "surrogate.py": (good + "NAME = '\\ud800'\n").encode(),
        "raw_surrogate.py": good.encode() + b"NAME = '\xed\xa0\x80'\n",
        "empty.py": b"",
        "blank.py": b"\n\n\n",
        "comment.py": b"#",
        "backslash.py": b"\\",
        "open.py": good.encode() + b"f(((",
        "quote.py": good.encode() + b'"""',
        "tabs.py": b"if 1:\n\tif 2:\n        x\n",
        "wide.py": ("# " + "𝔘" * 100 + "\n" + good.replace("user", "üßer")).encode(),
        "binary.py": bytes(range(1, 256)) * 100,
        "elf.py": b"\x7fELF\x02\x01\x01" + bytes(1000),
        "ends.py": good.rstrip().encode(),
        "conflict.py": b"<<<<<<< HEAD\n" + good.encode() + b"=======\n>>>>>>> x\n",
        "broken.toml": b"[[[",
        "pyproject.toml": b"[project\nname = ",
        "requirements.txt": b"\xff\xfe\x00sqlalchemy\n-r requirements.txt\n",
    }


@nasty
def too_deep_to_parse() -> Files:
    return {
        **one(f"{USE}    return user.posts\n"),
        "parens.py": "(" * 5_000,
        "minus.py": "x = " + "-" * 100_000 + "1\n",
        "sum.py": "x = " + "+".join(["1"] * 100_000) + "\n",
        "call.py": "x = f" + "()" * 50_000 + "\n",
        "attributes.py": "x = a" + ".b" * 50_000 + "\n",
        "elifs.py": "if a: pass\n" + "elif a: pass\n" * 20_000,
        "ifs.py": "".join(" " * n + "if a:\n" for n in range(99)) + " " * 99 + "pass\n",
        "new.py": "type X = " + "(" * 150 + "int" + ")" * 150 + "\n" + "class C[T]:\n    def f[U](self): pass\n",
        "new_deep.py": "type X = " + "-" * 20_000 + "1\n",
        "lambdas.py": "x = " + "lambda: " * 20_000 + "1\n",
        "strings.py": "x = " + "'a' " * 100_000 + "\n",
        "decorated.py": "@a\n" * 20_000 + "def f(): pass\n",
    }


def situations() -> Iterator[tuple[str, Files]]:
    """Those of both modules, each made when it is its turn."""
    for name, make in NASTY.items():
        yield name, make()
