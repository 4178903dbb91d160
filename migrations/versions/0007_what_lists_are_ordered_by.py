"""What lists are ordered by"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_deliveries_state_id", "deliveries", ["state", "id"])
    op.create_index("ix_scans_repository_id_state_finished_at", "scans", ["repository_id", "state", "finished_at"])


def downgrade() -> None:
    op.drop_index("ix_scans_repository_id_state_finished_at", table_name="scans")
    op.drop_index("ix_deliveries_state_id", table_name="deliveries")
