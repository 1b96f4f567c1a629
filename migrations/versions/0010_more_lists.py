"""Lists of reliefs, of contact details and of former pupils

The codes an import may have are part of a check. Rebuilding the table of imports on SQLite would take its rows along,
so there the check is rewritten in the schema itself, as SQLite's own documentation describes it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_KINDS = ("organisation", "roster", "arrears", "repayments")
_NEW_KINDS = ("reliefs", "contacts", "school_roster")
_OUTCOMES = ("new", "changed", "unchanged", "rejected")
_NEW_OUTCOMES = ("unmatched",)


def upgrade() -> None:
    _allow("import_batches", "kind", "importkind", _KINDS, (*_KINDS, *_NEW_KINDS))
    _allow("import_rows", "outcome", "rowoutcome", _OUTCOMES, (*_OUTCOMES, *_NEW_OUTCOMES))
    _roster_matches()
    _destructions()
    _payment_claims()
    _monthly_statements()
    _freeze_signed()


def downgrade() -> None:
    op.drop_table("monthly_statements")
    op.drop_table("payment_claims")
    op.drop_table("destructions")
    op.drop_table("roster_matches")
    op.execute("DELETE FROM import_rows WHERE outcome = 'unmatched'")
    kinds = ", ".join(f"'{kind}'" for kind in _NEW_KINDS)
    op.execute(f"DELETE FROM import_batches WHERE kind IN ({kinds})")
    _allow("import_rows", "outcome", "rowoutcome", (*_OUTCOMES, *_NEW_OUTCOMES), _OUTCOMES)
    _allow("import_batches", "kind", "importkind", (*_KINDS, *_NEW_KINDS), _KINDS)


def _roster_matches() -> None:
    op.create_table(
        "roster_matches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_batch_id", sa.Integer(), nullable=False),
        sa.Column("borrower_id", sa.Integer(), nullable=False),
        sa.Column("matched_by", _codes("matchedby", "id_number", "name_birth_village"), nullable=False),
        sa.Column("state", _codes("matchstate", "suggested", "confirmed", "refused"), nullable=False),
        sa.Column("school", sa.String(length=80), nullable=False),
        sa.Column("class_name", sa.String(length=40), nullable=False),
        sa.Column("teacher", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("masked_phone", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_batch_id"], ["import_batches.id"], name=op.f("fk_roster_matches_import_batch_id")
        ),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_roster_matches_borrower_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_roster_matches_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_matches")),
    )
    op.create_index(op.f("ix_roster_matches_import_batch_id"), "roster_matches", ["import_batch_id"])
    op.create_index("ix_roster_matches_borrower_id_state", "roster_matches", ["borrower_id", "state"])


def _destructions() -> None:
    op.create_table(
        "destructions",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("cause", _codes("destructioncause", "not_kept", "clock_ran_out"), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "destroyed_by_id IS NULL OR destroyed_by_id <> asked_by_id", name=op.f("ck_destructions_two_people")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batches.id"], name=op.f("fk_destructions_batch_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_destructions_asked_by_id")),
        sa.ForeignKeyConstraint(["destroyed_by_id"], ["users.id"], name=op.f("fk_destructions_destroyed_by_id")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_destructions")),
    )


def _payment_claims() -> None:
    op.create_table(
        "payment_claims",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("borrower_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", _codes("claimstate", "open", "found", "not_found"), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("listed_on", sa.Date(), nullable=True),
        sa.Column("repayment_id", sa.Integer(), nullable=True),
        sa.Column("import_batch_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_payment_claims_borrower_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_payment_claims_contact_id")),
        sa.ForeignKeyConstraint(["repayment_id"], ["repayments.id"], name=op.f("fk_payment_claims_repayment_id")),
        sa.ForeignKeyConstraint(
            ["import_batch_id"], ["import_batches.id"], name=op.f("fk_payment_claims_import_batch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_claims")),
    )
    op.create_index(op.f("ix_payment_claims_borrower_id"), "payment_claims", ["borrower_id"])
    op.create_index("ix_payment_claims_state", "payment_claims", ["state"])


def _monthly_statements() -> None:
    op.create_table(
        "monthly_statements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lender_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", _codes("statementstate", "signed", "closed", "returned"), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("returned_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> signed_by_id", name=op.f("ck_monthly_statements_two_people")
        ),
        sa.ForeignKeyConstraint(["lender_id"], ["lenders.id"], name=op.f("fk_monthly_statements_lender_id")),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=op.f("fk_monthly_statements_school_id")),
        sa.ForeignKeyConstraint(["signed_by_id"], ["users.id"], name=op.f("fk_monthly_statements_signed_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_monthly_statements_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monthly_statements")),
        sa.UniqueConstraint(
            "lender_id",
            "month",
            "school_id",
            "version",
            name=op.f("uq_monthly_statements_lender_id_month_school_id_version"),
        ),
    )
    op.create_index(op.f("ix_monthly_statements_school_id"), "monthly_statements", ["school_id"])
    op.create_index(
        "uq_monthly_statements_no_school",
        "monthly_statements",
        ["lender_id", "month", "version"],
        unique=True,
        sqlite_where=sa.text("school_id IS NULL"),
        postgresql_where=sa.text("school_id IS NULL"),
    )


def _freeze_signed() -> None:
    """Let nothing change what was signed: a correction is a new version."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER monthly_statements_frozen BEFORE UPDATE OF content, sha256 ON monthly_statements "
            "BEGIN SELECT RAISE(ABORT, 'monthly_statements are never changed'); END"
        )
        return
    op.execute(
        "CREATE TRIGGER monthly_statements_frozen BEFORE UPDATE OF content, sha256 ON monthly_statements "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def _codes(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _allow(table: str, column: str, name: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Let a column hold these codes and no others."""
    check = op.f(f"ck_{table}_{name}")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(check, table, type_="check")
        op.create_check_constraint(check, table, sa.column(column).in_(after))
        return
    old, new = (f"CHECK ({column} IN ({', '.join(repr(code) for code in codes)}))" for codes in (before, after))
    bind = op.get_bind()
    held = bind.execute(sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :t"), {"t": table})
    written = held.scalar_one()
    if written.count(old) != 1:
        raise RuntimeError(f"the check of {table}.{column} is not written as expected")
    version = bind.execute(sa.text("PRAGMA schema_version")).scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    bind.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :t"),
        {"sql": written.replace(old, new), "t": table},
    )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")
