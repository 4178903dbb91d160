"""What scans are looked up by"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_scans_repository_id_number_id", "scans", ["repository_id", "number", "id"])
    op.create_index("ix_scans_delivery_id", "scans", ["delivery_id"])
    op.create_index("ix_scans_superseded_by", "scans", ["superseded_by"])
    op.drop_index("ix_scans_repository_id_number", table_name="scans")


def downgrade() -> None:
    op.create_index("ix_scans_repository_id_number", "scans", ["repository_id", "number"])
    op.drop_index("ix_scans_superseded_by", table_name="scans")
    op.drop_index("ix_scans_delivery_id", table_name="scans")
    op.drop_index("ix_scans_repository_id_number_id", table_name="scans")
