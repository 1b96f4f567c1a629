"""What is known of borrowers' contracts, as plain facts for the rules: one bounded set of queries for any number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.loans import ArrearsList, Instalment, Lender, Loan, Relief, Repayment, Reversal, Statement
from models.rules.facts import (
    BorrowerFacts,
    InstalmentFact,
    LoanFacts,
    ReliefFact,
    RepaymentFact,
    StatementFact,
)

_NIL = Decimal("0.00")
Row = TypeVar("Row", Instalment, Repayment, Relief)


def facts_of(session: Session, borrower_ids: Collection[int], as_of: date) -> dict[int, BorrowerFacts]:
    """Return the facts known on a day for each borrower; a borrower without contracts has none of them.

    Args:
        session: any session.
        borrower_ids: at most some hundreds at a time; the caller chunks.
        as_of: lists with a later data date are not used.

    """
    loans = session.execute(
        select(Loan, Lender.day_count, Lender.penalty_percent)
        .join(Lender, Lender.id == Loan.lender_id)
        .where(Loan.borrower_id.in_(borrower_ids))
        .order_by(Loan.id)
    ).all()
    loan_ids = [loan.id for loan, _, _ in loans]
    instalments = _by_loan(session, Instalment, loan_ids)
    repayments = _by_loan(session, Repayment, loan_ids)
    reliefs = _by_loan(session, Relief, loan_ids)
    reversals = _reversals(session, loan_ids)
    newest = newest_lists(session, as_of)
    statements = {
        row.loan_id: row
        for row in session.scalars(
            select(Statement).where(
                Statement.loan_id.in_(loan_ids),
                Statement.arrears_list_id.in_([list_id for list_id, _ in newest.values()]),
            )
        )
    }
    found: dict[int, list[LoanFacts]] = {borrower_id: [] for borrower_id in borrower_ids}
    for loan, day_count, penalty_percent in loans:
        found[loan.borrower_id].append(
            LoanFacts(
                loan_key=loan.id,
                signed_on=loan.signed_on,
                matures_on=loan.matures_on,
                subsidy_ends_on=loan.subsidy_ends_on,
                settled_on=loan.settled_on,
                rate_pct=loan.rate_percent,
                day_count=day_count,
                penalty_factor=Decimal(penalty_percent) / 100,
                instalments=tuple(
                    InstalmentFact(row.due_on, row.principal, row.interest)
                    for row in sorted(instalments[loan.id], key=lambda row: row.due_on)
                ),
                repayments=tuple(
                    RepaymentFact(row.paid_on, row.amount, reversals.get(row.id))
                    for row in sorted(repayments[loan.id], key=lambda row: (row.paid_on, row.id))
                ),
                statement=_statement(loan, newest.get(loan.lender_id), statements.get(loan.id)),
                reliefs=tuple(
                    ReliefFact(row.kind, row.from_on, row.to_on, row.scope)
                    for row in sorted(reliefs[loan.id], key=lambda row: (row.from_on, row.id))
                ),
            )
        )
    return {borrower_id: BorrowerFacts(tuple(its)) for borrower_id, its in found.items()}


def newest_lists(session: Session, as_of: date) -> dict[int, tuple[int, date]]:
    """Return, by lender, the newest complete list on or before a day."""
    newest = (
        select(ArrearsList.lender_id, func.max(ArrearsList.data_on).label("data_on"))
        .where(ArrearsList.data_on <= as_of)
        .group_by(ArrearsList.lender_id)
        .subquery()
    )
    rows = session.execute(
        select(ArrearsList.lender_id, ArrearsList.id, ArrearsList.data_on).join(
            newest, (newest.c.lender_id == ArrearsList.lender_id) & (newest.c.data_on == ArrearsList.data_on)
        )
    )
    return {lender_id: (list_id, data_on) for lender_id, list_id, data_on in rows}


def _statement(loan: Loan, newest: tuple[int, date] | None, line: Statement | None) -> StatementFact | None:
    """Return what the newest list says of a contract: its line, or, being complete, that nothing is overdue."""
    if newest is None or loan.signed_on > newest[1]:
        return None
    if line is None:
        return StatementFact(newest[1], _NIL, _NIL, _NIL)
    return StatementFact(newest[1], line.overdue_principal, line.overdue_interest, line.penalty, line.overdue_since)


def _reversals(session: Session, loan_ids: Collection[int]) -> dict[int, date]:
    """Return the day each repayment taken back was taken back."""
    rows = session.execute(
        select(Reversal.repayment_id, Reversal.reversed_on)
        .join(Repayment, Repayment.id == Reversal.repayment_id)
        .where(Repayment.loan_id.in_(loan_ids))
    )
    return {repayment_id: reversed_on for repayment_id, reversed_on in rows}  # noqa: C416  # dict() of rows is untyped


def _by_loan(session: Session, table: type[Row], loan_ids: Collection[int]) -> dict[int, list[Row]]:
    rows: dict[int, list[Row]] = defaultdict(list)
    for row in session.scalars(select(table).where(table.loan_id.in_(loan_ids))):
        rows[row.loan_id].append(row)
    return rows
