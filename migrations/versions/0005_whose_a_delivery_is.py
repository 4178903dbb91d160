"""Whose a delivery is, and which repository was removed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = ("installation_id", "repository_id")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("deliveries", sa.Column(name, sa.BigInteger(), nullable=True))
        op.create_index(op.f(f"ix_deliveries_{name}"), "deliveries", [name], unique=False)
    op.add_column("repositories", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("repositories", "removed_at")
    for name in reversed(COLUMNS):
        op.drop_index(op.f(f"ix_deliveries_{name}"), table_name="deliveries")
        op.drop_column("deliveries", name)
