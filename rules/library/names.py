"""External names by their canonical form, so that one table serves `sqlalchemy.select` and `sqlmodel.select`."""

from __future__ import annotations

WELL_KNOWN_PACKAGES = frozenset(
    {
        "sqlalchemy",
        "sqlmodel",
        "pydantic",
        "fastapi",
        "starlette",
        "jinja2",
        "flask",
        "litestar",
        "sanic",
        "aiohttp",
        "celery",
        "redis",
        "alembic",
        "pytest",
        "advanced_alchemy",
        "fastapi_users",
        "fastapi_pagination",
        "aiogram",
        "typing_extensions",
        "greenlet",
        "dependency_injector",
        "structlog",
        "httpx",
        "requests",
    }
)

_SQLALCHEMY = (
    "sqlalchemy.ext.asyncio.session.",
    "sqlalchemy.ext.asyncio.engine.",
    "sqlalchemy.ext.asyncio.",
    "sqlalchemy.ext.declarative.",
    "sqlalchemy.ext.associationproxy.",
    "sqlalchemy.ext.hybrid.",
    "sqlalchemy.orm.session.",
    "sqlalchemy.orm.strategy_options.",
    "sqlalchemy.orm.attributes.",
    "sqlalchemy.orm.base.",
    "sqlalchemy.orm.decl_api.",
    "sqlalchemy.orm.",
    "sqlalchemy.future.",
    "sqlalchemy.sql.expression.",
    "sqlalchemy.sql.functions.",
    "sqlalchemy.sql.schema.",
    "sqlalchemy.sql.",
    "sqlalchemy.inspection.",
    "sqlalchemy.dialects.postgresql.",
    "sqlalchemy.dialects.sqlite.",
    "sqlalchemy.dialects.mysql.",
    "sqlalchemy.engine.",
    "sqlalchemy.schema.",
    "sqlmodel.ext.asyncio.session.",
    "sqlmodel.ext.asyncio.",
    "sqlmodel.sql.expression.",
    "sqlmodel.main.",
)

_NAMESPACES = frozenset(
    {"orm", "attributes", "inspection", "strategy_options", "future", "sql", "base", "asyncio", "ext"}
)
"""Modules by which a name may be reached from a module that was imported: `orm.attributes.set_committed_value`."""


def canonical(name: str) -> str:
    """`sqlalchemy.orm.selectinload` and `sqlmodel.select` become `sa.selectinload` and `sa.select`."""
    if name.startswith("sa."):
        parts = name.split(".")
        while len(parts) > 2 and parts[1] in _NAMESPACES:
            del parts[1]
        return ".".join(parts)
    for prefix in _SQLALCHEMY:
        if name.startswith(prefix):
            rest = name[len(prefix) :]
            if rest == "func" or rest.startswith("func."):
                return "sa." + rest
            if rest and rest[0] != "_":
                return ("sqlmodel." if rest == "SQLModel" else "sa.") + rest
    if name.startswith("sqlalchemy.") and not name.startswith(
        ("sqlalchemy.ext", "sqlalchemy.orm", "sqlalchemy.dialects")
    ):
        return "sa." + name.removeprefix("sqlalchemy.")
    if name.startswith("sqlmodel.") and name not in (
        "sqlmodel.SQLModel",
        "sqlmodel.Field",
        "sqlmodel.Relationship",
        "sqlmodel.ext",
    ):
        return "sa." + name.removeprefix("sqlmodel.")
    if name.startswith(("typing.", "typing_extensions.", "collections.abc.", "contextlib.", "pydantic.v1.")):
        module, _, last = name.rpartition(".")
        return (
            {"typing_extensions": "typing", "collections.abc": "typing", "pydantic.v1": "pydantic"}.get(module, module)
            + "."
            + last
        )
    return name
