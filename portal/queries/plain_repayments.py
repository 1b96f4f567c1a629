"""What was paid under contracts, in figures the database works out: a part of plain standings."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, ColumnElement, Date, Select, Subquery, and_, case, func, literal, or_, select

from models.loans import Instalment, Loan, Repayment, Reversal
from models.rules.facts import RepaymentKind
from portal.queries.fen import fen, total

EARLY = literal(date(1, 1, 1), Date)
"""A day before all others."""
_MORE_THAN_ALL = 10**15  # fen; more than anybody ever pays


def _counted(day: date) -> ColumnElement[int]:
    """Say what a repayment counts; one that is not plain takes any sum below zero, whatever else was paid.

    One taken back from its own day on, as a list that is taken back does with its repayments, never was.
    """
    is_void = Reversal.reversed_on <= Repayment.paid_on
    is_odd = or_(
        and_(Reversal.repayment_id.is_not(None), ~is_void),
        Repayment.kind == RepaymentKind.EARLY,
        Repayment.paid_on > day,
    )
    return case((is_odd, -_MORE_THAN_ALL), (is_void, 0), else_=fen(Repayment.amount))


def paid_by(day: date, when: ColumnElement[bool]) -> ColumnElement[int]:
    """Look up what was paid under a contract, known on a day; of all that was, only ``when`` holds."""
    return (
        select(func.coalesce(func.sum(_counted(day), type_=BigInteger()), 0))
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .where(Repayment.loan_id == Loan.id, when)
        .correlate(Loan)
        .scalar_subquery()
    )


def payments(day: date, before: ColumnElement[bool], since: ColumnElement[bool]) -> Select[int, int, int]:
    """Select what was paid under each contract, read in one go: for a whole piece quicker than looking each up."""
    return (
        select(
            Repayment.loan_id, total(before, _counted(day)).label("before"), total(since, _counted(day)).label("since")
        )
        .join(Loan, Loan.id == Repayment.loan_id)
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .group_by(Repayment.loan_id)
    )


def paid_since_last_due(loan: Subquery) -> ColumnElement[int]:
    """Select what was paid under a contract after the last due day before its list, and until it."""
    last_due = (
        select(func.max(Instalment.due_on))
        .where(
            Instalment.plan_id == loan.c.plan_id,
            Instalment.due_on <= loan.c.data_on,
            Instalment.due_on > loan.c.subsidy_ends_on,
            fen(Instalment.principal) + fen(Instalment.interest) > 0,
        )
        .correlate(loan)
        .scalar_subquery()
    )
    return (
        select(func.coalesce(func.sum(fen(Repayment.amount), type_=BigInteger()), 0))
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .where(
            Repayment.loan_id == loan.c.id,
            Repayment.paid_on > func.coalesce(last_due, EARLY),
            Repayment.paid_on <= loan.c.data_on,
            Reversal.repayment_id.is_(None),
        )
        .correlate(loan)
        .scalar_subquery()
    )
