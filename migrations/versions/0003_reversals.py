"""A reversal is a fact of its own, and a standing knows which change of it needs a fact

Repayments and reversals are never changed; an import that is taken back may remove its own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UNCHANGED = ("repayments", "reversals")


def upgrade() -> None:
    op.create_table(
        "reversals",
        sa.Column("repayment_id", sa.Integer(), nullable=False),
        sa.Column("reversed_on", sa.Date(), nullable=False),
        sa.Column("import_batch_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_reversals_by_id")),
        sa.ForeignKeyConstraint(["import_batch_id"], ["import_batches.id"], name=op.f("fk_reversals_import_batch_id")),
        sa.ForeignKeyConstraint(["repayment_id"], ["repayments.id"], name=op.f("fk_reversals_repayment_id")),
        sa.PrimaryKeyConstraint("repayment_id", name=op.f("pk_reversals")),
    )
    with op.batch_alter_table("reversals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reversals_import_batch_id"), ["import_batch_id"], unique=False)
    op.execute(
        "INSERT INTO reversals (repayment_id, reversed_on, import_batch_id, recorded_at) "
        "SELECT id, reversed_on, import_batch_id, CURRENT_TIMESTAMP FROM repayments WHERE reversed_on IS NOT NULL"
    )
    with op.batch_alter_table("repayments", schema=None) as batch_op:
        batch_op.drop_column("reversed_on")
    with op.batch_alter_table("borrower_standings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_fact_on", sa.Date(), nullable=True))
    op.execute("UPDATE borrower_standings SET next_fact_on = next_change_on")
    for table in _UNCHANGED:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )


def downgrade() -> None:
    for table in _UNCHANGED:
        op.execute(
            f"DROP TRIGGER {table}_no_update" + ("" if op.get_bind().dialect.name == "sqlite" else f" ON {table}")
        )
    with op.batch_alter_table("borrower_standings", schema=None) as batch_op:
        batch_op.drop_column("next_fact_on")
    with op.batch_alter_table("repayments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reversed_on", sa.Date(), nullable=True))
    op.execute(
        "UPDATE repayments SET reversed_on = "
        "(SELECT reversals.reversed_on FROM reversals WHERE reversals.repayment_id = repayments.id)"
    )
    with op.batch_alter_table("reversals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reversals_import_batch_id"))
    op.drop_table("reversals")
