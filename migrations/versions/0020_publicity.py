"""What was done to explain the loan is on record, with a photo where there is one

The codes of the kind are compared one by one, as 0018 wrote the checks before it: the constraint is written out, since
the column's own type would write it with IN.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_KINDS = (
    "class_talk", "lecture", "parents_meeting", "village_meeting", "door_to_door", "stall", "broadcast", "online",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "publicity_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("held_by", sa.String(length=80), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("leaflets", sa.Integer(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by_id", sa.Integer(), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            " OR ".join(f"kind = '{code}'" for code in _KINDS), name=op.f("ck_publicity_events_publicitykind")
        ),
        sa.CheckConstraint("village_id IS NOT NULL OR place <> ''", name=op.f("ck_publicity_events_is_somewhere")),
        sa.CheckConstraint(
            "people >= 0 AND leaflets >= 0 AND people + leaflets > 0",
            name=op.f("ck_publicity_events_reached_somebody"),
        ),
        sa.CheckConstraint(
            "(voided_at IS NULL) = (void_reason = '') AND (voided_at IS NULL) = (voided_by_id IS NULL)",
            name=op.f("ck_publicity_events_void_has_a_reason"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_publicity_events_school_id_schools")),
        sa.ForeignKeyConstraint(["village_id"], ["villages.id"], name=op.f("fk_publicity_events_village_id_villages")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_publicity_events_recorded_by_id_users")
        ),
        sa.ForeignKeyConstraint(["voided_by_id"], ["users.id"], name=op.f("fk_publicity_events_voided_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publicity_events")),
    )
    for column in ("held_on", "school_id", "village_id"):
        op.create_index(op.f(f"ix_publicity_events_{column}"), "publicity_events", [column])
    op.create_table(
        "publicity_photos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["publicity_events.id"], name=op.f("fk_publicity_photos_event_id_publicity_events")
        ),
        sa.ForeignKeyConstraint(["added_by_id"], ["users.id"], name=op.f("fk_publicity_photos_added_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publicity_photos")),
        sa.UniqueConstraint("event_id", name=op.f("uq_publicity_photos_event_id")),
    )
    op.create_index(op.f("ix_publicity_photos_sha256"), "publicity_photos", ["sha256"])


def downgrade() -> None:
    op.drop_table("publicity_photos")
    op.drop_table("publicity_events")
