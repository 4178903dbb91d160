"""What one file uses: asyncio, URLs, drivers, rewrites; and that it can be kept in a cache."""

from __future__ import annotations

import json

import pytest

from rules.dependencies.usage import FileUsage, UrlRole, usage_of
from rules.source.syntax import parse


def _urls(source: str) -> list[tuple[str, str, str]]:
    return [(url.scheme, url.role.value, url.holder) for url in usage_of("a.py", source.encode()).urls]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('URL = "postgresql+asyncpg://h/d"', ("postgresql+asyncpg", "value", "url")),
        ('create_async_engine("sqlite:///x")', ("sqlite", "async-engine", "")),
        ('create_engine("mysql+pymysql://h")', ("mysql+pymysql", "engine", "")),
        ('a.url: str = "postgres://h/d"', ("postgresql", "value", "url")),
        ('os.environ["DB"] = "sqlite+aiosqlite://"', ("sqlite+aiosqlite", "value", "db")),
        ('def f(dsn="mysql+asyncmy://h/d"): ...', ("mysql+asyncmy", "value", "dsn")),
        ('x = {"url": "mssql+aioodbc://h/d"}', ("mssql+aioodbc", "value", "url")),
        (
            'config.set_main_option("sqlalchemy.url", "sqlite+aiosqlite://")',
            ("sqlite+aiosqlite", "value", "sqlalchemy.url"),
        ),
        ('log.info("mysql+aiomysql://h/d")', ("mysql+aiomysql", "mention", "")),
        ('def dsn():\n    return f"postgresql+psycopg://{h}/d"', ("postgresql+psycopg", "value", "dsn")),
        ('u = "oracle+oracledb_async://" + host', ("oracle+oracledb_async", "value", "u")),
        ('u = url.set(drivername="postgresql+asyncpg")', ("postgresql+asyncpg", "value", "u")),
    ],
)
def test_where_a_url_goes(source: str, expected: tuple[str, str, str]) -> None:
    assert _urls(source) == [expected]


@pytest.mark.parametrize(
    "source",
    [
        'ok = url.startswith("postgresql+asyncpg://")',
        'ok = url == "postgresql+asyncpg://h"',
        'url = other.replace("postgresql+asyncpg://", "x")',
        '"""postgresql+asyncpg://h in a docstring"""',
        "# postgresql+asyncpg://h in a comment",
        'x = {"postgresql+asyncpg://h": 1}',
    ],
)
def test_text_from_which_nothing_is_made(source: str) -> None:
    assert _urls(source) == []


def test_the_place_is_that_of_the_scheme() -> None:
    (url,) = usage_of("a.py", 'ü = "é"; url = f"sqlite+aiosqlite:///{x}"'.encode()).urls
    assert (url.line, url.column) == (1, 18)


def test_an_engine_outweighs_an_import() -> None:
    usage = usage_of(
        "a.py", b"from sqlalchemy.ext.asyncio import create_async_engine\n\ne = create_async_engine(u.db_url)\n"
    )
    assert [(use.name, use.line, use.call) for use in usage.async_uses] == [
        ("create_async_engine", 3, True),
        ("create_async_engine", 1, False),
    ]
    assert [(call.asynchronous, call.argument) for call in usage.engines] == [(True, "db_url")]


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("try:\n    e = create_async_engine(u)\nexcept ImportError:\n    e = None\n", 0),
        ("try:\n    e = create_async_engine(u)\nexcept Exception:\n    exit()\n", 1),
        ("try:\n    from sqlalchemy.ext.asyncio import AsyncSession\nexcept Exception:\n    pass\n", 0),
        ("try:\n    import x\nexcept (KeyError, ModuleNotFoundError):\n    e = create_async_engine(u)\n", 1),
        ("try:\n    import x\nexcept:\n    pass\nelse:\n    e = create_async_engine(u)\n", 1),
    ],
)
def test_what_runs_only_where_an_import_worked(source: str, calls: int) -> None:
    assert len(usage_of("a.py", source.encode()).async_uses) == calls


def test_imports_of_drivers() -> None:
    source = b"import asyncpg.pool\nfrom psycopg import rows\ntry:\n    import aiosqlite\nexcept ImportError: ...\n"
    assert usage_of("a.py", source).imports == ("aiosqlite", "asyncpg", "psycopg")


@pytest.mark.parametrize(
    ("name", "line", "role", "holder"),
    [
        (".env.example", "DATABASE_URL=postgresql+asyncpg://h/d", UrlRole.VALUE, "database_url"),
        (".env.example", "#DATABASE_URL=postgresql+asyncpg://h/d", UrlRole.MENTION, "database_url"),
        ("alembic.ini", "sqlalchemy.url = postgresql+asyncpg://h/d", UrlRole.VALUE, "sqlalchemy.url"),
        ("docker-compose.yml", "      - DB_URL=postgresql+asyncpg://h/d", UrlRole.VALUE, "db_url"),
        ("compose.yaml", '      DB_URL: "${DB_URL:-postgresql+asyncpg://h/d}"', UrlRole.VALUE, "db_url"),
        ("Dockerfile", "ENV DB_URL=postgresql+asyncpg://h/d", UrlRole.VALUE, "db_url"),
        (".github/workflows/test.yml", "      DB_URL: postgresql+asyncpg://h/d", UrlRole.VALUE, "db_url"),
    ],
)
def test_places_beside_the_code(name: str, line: str, role: UrlRole, holder: str) -> None:
    (url,) = usage_of(name, line.encode()).urls
    assert (url.role, url.holder, url.scheme) == (role, holder, "postgresql+asyncpg")


def test_usage_survives_a_cache() -> None:
    source = (
        b"import asyncpg\nfrom sqlalchemy.ext.asyncio import create_async_engine\n"
        b'url = get("DB", "sqlite+aiosqlite://").replace("+asyncpg", "+psycopg")\n'
        b'engine = create_async_engine(url, note="asyncmy")\n'
    )
    usage = usage_of("a.py", source)
    assert usage.urls
    assert usage.rewrites
    assert usage.mentions == ("asyncmy",)
    assert FileUsage.from_dict(json.loads(json.dumps(usage.to_dict()))) == usage
    assert usage_of("other/b.py", source, parse(source)) == usage


def test_a_file_that_is_no_python_uses_nothing() -> None:
    assert usage_of("a.py", b"create_async_engine(") == FileUsage()
