"""What is known of borrowers' contracts, as plain facts for the rules: few queries, for any number of borrowers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Date, Row, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from models.loans import (
    ArrearsList,
    ContractChange,
    Instalment,
    Lender,
    Loan,
    Relief,
    ReliefCorrection,
    Repayment,
    Reversal,
    Statement,
)
from models.rules.facts import (
    BorrowerFacts,
    ContractChangeKind,
    InstalmentFact,
    LoanFacts,
    ReliefFact,
    RepaymentFact,
    RepaymentKind,
    StatementFact,
)
from models.rules.lenders import Profile, allocation_order, settlement_on_or_after

_NIL = Decimal("0.00")

# Built once: putting a statement together costs as much as running it for one borrower.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_NEWEST = (
    select(func.max(ArrearsList.data_on))
    .where(ArrearsList.lender_id == Loan.lender_id, ArrearsList.data_on <= bindparam("as_of", type_=Date))
    .correlate(Loan)
    .scalar_subquery()
)
_LOANS = (  # each contract with its lender's profile, the newest list and its line on it
    select(
        Loan.id,
        Loan.borrower_id,
        Loan.signed_on,
        Loan.matures_on,
        Loan.subsidy_ends_on,
        Loan.settled_on,
        Loan.rate_percent,
        Loan.plan_id,
        Lender.day_count,
        Lender.penalty_percent,
        Lender.allocation,
        Lender.settlement_day,
        Lender.unsettled_month,
        ArrearsList.data_on,
        Statement.loan_id.label("listed_id"),
        Statement.overdue_principal,
        Statement.overdue_interest,
        Statement.penalty,
        Statement.overdue_since,
        select(Relief.id).where(Relief.loan_id == Loan.id).correlate(Loan).exists().label("has_relief"),
        select(ContractChange.id).where(ContractChange.loan_id == Loan.id).correlate(Loan).exists().label("has_change"),
    )
    .join(Lender, Lender.id == Loan.lender_id)
    .outerjoin(ArrearsList, and_(ArrearsList.lender_id == Loan.lender_id, ArrearsList.data_on == _NEWEST))
    .outerjoin(Statement, and_(Statement.arrears_list_id == ArrearsList.id, Statement.loan_id == Loan.id))
    .where(Loan.borrower_id.in_(_IDS))
    .order_by(Loan.id)
)
_INSTALMENTS = (
    select(Instalment.plan_id, Instalment.due_on, Instalment.principal, Instalment.interest)
    .where(Instalment.plan_id.in_(_IDS))
    .order_by(Instalment.plan_id, Instalment.due_on)
)
_REPAYMENTS = (
    select(Repayment.loan_id, Repayment.paid_on, Repayment.amount, Reversal.reversed_on, Repayment.kind)
    .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
    .where(Repayment.loan_id.in_(_IDS))
    .order_by(Repayment.loan_id, Repayment.paid_on, Repayment.id)
)
_RELIEFS = (  # one row for each correction, the newest last
    select(
        Relief.loan_id,
        Relief.id,
        Relief.kind,
        Relief.scope,
        Relief.from_on,
        Relief.to_on,
        ReliefCorrection.id.label("correction_id"),
        ReliefCorrection.from_on.label("corrected_from_on"),
        ReliefCorrection.to_on.label("corrected_to_on"),
        ReliefCorrection.is_void,
    )
    .outerjoin(ReliefCorrection, ReliefCorrection.relief_id == Relief.id)
    .where(Relief.loan_id.in_(_IDS))
    .order_by(Relief.loan_id, Relief.from_on, Relief.id, ReliefCorrection.id)
)


def facts_of(session: Session, borrower_ids: Collection[int], as_of: date) -> dict[int, BorrowerFacts]:
    """Return the facts known on a day for each borrower; a borrower without contracts has none of them.

    A relief is what its newest correction says, a void one is left out; a repayment made early counts from the
    lender's settlement.

    Args:
        session: any session.
        borrower_ids: at most some hundreds at a time; the caller chunks.
        as_of: lists with a later data date are not used.

    """
    session.flush()  # the statements go past the session: it would spend as long as the database
    connection = session.connection()
    loans: Sequence[Any] = connection.execute(_LOANS, {"ids": list(borrower_ids), "as_of": as_of}).all()
    plans = {row.plan_id for row in loans if row.plan_id is not None}
    instalments: dict[int | None, list[InstalmentFact]] = defaultdict(list)
    if plans:
        for plan_id, due_on, principal, interest in connection.execute(_INSTALMENTS, {"ids": sorted(plans)}):
            instalments[plan_id].append(InstalmentFact(due_on, principal, interest))
    repayments = _repayments(connection, {row.id: row for row in loans})
    reliefs = reliefs_in_force(session, [row.id for row in loans if row.has_relief])
    called_due = _called_due(session, [row.id for row in loans if row.has_change])
    found: dict[int, list[LoanFacts]] = {borrower_id: [] for borrower_id in borrower_ids}
    for row in loans:
        found[row.borrower_id].append(
            LoanFacts(
                loan_key=row.id,
                signed_on=row.signed_on,
                matures_on=row.matures_on,
                subsidy_ends_on=row.subsidy_ends_on,
                settled_on=row.settled_on,
                rate_pct=row.rate_percent,
                day_count=row.day_count,
                penalty_factor=Decimal(row.penalty_percent) / 100,
                allocation=allocation_order(row.allocation),
                instalments=tuple(instalments[row.plan_id]),
                repayments=tuple(repayments[row.id]),
                statement=_statement(row),
                reliefs=tuple(fact for _, fact in reliefs.get(row.id, ())),
                accelerated_on=called_due.get(row.id),
            )
        )
    return {borrower_id: BorrowerFacts(tuple(its)) for borrower_id, its in found.items()}


def lists_of(
    session: Session, borrower_ids: Collection[int], first: date, last: date
) -> dict[int, list[StatementFact]]:
    """Return, by contract, what the lists of its lender say of it that are used from a day to another, oldest first.

    A list being complete, a contract signed by its date that is not on it is not overdue on that day.
    """
    rows = session.execute(
        select(
            Loan.id,
            Loan.signed_on,
            ArrearsList.data_on,
            Statement.loan_id.label("listed_id"),
            Statement.overdue_principal,
            Statement.overdue_interest,
            Statement.penalty,
            Statement.overdue_since,
        )
        .join(ArrearsList, ArrearsList.lender_id == Loan.lender_id)
        .outerjoin(Statement, and_(Statement.arrears_list_id == ArrearsList.id, Statement.loan_id == Loan.id))
        .where(
            Loan.borrower_id.in_(borrower_ids),
            ArrearsList.data_on >= func.coalesce(_NEWEST, date.min),
            ArrearsList.data_on <= last,
        )
        .order_by(Loan.id, ArrearsList.data_on),
        {"as_of": first},
    )
    found: dict[int, list[StatementFact]] = defaultdict(list)
    for row in rows:
        said = _statement(row)
        if said is not None:
            found[row.id].append(said)
    return found


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


def reliefs_in_force(session: Session, loan_ids: Collection[int]) -> dict[int, list[tuple[int, ReliefFact]]]:
    """Return, by contract, (id, relief) of those that are not void, as their newest correction has them."""
    found: dict[int, list[tuple[int, ReliefFact]]] = defaultdict(list)
    if not loan_ids:
        return found
    newest: dict[int, Any] = {row.id: row for row in session.execute(_RELIEFS, {"ids": list(loan_ids)})}
    for row in newest.values():
        if row.is_void:
            continue
        days = (row.from_on, row.to_on) if row.correction_id is None else (row.corrected_from_on, row.corrected_to_on)
        found[row.loan_id].append((row.id, ReliefFact(row.kind, *days, row.scope)))
    return found


def _statement(row: Row[*tuple[Any, ...]]) -> StatementFact | None:
    """Return what the newest list says of a contract: its line, or, being complete, that nothing is overdue."""
    if row.data_on is None or row.signed_on > row.data_on:
        return None
    if row.listed_id is None:
        return StatementFact(row.data_on, _NIL, _NIL, _NIL)
    return StatementFact(row.data_on, row.overdue_principal, row.overdue_interest, row.penalty, row.overdue_since)


def _repayments(connection: Connection, loans: dict[int, Any]) -> dict[int, list[RepaymentFact]]:
    found: dict[int, list[RepaymentFact]] = defaultdict(list)
    if not loans:
        return found
    for loan_id, paid_on, amount, reversed_on, kind in connection.execute(_REPAYMENTS, {"ids": list(loans)}):
        counts_from = paid_on
        if kind is RepaymentKind.EARLY and reversed_on is None:
            lender = loans[loan_id]
            profile = Profile(lender.settlement_day, lender.unsettled_month)
            counts_from = settlement_on_or_after(paid_on, profile)
        found[loan_id].append(RepaymentFact(counts_from, amount, reversed_on, kind))
    return found


def _called_due(session: Session, loan_ids: Collection[int]) -> dict[int, date]:
    """Return the day each contract was called due, where that was not voided."""
    if not loan_ids:
        return {}
    rows = session.execute(
        select(ContractChange.loan_id, ContractChange.effective_on)
        .where(
            ContractChange.loan_id.in_(loan_ids),
            ContractChange.kind == ContractChangeKind.ACCELERATED,
            stands(),
        )
        .order_by(ContractChange.id)
    )
    return {loan_id: effective_on for loan_id, effective_on in rows}  # noqa: C416  # dict() of rows is untyped


def stands() -> ColumnElement[bool]:
    """Say, in SQL, that a contract change is one itself and was not voided."""
    other = aliased(ContractChange)
    is_voided = select(other.id).where(other.voids_id == ContractChange.id).correlate(ContractChange).exists()
    return and_(ContractChange.voids_id.is_(None), ~is_voided)
