"""A village goes from one member to another with what is open in it, and who receives it accepts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STATES = ("open", "accepted", "ended")


def upgrade() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("from_assignment_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("accept_by", sa.Date(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by_id", sa.Integer(), nullable=True),
        sa.Column("on_paper", sa.Boolean(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        # Compared one by one, as SQLite is quickest with (0018).
        sa.CheckConstraint(
            " OR ".join(f"state = '{code}'" for code in _STATES), name=op.f("ck_handovers_handoverstate")
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (accepted_at IS NOT NULL)", name=op.f("ck_handovers_accepted_at_a_moment")
        ),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (accepted_by_id IS NULL)", name=op.f("ck_handovers_accepted_by_somebody")
        ),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_handovers_ended_at_a_moment")),
        sa.ForeignKeyConstraint(["village_id"], ["villages.id"], name=op.f("fk_handovers_village_id")),
        sa.ForeignKeyConstraint(["assignment_id"], ["area_assignments.id"], name=op.f("fk_handovers_assignment_id")),
        sa.ForeignKeyConstraint(
            ["from_assignment_id"], ["area_assignments.id"], name=op.f("fk_handovers_from_assignment_id")
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name=op.f("fk_handovers_opened_by_id")),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["users.id"], name=op.f("fk_handovers_accepted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("assignment_id", name=op.f("uq_handovers_assignment_id")),
    )
    op.create_index(op.f("ix_handovers_village_id"), "handovers", ["village_id"])
    op.create_index(op.f("ix_handovers_accept_by"), "handovers", ["accept_by"])
    op.create_index(
        "uq_handovers_open",
        "handovers",
        ["village_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    op.drop_table("handovers")
