"""Papers other than notices are numbered as notices are, and made together in batches

Their numbers get a register, filled from the papers made so far; jobs get one more kind.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_KINDS = (
    "notice", "co_borrower", "reminder", "relief_information", "acknowledgement", "promise", "thanks", "escalation",
    "reply_slip", "leaflet", "summary",
)  # fmt: skip
_JOB_KINDS = ("nightly", "notice_batch", "import", "reconciliation", "replan", "receipt_scans", "evidence_file")
_NEW_JOB_KIND = "paper_batch"
_RESERVED = sa.text("state = 'reserved'")
_ONCE = sa.text("state = 'used' AND kind IN ('co_borrower', 'reminder')")


def _one_of(name: str, codes: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _fk(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _pk(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _job_kinds(kinds: tuple[str, ...]) -> None:
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_jobs_jobkind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_jobs_jobkind"), sa.column("kind").in_(kinds))


def upgrade() -> None:
    _registers()
    _batches()
    op.create_index("ix_issued_papers_notice_id", "issued_papers", ["notice_id"])
    _job_kinds((*_JOB_KINDS, _NEW_JOB_KIND))


def _registers() -> None:
    op.create_table(
        "paper_serials",
        sa.Column("kind", _one_of("paperkind", _KINDS), nullable=False),
        _number("year"),
        _number("last"),
        _pk("paper_serials", "kind", "year"),
    )
    op.create_table(
        "paper_numbers",
        sa.Column("kind", _one_of("paperkind", _KINDS), nullable=False),
        _number("year"),
        _number("number"),
        sa.Column("held_for", sa.String(length=60), nullable=False),
        sa.Column("check_code", sa.String(length=16), nullable=False),
        sa.Column("state", _one_of("numberstate", ("reserved", "used", "void")), nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("void_reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("(state = 'void') = (void_reason <> '')", name=op.f("ck_paper_numbers_void_has_a_reason")),
        _pk("paper_numbers", "kind", "year", "number"),
        sa.UniqueConstraint("check_code", name=op.f("uq_paper_numbers_check_code")),
    )
    for name, where in (("uq_paper_numbers_reserved", _RESERVED), ("uq_paper_numbers_once", _ONCE)):
        op.create_index(
            name, "paper_numbers", ["kind", "held_for"], unique=True, sqlite_where=where, postgresql_where=where
        )
    # What was made before is in the register as used, each under its own name; a paper without a code gets its id.
    op.execute(
        "INSERT INTO paper_numbers (kind, year, number, held_for, check_code, state, reserved_at, void_reason) "
        "SELECT kind, year, number, 'paper/' || id, COALESCE(check_code, 'paper/' || id), 'used', issued_on, '' "
        "FROM issued_papers"
    )
    op.execute(
        "INSERT INTO paper_serials (kind, year, last) SELECT kind, year, MAX(number) FROM issued_papers "
        "GROUP BY kind, year"
    )


def _batches() -> None:
    op.create_table(
        "paper_batches",
        _number("id"),
        sa.Column("kind", _one_of("paperkind", _KINDS), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        _number("notice_batch_id", nullable=True),
        sa.Column("narrowed", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _number("created_by_id"),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        _fk("paper_batches", "notice_batch_id", "notice_batches.id"),
        _fk("paper_batches", "created_by_id", "users.id"),
        _pk("paper_batches", "id"),
    )
    op.create_index(op.f("ix_paper_batches_notice_batch_id"), "paper_batches", ["notice_batch_id"])
    op.create_index(op.f("ix_paper_batches_created_by_id"), "paper_batches", ["created_by_id"])
    op.create_table(
        "paper_batch_items",
        _number("batch_id"),
        _number("position"),
        _number("borrower_id"),
        _number("notice_id", nullable=True),
        _number("place"),
        _number("paper_id", nullable=True),
        sa.Column("dropped_reason", sa.String(length=300), nullable=False),
        sa.Column("dropped_values", sa.JSON(), nullable=False),
        _fk("paper_batch_items", "batch_id", "paper_batches.id"),
        _fk("paper_batch_items", "borrower_id", "borrowers.id"),
        _fk("paper_batch_items", "notice_id", "notices.id"),
        _fk("paper_batch_items", "paper_id", "issued_papers.id"),
        _pk("paper_batch_items", "batch_id", "position"),
        sa.UniqueConstraint("paper_id", name=op.f("uq_paper_batch_items_paper_id")),
    )
    for column in ("borrower_id", "notice_id"):
        op.create_index(f"ix_paper_batch_items_{column}", "paper_batch_items", [column])


def downgrade() -> None:
    jobs = sa.table("jobs", sa.column("kind"))
    op.execute(jobs.delete().where(jobs.c.kind == _NEW_JOB_KIND))
    _job_kinds(_JOB_KINDS)
    op.drop_index("ix_issued_papers_notice_id", "issued_papers")
    for table in ("paper_batch_items", "paper_batches", "paper_numbers", "paper_serials"):
        op.drop_table(table)
