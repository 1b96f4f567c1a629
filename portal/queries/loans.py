"""The contracts of one borrower with what falls due, what came in and what was put off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import Instalment, Lender, Loan, Relief, Repayment, Reversal
from models.rules.facts import ReliefKind, ReliefScope


@dataclass(frozen=True, slots=True)
class InstalmentRow:
    """What falls due on one day, yuan."""

    due_on: date
    principal: Decimal
    interest: Decimal


@dataclass(frozen=True, slots=True)
class RepaymentRow:
    """Money that came in, yuan; ``reversed_on`` when the bank took it back."""

    paid_on: date
    amount: Decimal
    reversed_on: date | None


@dataclass(frozen=True, slots=True)
class ReliefRow:
    """A waiver, deferral or pause."""

    kind: ReliefKind
    scope: ReliefScope
    from_on: date
    to_on: date | None


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract."""

    id: int
    contract_no: str
    lender: str
    signed_on: date
    principal: Decimal
    balance: Decimal
    rate_percent: Decimal
    matures_on: date
    settled_on: date | None
    instalments: tuple[InstalmentRow, ...]
    repayments: tuple[RepaymentRow, ...]
    reliefs: tuple[ReliefRow, ...]


def contracts(session: Session, borrower_id: int) -> tuple[Contract, ...]:
    """Return a borrower's contracts, oldest first; the caller has found the borrower to be in reach."""
    of_borrower = select(Loan.id).where(Loan.borrower_id == borrower_id)
    instalments: dict[int, list[InstalmentRow]] = {}
    for due in session.execute(
        select(Instalment.loan_id, Instalment.due_on, Instalment.principal, Instalment.interest)
        .where(Instalment.loan_id.in_(of_borrower))
        .order_by(Instalment.due_on)
    ):
        instalments.setdefault(due[0], []).append(InstalmentRow(*due[1:]))
    repayments: dict[int, list[RepaymentRow]] = {}
    for paid in session.execute(
        select(Repayment.loan_id, Repayment.paid_on, Repayment.amount, Reversal.reversed_on)
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .where(Repayment.loan_id.in_(of_borrower))
        .order_by(Repayment.paid_on.desc())
    ):
        repayments.setdefault(paid[0], []).append(RepaymentRow(*paid[1:]))
    reliefs: dict[int, list[ReliefRow]] = {}
    for relief in session.execute(
        select(Relief.loan_id, Relief.kind, Relief.scope, Relief.from_on, Relief.to_on)
        .where(Relief.loan_id.in_(of_borrower))
        .order_by(Relief.from_on)
    ):
        reliefs.setdefault(relief[0], []).append(ReliefRow(*relief[1:]))
    rows = session.execute(
        select(
            Loan.id,
            Loan.contract_no,
            Lender.name,
            Loan.signed_on,
            Loan.principal,
            Loan.balance,
            Loan.rate_percent,
            Loan.matures_on,
            Loan.settled_on,
        )
        .join(Lender, Lender.id == Loan.lender_id)
        .where(Loan.borrower_id == borrower_id)
        .order_by(Loan.signed_on, Loan.id)
    )
    return tuple(
        Contract(
            *row,
            tuple(instalments.get(row[0], ())),
            tuple(repayments.get(row[0], ())),
            tuple(reliefs.get(row[0], ())),
        )
        for row in rows
    )
