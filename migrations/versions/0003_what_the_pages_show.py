"""What the pages show: details of findings, counts by day, who signed in"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "finding_details",
        sa.Column("finding_id", BIG_ID, nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_finding_details_finding_id_findings"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_finding_details")),
    )
    with op.batch_alter_table("finding_details", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_details_created_at"), ["created_at"], unique=False)

    op.create_table(
        "rule_days",
        sa.Column("repository_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rule", sa.String(length=50), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.id"],
            name=op.f("fk_rule_days_repository_id_repositories"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("repository_id", "day", "rule", name=op.f("pk_rule_days")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("readable", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_expires_at"), ["expires_at"], unique=False)

    with op.batch_alter_table("pull_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("title", sa.String(length=500), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("author", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("draft", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index("ix_pull_requests_open", ["repository_id", "is_open", "updated_at"], unique=False)

    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.create_index("ix_scans_repository_id_finished_at", ["repository_id", "finished_at"], unique=False)

    op.execute(
        "INSERT INTO rule_days (repository_id, day, rule, found) "
        "SELECT scans.repository_id, date(scans.finished_at), findings.rule, count(DISTINCT findings.fingerprint) "
        "FROM scans JOIN findings ON findings.scan_id = scans.id "
        "WHERE findings.is_new AND scans.finished_at IS NOT NULL GROUP BY 1, 2, 3"
    )


def downgrade() -> None:
    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.drop_index("ix_scans_repository_id_finished_at")

    with op.batch_alter_table("pull_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_pull_requests_open")
        for column in ("draft", "is_open", "author", "title"):
            batch_op.drop_column(column)

    op.drop_table("sign_ins")
    op.drop_table("rule_days")
    op.drop_table("finding_details")
