"""Imports are jobs, and can be taken back

What a list touched is kept beside it as it was before. Columns are added one by one: rebuilding the table of imports
would take its rows along on SQLite.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("refusal_values", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("is_strict", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("compared_with", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("asks", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("job_key", sa.String(length=80), nullable=False, server_default=""),
    )


def upgrade() -> None:
    for column in _columns():
        op.add_column("import_batches", column)
    op.create_table(
        "import_images",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name=op.f("fk_import_images_batch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_import_images")),
    )


def downgrade() -> None:
    op.drop_table("import_images")
    for column in reversed(_columns()):
        op.drop_column("import_batches", column.name)
