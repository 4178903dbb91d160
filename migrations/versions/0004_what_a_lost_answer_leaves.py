"""What a lost answer leaves: the head of a check run that may exist, attempts that failed, a limit of GitHub"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("installations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.add_column(sa.Column("check_run_sha", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE scans SET check_run_sha = head_sha WHERE check_run_id IS NOT NULL")


def downgrade() -> None:
    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.drop_column("failures")
        batch_op.drop_column("check_run_sha")
    with op.batch_alter_table("installations", schema=None) as batch_op:
        batch_op.drop_column("paused_until")
