"""Co-borrowers' notices are served: attempts and receipts of their own, and their codes in returns and scans"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_METHODS = (
    "direct", "co_resident_adult", "left_with_witness", "entrusted", "post", "electronic", "announcement",
)  # fmt: skip
_RELATIONS = ("self", "co_borrower", "adult_relative", "authorised", "other")
_FAILURES = (
    "nobody_home", "moved", "wrong_person", "says_paid", "refused", "returned", "unsafe", "other",
)  # fmt: skip
_STRENGTHS = ("complete", "weak", "void")
_OF_NOTICE = sa.text("paper_id IS NULL")
_OF_PAPER = sa.text("paper_id IS NOT NULL")
_ONE_OF_A_ROUND = "uq_return_entries_round_id_notice_id"


def _one_of(name: str, codes: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _fk(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _services() -> None:
    op.create_table(
        "paper_services",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("borrower_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("was_served", sa.Boolean(), nullable=False),
        sa.Column("method", _one_of("servicemethod", _METHODS), nullable=False),
        _text("signer_name", 60),
        sa.Column("signer_relation", _one_of("signerrelation", _RELATIONS), nullable=True),
        _text("place", 120),
        _text("second_visitor", 40),
        sa.Column("witnesses", sa.JSON(), nullable=False),
        _text("post_number", 40),
        _text("publication", 80),
        _text("refusal_reason", 300),
        sa.Column("failure", _one_of("failurereason", _FAILURES), nullable=True),
        _text("note", 300),
        sa.Column("proofs", sa.JSON(), nullable=False),
        sa.Column("strength", _one_of("strength", _STRENGTHS), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        _fk("paper_services", "paper_id", "issued_papers.id"),
        _fk("paper_services", "borrower_id", "borrowers.id"),
        _fk("paper_services", "by_id", "users.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_services")),
    )
    op.create_index(op.f("ix_paper_services_paper_id"), "paper_services", ["paper_id"])
    op.create_index(op.f("ix_paper_services_borrower_id"), "paper_services", ["borrower_id"])


def _receipts() -> None:
    op.create_table(
        "paper_receipts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        _text("sha256", 64),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        _fk("paper_receipts", "service_id", "paper_services.id"),
        _fk("paper_receipts", "added_by_id", "users.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_receipts")),
    )
    op.create_index(op.f("ix_paper_receipts_service_id"), "paper_receipts", ["service_id"])
    op.create_index(op.f("ix_paper_receipts_sha256"), "paper_receipts", ["sha256"])


def _link(table: str, column: str, target: str) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.add_column(sa.Column(column, sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f(f"fk_{table}_{column}"), target, [column], ["id"])


def upgrade() -> None:
    _services()
    _receipts()
    _link("return_entries", "paper_id", "issued_papers")
    _link("return_entries", "paper_service_id", "paper_services")
    with op.batch_alter_table("return_entries", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(_ONE_OF_A_ROUND), type_="unique")
    for name, column, where in (("notice", "notice_id", _OF_NOTICE), ("paper", "paper_id", _OF_PAPER)):
        op.create_index(
            f"uq_return_entries_{name}",
            "return_entries",
            ["round_id", column],
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )
    _link("scan_pages", "paper_id", "issued_papers")
    _link("scan_pages", "paper_receipt_id", "paper_receipts")
    op.create_index(op.f("ix_scan_pages_paper_id"), "scan_pages", ["paper_id"])


def downgrade() -> None:
    for table in ("return_entries", "scan_pages"):
        op.execute(sa.table(table, sa.column("paper_id")).delete().where(sa.column("paper_id").is_not(None)))
    op.drop_index(op.f("ix_scan_pages_paper_id"), "scan_pages")
    for name in ("notice", "paper"):
        op.drop_index(f"uq_return_entries_{name}", "return_entries")
    for table, *columns in (
        ("return_entries", "paper_id", "paper_service_id"),
        ("scan_pages", "paper_id", "paper_receipt_id"),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.drop_constraint(op.f(f"fk_{table}_{column}"), type_="foreignkey")
                batch_op.drop_column(column)
    with op.batch_alter_table("return_entries", schema=None) as batch_op:
        batch_op.create_unique_constraint(op.f(_ONE_OF_A_ROUND), ["round_id", "notice_id"])
    op.drop_table("paper_receipts")
    op.drop_table("paper_services")
