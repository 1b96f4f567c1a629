"""The contracts of one borrower with what falls due, what came in and what was put off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import Instalment, Lender, Loan, Repayment, Reversal
from models.rules.facts import ReliefFact, RepaymentKind
from models.rules.refusals import NotVisible
from portal.actors import Actor
from portal.queries.loan_facts import reliefs_in_force
from portal.queries.scope import borrower_to_change, borrower_to_read


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
    kind: RepaymentKind
    reversed_on: date | None


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
    reliefs: tuple[ReliefFact, ...]  # as their newest corrections have them, void ones left out


def contracts(session: Session, borrower_id: int) -> tuple[Contract, ...]:
    """Return a borrower's contracts, oldest first; the caller has found the borrower to be in reach."""
    of_borrower = select(Loan.id).where(Loan.borrower_id == borrower_id)
    instalments: dict[int, list[InstalmentRow]] = {}
    for due in session.execute(
        select(Loan.id, Instalment.due_on, Instalment.principal, Instalment.interest)
        .join(Instalment, Instalment.plan_id == Loan.plan_id)
        .where(Loan.borrower_id == borrower_id)
        .order_by(Instalment.due_on)
    ):
        instalments.setdefault(due[0], []).append(InstalmentRow(*due[1:]))
    repayments: dict[int, list[RepaymentRow]] = {}
    for paid in session.execute(
        select(Repayment.loan_id, Repayment.paid_on, Repayment.amount, Repayment.kind, Reversal.reversed_on)
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .where(Repayment.loan_id.in_(of_borrower))
        .order_by(Repayment.paid_on.desc())
    ):
        repayments.setdefault(paid[0], []).append(RepaymentRow(*paid[1:]))
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
    ).all()
    reliefs = reliefs_in_force(session, [row.id for row in rows])
    return tuple(
        Contract(
            *row,
            tuple(instalments.get(row[0], ())),
            tuple(repayments.get(row[0], ())),
            tuple(fact for _, fact in reliefs.get(row[0], ())),
        )
        for row in rows
    )


def loan_to_read(session: Session, actor: Actor, today: date, loan_id: int) -> Loan:
    """Return one contract of a borrower the actor may see.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    loan = session.get(Loan, loan_id)
    if loan is None:
        raise NotVisible
    borrower_to_read(session, actor, today, loan.borrower_id)
    return loan


def loan_to_change(session: Session, actor: Actor, today: date, loan_id: int) -> Loan:
    """Return one contract of a borrower the actor may see, both locked until the transaction ends.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    borrower_id = session.scalar(select(Loan.borrower_id).where(Loan.id == loan_id))
    if borrower_id is None:
        raise NotVisible
    borrower_to_change(session, actor, today, borrower_id)
    return session.scalars(
        select(Loan).where(Loan.id == loan_id).with_for_update().execution_options(populate_existing=True)
    ).one()
