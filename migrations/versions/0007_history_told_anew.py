"""History is told anew after a late fact; rosters correct deferrals; a waiver may be booked like a payment

What was told before stays: a move that no longer holds is named by the correction that replaced it. Plans made anew
get a job of their own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UNCHANGED = ("standing_changes", "history_corrections", "superseded_changes")
_REBUILT = ("repayments", "relief_corrections")  # rebuilding a table on SQLite would lose its trigger
_JOB_KINDS = ("nightly", "notice_batch", "import", "reconciliation")
_REPAYMENT_KINDS = ("payment", "early", "compensation", "relief_payout")


def upgrade() -> None:
    op.create_table(
        "history_corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("borrower_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_history_corrections_borrower_id")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_history_corrections_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history_corrections")),
    )
    op.create_index(op.f("ix_history_corrections_borrower_id"), "history_corrections", ["borrower_id"])
    with op.batch_alter_table("standing_changes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("correction_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_standing_changes_correction_id"), "history_corrections", ["correction_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_standing_changes_correction_id"), ["correction_id"], unique=False)
    op.create_table(
        "superseded_changes",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["standing_changes.id"], name=op.f("fk_superseded_changes_change_id")),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["history_corrections.id"], name=op.f("fk_superseded_changes_correction_id")
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_superseded_changes")),
    )
    op.create_index(op.f("ix_superseded_changes_correction_id"), "superseded_changes", ["correction_id"])
    _allow_changes(_REBUILT)
    with op.batch_alter_table("relief_corrections", schema=None) as batch_op:
        batch_op.add_column(sa.Column("import_batch_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_relief_corrections_import_batch_id"), "import_batches", ["import_batch_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_relief_corrections_import_batch_id"), ["import_batch_id"], unique=False)
    _say("repayments", "repaymentkind", (*_REPAYMENT_KINDS, "waived"))
    _say("jobs", "jobkind", (*_JOB_KINDS, "replan"))
    _forbid_changes((*_REBUILT, *_UNCHANGED))


def downgrade() -> None:
    _allow_changes((*_REBUILT, *_UNCHANGED))
    op.execute("DELETE FROM jobs WHERE kind = 'replan'")
    _say("jobs", "jobkind", _JOB_KINDS)
    op.execute("UPDATE repayments SET kind = 'payment' WHERE kind = 'waived'")
    _say("repayments", "repaymentkind", _REPAYMENT_KINDS)
    with op.batch_alter_table("relief_corrections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_relief_corrections_import_batch_id"))
        batch_op.drop_constraint(batch_op.f("fk_relief_corrections_import_batch_id"), type_="foreignkey")
        batch_op.drop_column("import_batch_id")
    _forbid_changes(_REBUILT)
    op.execute("CREATE TABLE replaced AS SELECT change_id FROM superseded_changes")  # what holds now is what stays
    op.drop_table("superseded_changes")
    op.execute("DELETE FROM standing_changes WHERE id IN (SELECT change_id FROM replaced)")
    op.execute("DROP TABLE replaced")
    with op.batch_alter_table("standing_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_standing_changes_correction_id"))
        batch_op.drop_constraint(batch_op.f("fk_standing_changes_correction_id"), type_="foreignkey")
        batch_op.drop_column("correction_id")
    op.drop_table("history_corrections")


def _say(table: str, name: str, codes: tuple[str, ...]) -> None:
    """Replace which codes the column ``kind`` of a table may hold."""
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f(f"ck_{table}_{name}"), type_="check")
        batch_op.create_check_constraint(batch_op.f(f"ck_{table}_{name}"), sa.column("kind").in_(codes))


def _forbid_changes(tables: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in tables:
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"
            )
        return
    for table in tables:
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _allow_changes(tables: tuple[str, ...]) -> None:
    on = "" if op.get_bind().dialect.name == "sqlite" else " ON {table}"
    for table in tables:
        op.execute(f"DROP TRIGGER {table}_no_update" + on.format(table=table))
