"""What was brought back from a backup is told from what was not, and numbers of papers may have a gap after it

A restore is kept in a table of its own and not only as an event, because a public page and everybody who numbers a
paper ask for it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_KINDS = (
    "notice", "co_borrower", "reminder", "relief_information", "acknowledgement", "promise", "thanks", "escalation",
    "reply_slip", "leaflet", "summary",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "restores",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("backup", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("bound", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restores")),
    )
    op.create_table(
        "passed_numbers",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        # Compared one by one, as SQLite is quickest with (0018).
        sa.CheckConstraint(
            " OR ".join(f"kind = '{code}'" for code in _KINDS), name=op.f("ck_passed_numbers_paperkind")
        ),
        sa.PrimaryKeyConstraint("kind", "year", "first", name=op.f("pk_passed_numbers")),
    )


def downgrade() -> None:
    """What is forgotten here lets numbers be given twice: only a portal that was never brought back may go back."""
    op.drop_table("passed_numbers")
    op.drop_table("restores")
