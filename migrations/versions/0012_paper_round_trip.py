"""Paper comes back: returns noted code by code, scanned receipts, evidence files

A batch remembers by which filters it was narrowed, and jobs get two more kinds.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_JOB_KINDS = ("nightly", "notice_batch", "import", "reconciliation", "replan")
_NEW_JOB_KINDS = ("receipt_scans", "evidence_file")


def _fk(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _pk(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _job_kinds(kinds: tuple[str, ...]) -> None:
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_jobs_jobkind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_jobs_jobkind"), sa.column("kind").in_(kinds))


def upgrade() -> None:
    op.add_column("notice_batches", sa.Column("narrowed", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "return_rounds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _moment("started_at"),
        _moment("walked_at"),
        sa.Column("second_visitor", sa.String(length=40), nullable=False),
        sa.Column("witness_1", sa.String(length=40), nullable=False),
        sa.Column("witness_2", sa.String(length=40), nullable=False),
        _moment("filed_at", nullable=True),
        _fk("return_rounds", "by_id", "users.id"),
        _pk("return_rounds", "id"),
    )
    op.create_index(op.f("ix_return_rounds_by_id"), "return_rounds", ["by_id"])
    op.create_index(
        "uq_return_rounds_open",
        "return_rounds",
        ["by_id"],
        unique=True,
        sqlite_where=sa.text("filed_at IS NULL"),
        postgresql_where=sa.text("filed_at IS NULL"),
    )
    op.create_table(
        "return_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "signed_self",
                "signed_co_borrower",
                "signed_relative",
                "left",
                "refused",
                "moved",
                "nobody_home",
                "wrong_person",
                "says_paid",
                "came_back",
                name="returnoutcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=300), nullable=False),
        _moment("entered_at"),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("refusal", sa.String(length=300), nullable=False),
        sa.Column("refusal_values", sa.JSON(), nullable=False),
        _fk("return_entries", "round_id", "return_rounds.id"),
        _fk("return_entries", "notice_id", "notices.id"),
        _fk("return_entries", "service_id", "services.id"),
        _pk("return_entries", "id"),
        sa.UniqueConstraint("round_id", "notice_id", name=op.f("uq_return_entries_round_id_notice_id")),
    )
    op.create_index(op.f("ix_return_entries_round_id"), "return_entries", ["round_id"])
    op.create_index(op.f("ix_return_entries_notice_id"), "return_entries", ["notice_id"])
    op.create_table(
        "scan_bundles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _moment("added_at"),
        _moment("finished_at", nullable=True),
        _fk("scan_bundles", "by_id", "users.id"),
        _pk("scan_bundles", "id"),
    )
    op.create_index(op.f("ix_scan_bundles_by_id"), "scan_bundles", ["by_id"])
    op.create_table(
        "scan_files",
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _fk("scan_files", "bundle_id", "scan_bundles.id"),
        _pk("scan_files", "bundle_id", "position"),
    )
    op.create_table(
        "scan_pages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bundle_id", sa.Integer(), nullable=False),
        sa.Column("file_position", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "filed",
                "waiting",
                "to_assign",
                "set_aside",
                name="scanstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "trouble",
            sa.Enum(
                "no_code",
                "several_codes",
                "not_ours",
                "not_served",
                "duplicate",
                "unreadable",
                name="scantrouble",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("receipt_id", sa.Integer(), nullable=True),
        _fk("scan_pages", "bundle_id", "scan_bundles.id"),
        _fk("scan_pages", "notice_id", "notices.id"),
        _fk("scan_pages", "receipt_id", "receipts.id"),
        _pk("scan_pages", "id"),
        sa.UniqueConstraint(
            "bundle_id", "file_position", "page", name=op.f("uq_scan_pages_bundle_id_file_position_page")
        ),
    )
    op.create_index(op.f("ix_scan_pages_bundle_id"), "scan_pages", ["bundle_id"])
    op.create_index(op.f("ix_scan_pages_notice_id"), "scan_pages", ["notice_id"])
    op.create_table(
        "evidence_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("borrower_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        _moment("asked_at"),
        _moment("made_at", nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        _fk("evidence_files", "borrower_id", "borrowers.id"),
        _fk("evidence_files", "by_id", "users.id"),
        _pk("evidence_files", "id"),
    )
    op.create_index(op.f("ix_evidence_files_borrower_id"), "evidence_files", ["borrower_id"])
    _job_kinds((*_JOB_KINDS, *_NEW_JOB_KINDS))


def downgrade() -> None:
    op.execute(sa.table("jobs", sa.column("kind")).delete().where(sa.column("kind").in_(_NEW_JOB_KINDS)))
    _job_kinds(_JOB_KINDS)
    for table in ("evidence_files", "scan_pages", "scan_files", "scan_bundles", "return_entries", "return_rounds"):
        op.drop_table(table)
    op.drop_column("notice_batches", "narrowed")
