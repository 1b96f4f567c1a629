"""How a list is read is confirmed, and remembered

An import keeps its top rows, sealed, until its columns are settled.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import_batches", sa.Column("layout", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("import_batches", sa.Column("head", sa.Text(), nullable=True))
    op.create_table(
        "import_layouts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("lender", sa.String(length=60), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["saved_by_id"], ["users.id"], name=op.f("fk_import_layouts_saved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_layouts")),
        sa.UniqueConstraint("kind", "lender", "signature", name=op.f("uq_import_layouts_kind_lender_signature")),
    )


def downgrade() -> None:
    op.drop_table("import_layouts")
    op.drop_column("import_batches", "head")
    op.drop_column("import_batches", "layout")
