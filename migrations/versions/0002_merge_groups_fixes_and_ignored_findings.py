"""Merge groups, fixes and ignored findings"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KIND = sa.Enum("review", "merge_group", "fix", name="scankind", native_enum=False, length=20)
TEXTS = {"base_ref": 255, "target": 64, "author": 100}


def upgrade() -> None:
    op.add_column("scans", sa.Column("kind", KIND, nullable=False, server_default="review"))
    for name, length in TEXTS.items():
        op.add_column("scans", sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    op.add_column("findings", sa.Column("fingerprints", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.create_table(
        "ignored_findings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("repository_id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprints", sa.JSON(), nullable=False),
        sa.Column("rule", sa.String(length=50), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name=op.f("fk_ignored_findings_repository_id_repositories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ignored_findings")),
    )
    op.create_index(op.f("ix_ignored_findings_repository_id"), "ignored_findings", ["repository_id"], unique=False)


def downgrade() -> None:
    """A merge group, and a fix, is no scan of a pull request: they go."""
    op.drop_index(op.f("ix_ignored_findings_repository_id"), table_name="ignored_findings")
    op.drop_table("ignored_findings")
    op.execute("DELETE FROM findings WHERE scan_id IN (SELECT id FROM scans WHERE kind <> 'review')")
    op.execute(
        "UPDATE scans SET superseded_by = NULL WHERE superseded_by IN (SELECT id FROM scans WHERE kind <> 'review')"
    )
    op.execute("DELETE FROM scans WHERE kind <> 'review'")
    op.drop_column("findings", "fingerprints")
    for name in (*TEXTS, "kind"):
        op.drop_column("scans", name)
