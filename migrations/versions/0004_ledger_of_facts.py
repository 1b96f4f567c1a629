"""The ledger keeps facts and their corrections

Reliefs, contracts, limitation and published rates get room for what is learnt later.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Facts: an import that is taken back may remove its own, nothing changes one.
_UNCHANGED = (
    "repayments",
    "reversals",
    "relief_corrections",
    "contract_changes",
    "limitation_interruptions",
    "rate_corrections",
)
_BEFORE = ("repayments", "reversals")  # rebuilding a table on SQLite would lose its trigger
_JOB_KINDS = ("nightly", "notice_batch", "import")


def upgrade() -> None:
    _allow_changes(_BEFORE)
    op.create_table(
        "backdatings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("borrowers", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backdatings")),
    )
    with op.batch_alter_table("backdatings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_backdatings_checked_on"), ["checked_on"], unique=False)

    op.create_table(
        "rate_spreads",
        sa.Column("signed_from", sa.Date(), nullable=False),
        sa.Column("ends_from", sa.Integer(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum("lpr_5y", "pboc_over_5y", name="ratebasis", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("spread_percent", sa.Numeric(precision=6, scale=4), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "spread_percent >= -36 AND spread_percent <= 36", name=op.f("ck_rate_spreads_spread_plausible")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_rate_spreads_by_id")),
        sa.PrimaryKeyConstraint("signed_from", "ends_from", name=op.f("pk_rate_spreads")),
    )
    op.create_table(
        "reference_rates",
        sa.Column(
            "basis",
            sa.Enum("lpr_5y", "pboc_over_5y", name="ratebasis", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("rate_percent", sa.Numeric(precision=6, scale=4), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("rate_percent >= 0 AND rate_percent <= 36", name=op.f("ck_reference_rates_rate_plausible")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_reference_rates_by_id")),
        sa.PrimaryKeyConstraint("basis", "from_on", name=op.f("pk_reference_rates")),
    )
    op.create_table(
        "rate_corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("heads_bad", sa.Integer(), nullable=False),
        sa.Column("heads_all", sa.Integer(), nullable=False),
        sa.Column("fen_bad", sa.BigInteger(), nullable=False),
        sa.Column("fen_all", sa.BigInteger(), nullable=False),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["rate_snapshots.id"], name=op.f("fk_rate_corrections_snapshot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_corrections")),
        sa.UniqueConstraint("snapshot_id", "found_on", name=op.f("uq_rate_corrections_snapshot_id_found_on")),
    )
    with op.batch_alter_table("rate_corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rate_corrections_found_on"), ["found_on"], unique=False)

    op.create_table(
        "contract_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("loan_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "accelerated",
                "written_off",
                "study_extended",
                name="contractchangekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("subsidy_ends_on", sa.Date(), nullable=True),
        sa.Column("graduation_year", sa.Integer(), nullable=True),
        sa.Column("matures_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("voids_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_contract_changes_by_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_contract_changes_loan_id")),
        sa.ForeignKeyConstraint(["voids_id"], ["contract_changes.id"], name=op.f("fk_contract_changes_voids_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_changes")),
        sa.UniqueConstraint("voids_id", name=op.f("uq_contract_changes_voids_id")),
    )
    with op.batch_alter_table("contract_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_changes_loan_id"), ["loan_id"], unique=False)

    op.create_table(
        "limitation_interruptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("loan_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "demand",
                "acknowledgement",
                "suit",
                name="interruptionkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("proof", sa.String(length=200), nullable=False),
        sa.Column("is_proven", sa.Boolean(), nullable=False),
        sa.Column("voids_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_limitation_interruptions_by_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_limitation_interruptions_loan_id")),
        sa.ForeignKeyConstraint(
            ["voids_id"], ["limitation_interruptions.id"], name=op.f("fk_limitation_interruptions_voids_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limitation_interruptions")),
        sa.UniqueConstraint("voids_id", name=op.f("uq_limitation_interruptions_voids_id")),
    )
    with op.batch_alter_table("limitation_interruptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_limitation_interruptions_loan_id"), ["loan_id"], unique=False)

    op.create_table(
        "reconciliations",
        sa.Column("arrears_list_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contracts", sa.Integer(), nullable=False),
        sa.Column("agreeing", sa.Integer(), nullable=False),
        sa.Column("ours_total", sa.BigInteger(), nullable=False),
        sa.Column("theirs_total", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["arrears_list_id"], ["arrears_lists.id"], name=op.f("fk_reconciliations_arrears_list_id")
        ),
        sa.PrimaryKeyConstraint("arrears_list_id", name=op.f("pk_reconciliations")),
    )
    op.create_table(
        "differences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("arrears_list_id", sa.Integer(), nullable=False),
        sa.Column("loan_id", sa.Integer(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "late_posting",
                "unreported_payment",
                "waiver",
                "day_count",
                "penalty",
                "unknown",
                name="differencecause",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ours_principal", sa.BigInteger(), nullable=False),
        sa.Column("ours_interest", sa.BigInteger(), nullable=False),
        sa.Column("ours_penalty", sa.BigInteger(), nullable=False),
        sa.Column("theirs_principal", sa.BigInteger(), nullable=False),
        sa.Column("theirs_interest", sa.BigInteger(), nullable=False),
        sa.Column("theirs_penalty", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["arrears_list_id"], ["reconciliations.arrears_list_id"], name=op.f("fk_differences_arrears_list_id")
        ),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_differences_loan_id")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["users.id"], name=op.f("fk_differences_noted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_differences")),
        sa.UniqueConstraint("arrears_list_id", "loan_id", name=op.f("uq_differences_arrears_list_id_loan_id")),
    )
    with op.batch_alter_table("differences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_differences_loan_id"), ["loan_id"], unique=False)

    op.create_table(
        "relief_corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("relief_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "to_on IS NULL OR to_on > from_on", name=op.f("ck_relief_corrections_relief_correction_in_order")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_relief_corrections_by_id")),
        sa.ForeignKeyConstraint(["relief_id"], ["reliefs.id"], name=op.f("fk_relief_corrections_relief_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relief_corrections")),
    )
    with op.batch_alter_table("relief_corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_relief_corrections_relief_id"), ["relief_id"], unique=False)

    with op.batch_alter_table("reversals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.String(length=200), nullable=False, server_default=""))
    with op.batch_alter_table("lenders", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("allocation", sa.String(length=40), nullable=False, server_default="penalty,interest,principal")
        )
        batch_op.add_column(sa.Column("settlement_day", sa.Integer(), nullable=False, server_default="20"))
        batch_op.add_column(sa.Column("unsettled_month", sa.Integer(), nullable=True, server_default="11"))
        batch_op.add_column(sa.Column("posting_days", sa.Integer(), nullable=False, server_default="15"))

    with op.batch_alter_table("reliefs", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "cause",
                sa.Enum(
                    "claims_paid",
                    "dispute",
                    "hardship_review",
                    "other",
                    name="pausecause",
                    native_enum=False,
                    create_constraint=True,
                    length=40,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("by_id", sa.Integer(), nullable=True))
        batch_op.drop_index(batch_op.f("ix_reliefs_loan_id"))
        batch_op.drop_constraint(batch_op.f("uq_reliefs_loan_id_kind_from_on"), type_="unique")
        batch_op.create_index("ix_reliefs_loan_id_from_on", ["loan_id", "from_on"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_reliefs_by_id"), "users", ["by_id"], ["id"])

    with op.batch_alter_table("repayments", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "kind",
                sa.Enum(
                    "payment",
                    "early",
                    "compensation",
                    "relief_payout",
                    name="repaymentkind",
                    native_enum=False,
                    create_constraint=True,
                    length=40,
                ),
                nullable=False,
                server_default="payment",
            )
        )

    with op.batch_alter_table("standing_changes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recorded_on", sa.Date(), nullable=True))
    op.execute("UPDATE standing_changes SET recorded_on = changed_on")
    with op.batch_alter_table("standing_changes", schema=None) as batch_op:
        batch_op.alter_column("recorded_on", existing_type=sa.Date(), nullable=False)
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_jobs_jobkind"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_jobs_jobkind"), sa.column("kind").in_([*_JOB_KINDS, "reconciliation"])
        )
    _forbid_changes(_UNCHANGED)


def downgrade() -> None:
    _allow_changes(_UNCHANGED)
    op.execute("DELETE FROM jobs WHERE kind = 'reconciliation'")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_jobs_jobkind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_jobs_jobkind"), sa.column("kind").in_(_JOB_KINDS))
    with op.batch_alter_table("standing_changes", schema=None) as batch_op:
        batch_op.drop_column("recorded_on")

    with op.batch_alter_table("repayments", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_repayments_repaymentkind"), type_="check")
        batch_op.drop_column("kind")
    with op.batch_alter_table("reliefs", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_reliefs_by_id"), type_="foreignkey")
        batch_op.drop_index("ix_reliefs_loan_id_from_on")
        batch_op.create_unique_constraint(batch_op.f("uq_reliefs_loan_id_kind_from_on"), ["loan_id", "kind", "from_on"])
        batch_op.create_index(batch_op.f("ix_reliefs_loan_id"), ["loan_id"], unique=False)
        batch_op.drop_column("by_id")
        batch_op.drop_column("recorded_at")
        batch_op.drop_constraint(batch_op.f("ck_reliefs_pausecause"), type_="check")
        batch_op.drop_column("cause")

    with op.batch_alter_table("lenders", schema=None) as batch_op:
        batch_op.drop_column("posting_days")
        batch_op.drop_column("unsettled_month")
        batch_op.drop_column("settlement_day")
        batch_op.drop_column("allocation")

    with op.batch_alter_table("reversals", schema=None) as batch_op:
        batch_op.drop_column("reason")

    with op.batch_alter_table("relief_corrections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_relief_corrections_relief_id"))

    op.drop_table("relief_corrections")
    with op.batch_alter_table("differences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_differences_loan_id"))

    op.drop_table("differences")
    op.drop_table("reconciliations")
    with op.batch_alter_table("limitation_interruptions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_limitation_interruptions_loan_id"))

    op.drop_table("limitation_interruptions")
    with op.batch_alter_table("contract_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_changes_loan_id"))

    op.drop_table("contract_changes")
    with op.batch_alter_table("rate_corrections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rate_corrections_found_on"))

    op.drop_table("rate_corrections")
    op.drop_table("reference_rates")
    op.drop_table("rate_spreads")
    with op.batch_alter_table("backdatings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_backdatings_checked_on"))

    op.drop_table("backdatings")
    _forbid_changes(_BEFORE)


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
