"""Papers that are no notices, and versions of wordings

Issued papers are only added, like notices' papers; a version of a wording is not changed once it is approved. Both are
kept by the database itself.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_KINDS = (
    "notice", "co_borrower", "reminder", "relief_information", "acknowledgement", "promise", "thanks", "escalation",
    "reply_slip", "leaflet", "summary",
)  # fmt: skip
_STATES = ("draft", "proposed", "approved", "discarded")
_OPEN = sa.text("state IN ('draft', 'proposed')")


def _one_of(name: str, codes: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "issued_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _one_of("paperkind", _KINDS), nullable=False),
        sa.Column("borrower_id", sa.Integer(), nullable=True),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("serial", sa.String(length=60), nullable=False),
        sa.Column("check_code", sa.String(length=16), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=False),
        sa.Column("wording_version", sa.String(length=20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_issued_papers_borrower_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_issued_papers_notice_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_issued_papers_school_id")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["users.id"], name=op.f("fk_issued_papers_issued_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_papers")),
        sa.UniqueConstraint("kind", "year", "number", name=op.f("uq_issued_papers_kind_year_number")),
        sa.UniqueConstraint("serial", name=op.f("uq_issued_papers_serial")),
        sa.UniqueConstraint("check_code", name=op.f("uq_issued_papers_check_code")),
    )
    op.create_index("ix_issued_papers_borrower_id", "issued_papers", ["borrower_id", "id"])
    op.create_table(
        "wording_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _one_of("paperkind", _KINDS), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("state", _one_of("wordingstate", _STATES), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("drafted_by_id", sa.Integer(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "approved_by_id IS NULL OR approved_by_id <> drafted_by_id",
            name=op.f("ck_wording_versions_author_does_not_approve"),
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR (approved_by_id IS NOT NULL AND approved_at IS NOT NULL AND from_on IS NOT NULL)",
            name=op.f("ck_wording_versions_approved_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["users.id"], name=op.f("fk_wording_versions_drafted_by_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_wording_versions_approved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording_versions")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_wording_versions_kind_name")),
    )
    op.create_index(
        "uq_wording_versions_open",
        "wording_versions",
        ["kind"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    _triggers()


def _triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, when in (("issued_papers", ""), ("wording_versions", "WHEN OLD.state = 'approved' ")):
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} {when}"
                    f"BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"
                )
        return
    for table, when in (("issued_papers", ""), ("wording_versions", "WHEN (OLD.state = 'approved') ")):
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW {when}EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:  # triggers go with their tables
    op.drop_table("wording_versions")
    op.drop_table("issued_papers")
