"""One row in every table there is, whatever its columns are, made from what the database says about itself."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    func,
    insert,
    select,
)

NUMBER = 1000
"""Of every row: far from those that the database gives by itself."""
BEGUN = datetime(2026, 5, 4, 12, tzinfo=UTC)


def reflect(connection: Connection) -> MetaData:
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: name != "alembic_version")
    return metadata


def fill(connection: Connection) -> None:
    """A row of this number in each table that has none, and every reference pointing to that of its target."""
    for table in reflect(connection).sorted_tables:
        if not connection.scalar(select(func.count()).select_from(table)):
            connection.execute(insert(table).values({column.name: _value(column) for column in table.columns}))


def counts(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in reflect(connection).sorted_tables
    }


def _value(column: Column[object]) -> object:
    if _is_circular(column):
        return None
    match column.type:
        case Boolean():
            return False
        case Integer() | Float():
            return NUMBER
        case DateTime():
            return BEGUN
        case JSON():
            return {}
        case LargeBinary():
            return b"{}"
        case _:
            return "x"


def _is_circular(column: Column[object]) -> bool:
    """A reference to a row of the same table."""
    return any(key.column.table is column.table for key in column.foreign_keys)
