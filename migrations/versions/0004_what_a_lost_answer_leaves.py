"""What a lost answer leaves: the head of a check run that may exist, attempts that failed, a limit of GitHub"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("installations", sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("scans", sa.Column("check_run_sha", sa.String(length=64), server_default="", nullable=False))
    op.add_column("scans", sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE scans SET check_run_sha = head_sha WHERE check_run_id IS NOT NULL")


def downgrade() -> None:
    op.drop_column("scans", "failures")
    op.drop_column("scans", "check_run_sha")
    op.drop_column("installations", "paused_until")
