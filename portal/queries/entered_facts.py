"""What was entered under one contract, with every correction of it: money, reliefs, changes of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from models.accounts import User
from models.loans import ContractChange, Relief, ReliefCorrection, Repayment, Reversal
from models.rules.facts import ContractChangeKind, PauseCause, ReliefKind, ReliefScope, RepaymentKind


@dataclass(frozen=True, slots=True)
class HeldRepayment:
    """Money that came in, as the page of a contract shows it."""

    id: int
    paid_on: date
    amount: Decimal
    kind: RepaymentKind
    bank_reference: str
    reversed_on: date | None
    reversal_reason: str | None


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """What a relief was corrected to, or that it was voided."""

    from_on: date
    to_on: date | None
    is_void: bool
    reason: str
    recorded_at: datetime
    by: str | None
    is_imported: bool


@dataclass(frozen=True, slots=True)
class HeldRelief:
    """A relief as it was entered, with every correction of it, oldest first."""

    id: int
    kind: ReliefKind
    scope: ReliefScope
    cause: PauseCause | None
    from_on: date
    to_on: date | None
    reason: str
    recorded_at: datetime | None
    by_id: int | None
    by: str | None
    is_imported: bool
    corrections: tuple[CorrectionRow, ...]

    @property
    def is_void(self) -> bool:
        """Say whether it should never have been entered."""
        return bool(self.corrections) and self.corrections[-1].is_void

    @property
    def days(self) -> tuple[date, date | None]:
        """The days it holds, as the newest correction has them."""
        held = self.corrections[-1] if self.corrections else self
        return held.from_on, held.to_on


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change of the contract; ``voided_on`` when another took it back."""

    id: int
    kind: ContractChangeKind
    effective_on: date
    subsidy_ends_on: date | None
    matures_on: date | None
    reason: str
    recorded_at: datetime
    by: str | None
    voided_at: datetime | None
    void_reason: str | None


def repayments_of(session: Session, loan_id: int) -> tuple[HeldRepayment, ...]:
    """Return the money that came in under a contract, newest first."""
    rows = session.execute(
        select(
            Repayment.id,
            Repayment.paid_on,
            Repayment.amount,
            Repayment.kind,
            Repayment.bank_reference,
            Reversal.reversed_on,
            Reversal.reason,
        )
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .where(Repayment.loan_id == loan_id)
        .order_by(Repayment.paid_on.desc(), Repayment.id.desc())
    )
    return tuple(HeldRepayment(*row) for row in rows)


def reliefs_of(session: Session, loan_id: int) -> tuple[HeldRelief, ...]:
    """Return a contract's reliefs with their corrections, void ones too."""
    corrections: dict[int, list[CorrectionRow]] = {}
    corrected = session.execute(
        select(
            ReliefCorrection.from_on,
            ReliefCorrection.to_on,
            ReliefCorrection.is_void,
            ReliefCorrection.reason,
            ReliefCorrection.recorded_at,
            User.name,
            ReliefCorrection.import_batch_id.is_not(None),
            ReliefCorrection.relief_id,
        )
        .join(Relief, Relief.id == ReliefCorrection.relief_id)
        .outerjoin(User, User.id == ReliefCorrection.by_id)
        .where(Relief.loan_id == loan_id)
        .order_by(ReliefCorrection.id)
    )
    for row in corrected:
        corrections.setdefault(row.relief_id, []).append(CorrectionRow(*row[:7]))
    rows = session.execute(
        select(
            Relief.id,
            Relief.kind,
            Relief.scope,
            Relief.cause,
            Relief.from_on,
            Relief.to_on,
            Relief.reason,
            Relief.recorded_at,
            Relief.by_id,
            User.name,
            Relief.import_batch_id.is_not(None),
        )
        .outerjoin(User, User.id == Relief.by_id)
        .where(Relief.loan_id == loan_id)
        .order_by(Relief.from_on, Relief.id)
    )
    return tuple(HeldRelief(*row, tuple(corrections.get(row.id, ()))) for row in rows)


def changes_of(session: Session, loan_id: int) -> tuple[ChangeRow, ...]:
    """Return what changed under a contract, in the order it was written down, with what was voided since."""
    void = aliased(ContractChange)
    rows = session.execute(
        select(
            ContractChange.id,
            ContractChange.kind,
            ContractChange.effective_on,
            ContractChange.subsidy_ends_on,
            ContractChange.matures_on,
            ContractChange.reason,
            ContractChange.recorded_at,
            User.name,
            void.recorded_at,
            void.reason,
        )
        .outerjoin(User, User.id == ContractChange.by_id)
        .outerjoin(void, void.voids_id == ContractChange.id)
        .where(ContractChange.loan_id == loan_id, ContractChange.voids_id.is_(None))
        .order_by(ContractChange.id)
    )
    return tuple(ChangeRow(*row[:10]) for row in rows)
