"""Contracts and their facts: what falls due, what was paid, what the bank says, what was forgiven or put off."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base
from models.rules.facts import ContractChangeKind, PauseCause, ReliefKind, ReliefScope, RepaymentKind
from models.rules.interest import DayCount
from models.types import Instant, Yuan, one_of


class Lender(Base):
    """A lender's profile: everything that differs between banks is here, not in code."""

    __tablename__ = "lenders"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    day_count: Mapped[DayCount] = mapped_column(one_of(DayCount))
    penalty_percent: Mapped[int] = mapped_column(default=130)  # of the contract rate, on overdue principal only
    tolerance: Mapped[Decimal] = mapped_column(Yuan)  # a smaller difference from the bank is not reported
    allocation: Mapped[str] = mapped_column(
        String(40), default="penalty,interest,principal"
    )  # what a payment meets first
    settlement_day: Mapped[int] = mapped_column(default=20)  # of the month: repayments are settled then
    unsettled_month: Mapped[int | None] = mapped_column(
        Integer().evaluates_none(),  # a lender made without such a month has none, not the default
        default=11,
    )  # the month without a settlement, if there is one
    posting_days: Mapped[int] = mapped_column(default=15)  # from a settlement until its result can be seen in a list
    official_channels: Mapped[str] = mapped_column(String(300), default="")


class RepaymentPlan(Base):
    """What contracts of the same terms ask for: instalments, and the rates they were reckoned with.

    Never changed, for it may be the plan of very many; a contract that is planned anew gets another one.
    """

    __tablename__ = "repayment_plans"

    id: Mapped[int] = mapped_column(primary_key=True)
    signature: Mapped[str] = mapped_column(String(64), unique=True)  # see rules/repayment_plans


class Loan(Base):
    """One contract (借款合同); a borrower normally holds one for each academic year."""

    __tablename__ = "loans"
    __table_args__ = (
        UniqueConstraint("lender_id", "contract_no"),
        CheckConstraint("principal > 0", name="principal_positive"),
        CheckConstraint("balance >= 0 AND balance <= principal", name="balance_within_principal"),
        CheckConstraint("matures_on > signed_on", name="matures_after_signing"),
        CheckConstraint("rate_percent >= 0", name="rate_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    lender_id: Mapped[int] = mapped_column(ForeignKey("lenders.id"), index=True)
    contract_no: Mapped[str] = mapped_column(String(40))
    signed_on: Mapped[date]
    principal: Mapped[Decimal] = mapped_column(Yuan)
    balance: Mapped[Decimal] = mapped_column(Yuan)
    rate_percent: Mapped[Decimal] = mapped_column(Numeric(6, 4))
    subsidy_ends_on: Mapped[date]
    graduation_year: Mapped[int]
    grace_years: Mapped[int]
    matures_on: Mapped[date]
    settled_on: Mapped[date | None]
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("repayment_plans.id"))  # none: nothing is known to fall due


class ContractChange(Base):
    """What changed under a contract after it was signed: the lender called it due, wrote it off, or study went on.

    Append-only. A wrong one is voided by another that names it.
    """

    __tablename__ = "contract_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"), index=True)
    kind: Mapped[ContractChangeKind] = mapped_column(one_of(ContractChangeKind))
    effective_on: Mapped[date]
    subsidy_ends_on: Mapped[date | None]  # of a study extension: the new last day the state pays the interest
    graduation_year: Mapped[int | None]
    matures_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    voids_id: Mapped[int | None] = mapped_column(ForeignKey("contract_changes.id"), unique=True)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class RatePeriod(Base):
    """The rate of a plan's contracts from a day on; reset yearly on 21 December."""

    __tablename__ = "rate_periods"

    plan_id: Mapped[int] = mapped_column(ForeignKey("repayment_plans.id"), primary_key=True)
    from_on: Mapped[date] = mapped_column(primary_key=True)
    rate_percent: Mapped[Decimal] = mapped_column(Numeric(6, 4))


class Instalment(Base):
    """What falls due on one day under each contract of a plan."""

    __tablename__ = "instalments"

    plan_id: Mapped[int] = mapped_column(ForeignKey("repayment_plans.id"), primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    principal: Mapped[Decimal] = mapped_column(Yuan)
    interest: Mapped[Decimal] = mapped_column(Yuan)


class Repayment(Base):
    """Money received, as the bank reports it; never changed. A reversal is a new fact that names it."""

    __tablename__ = "repayments"
    __table_args__ = (
        UniqueConstraint("loan_id", "bank_reference"),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_repayments_loan_id_paid_on", "loan_id", "paid_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"))
    paid_on: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(Yuan)
    kind: Mapped[RepaymentKind] = mapped_column(one_of(RepaymentKind), default=RepaymentKind.PAYMENT)
    bank_reference: Mapped[str] = mapped_column(String(60))
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"), index=True)


class Reversal(Base):
    """The bank took a repayment back: from that day it counts no more. At most one for each repayment."""

    __tablename__ = "reversals"

    repayment_id: Mapped[int] = mapped_column(ForeignKey("repayments.id"), primary_key=True)
    reversed_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200), default="")
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"), index=True)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class ArrearsList(Base):
    """A complete list of one lender's overdue contracts in the district on a data date.

    A contract that is not on the newest list was not overdue on its date.
    """

    __tablename__ = "arrears_lists"
    __table_args__ = (UniqueConstraint("lender_id", "data_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lender_id: Mapped[int] = mapped_column(ForeignKey("lenders.id"))
    data_on: Mapped[date] = mapped_column(index=True)
    applied_at: Mapped[datetime] = mapped_column(Instant)
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"))


class Statement(Base):
    """One line of an arrears list: what the bank says is overdue under one contract."""

    __tablename__ = "statements"
    __table_args__ = (
        CheckConstraint(
            "overdue_principal >= 0 AND overdue_interest >= 0 AND penalty >= 0", name="amounts_not_negative"
        ),
    )

    arrears_list_id: Mapped[int] = mapped_column(ForeignKey("arrears_lists.id"), primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"), primary_key=True, index=True)
    overdue_principal: Mapped[Decimal] = mapped_column(Yuan)
    overdue_interest: Mapped[Decimal] = mapped_column(Yuan)
    penalty: Mapped[Decimal] = mapped_column(Yuan)
    overdue_since: Mapped[date]  # the due day missed: day 0


class Relief(Base):
    """A waiver, deferral or pause of a contract, from–to. Entered by the centre or by the bank's roster."""

    __tablename__ = "reliefs"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on > from_on", name="relief_in_order"),
        Index("ix_reliefs_loan_id_from_on", "loan_id", "from_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"))
    kind: Mapped[ReliefKind] = mapped_column(one_of(ReliefKind))
    scope: Mapped[ReliefScope] = mapped_column(one_of(ReliefScope), default=ReliefScope.ALL)
    cause: Mapped[PauseCause | None] = mapped_column(one_of(PauseCause))  # of a pause
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"))
    recorded_at: Mapped[datetime | None] = mapped_column(Instant)  # empty for those from before this was kept
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class ReliefCorrection(Base):
    """What a relief should have said: the newest correction of a relief holds, the relief itself stays as it was."""

    __tablename__ = "relief_corrections"
    __table_args__ = (CheckConstraint("to_on IS NULL OR to_on > from_on", name="relief_correction_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    relief_id: Mapped[int] = mapped_column(ForeignKey("reliefs.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    is_void: Mapped[bool] = mapped_column(default=False)  # it should never have been entered
    reason: Mapped[str] = mapped_column(String(200))  # empty when a roster says so
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"), index=True)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
