"""Runs the migrations on the connection that `workers.database.Database.migrate` hands over."""

from __future__ import annotations

from alembic import context
from alembic.autogenerate.api import AutogenContext

from workers.models import Base, UtcDateTime


def render_item(kind: str, item: object, _context: AutogenContext) -> str | bool:
    """Migrations stand alone: they name no type of ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
