"""The facts behind a borrower's standing on a day, explained step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.loans import Lender, Loan
from models.rules.explanation import Explanation, LoanExplanation, explain
from models.rules.refusals import NotVisible
from portal.actors import Actor
from portal.queries.loan_facts import facts_of
from portal.queries.scope import borrower_to_read, visible_borrowers


@dataclass(frozen=True, slots=True)
class Named:
    """A contract's explanation with what a reader knows the contract by."""

    loan_id: int
    number: int  # its place among the borrower's contracts, as the sentences name it
    contract_no: str
    lender: str
    explanation: LoanExplanation


@dataclass(frozen=True, slots=True)
class Explained:
    """A borrower's explanation; ``loans`` are all contracts, in the order of the sentences."""

    borrower_id: int
    name: str
    explanation: Explanation
    loans: tuple[Named, ...]

    def loan(self, loan_id: int) -> Named:
        """Return one contract of it."""
        return next(one for one in self.loans if one.loan_id == loan_id)


def of_borrower(session: Session, actor: Actor, today: date, borrower_id: int, as_of: date) -> Explained:
    """Explain a borrower's standing on a day, as the facts are known today.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    borrower = borrower_to_read(session, actor, today, borrower_id)
    found = unscoped(session, borrower.id, as_of)
    names = {
        row[0]: (row[1], row[2])
        for row in session.execute(
            select(Loan.id, Loan.contract_no, Lender.name)
            .join(Lender, Lender.id == Loan.lender_id)
            .where(Loan.borrower_id == borrower.id)
        )
    }
    loans = tuple(
        Named(int(one.loan_key), place, *names[int(one.loan_key)], one) for place, one in enumerate(found.loans, 1)
    )
    return Explained(borrower.id, borrower.name, found, loans)


def of_loan(session: Session, actor: Actor, today: date, loan_id: int, as_of: date) -> Explained:
    """Explain the standing of the borrower of a contract.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    borrower_id = session.scalars(
        select(Loan.borrower_id).where(Loan.id == loan_id, Loan.borrower_id.in_(visible_borrowers(actor, today)))
    ).one_or_none()
    if borrower_id is None:
        raise NotVisible
    return of_borrower(session, actor, today, borrower_id, as_of)


def unscoped(session: Session, borrower_id: int, as_of: date) -> Explanation:
    """Explain for a command or for a caller who has found the borrower to be in reach: it names nobody."""
    return explain(facts_of(session, [borrower_id], as_of)[borrower_id], as_of)


def borrower_of(session: Session, loan_id: int) -> int | None:
    """Return whose contract it is, for a command; ``None`` for no such contract."""
    return session.scalars(select(Loan.borrower_id).where(Loan.id == loan_id)).one_or_none()
