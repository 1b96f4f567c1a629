"""What is known of each contract of many borrowers, in figures the database works out: the ground of plain standings.

Each thing is looked up once for a contract. What can be had from other figures is not summed again: every further sum
over the instalments costs about as much as reading them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from models.borrowers import Borrower
from models.loans import ContractChange, Instalment, Loan, Relief, Repayment, Reversal, Statement
from models.rules.calendar import season_start
from models.rules.facts import RepaymentKind
from models.standings import BorrowerStanding
from portal.queries.among import among

_EARLY = literal(date(1, 1, 1), Date)
_MORE_THAN_ALL = 10**15  # fen; more than anybody ever pays


@dataclass(frozen=True, slots=True)
class Whose:
    """A range of borrowers' ids, both ends included, or some of a range.

    Attributes:
        first: the lowest id.
        last: the highest id.
        due_by: only those whose day has come by then.
        only: just these of the range; ``None`` for all.
        loans: the lowest and the highest id of their contracts, where known. It changes no answer: PostgreSQL then
            sees that it need not read all instalments for a piece of the portfolio.

    """

    first: int
    last: int
    due_by: date | None = None
    loans: tuple[int, int] | None = None
    only: tuple[int, ...] | None = None

    @classmethod
    def of(cls, ids: Sequence[int]) -> Whose:
        """Return just some, however far apart their ids lie."""
        return cls(min(ids), max(ids), only=tuple(ids))

    def holds(self, borrower_id: Any) -> ColumnElement[bool]:  # noqa: ANN401  # a column, mapped or not
        """Say, in SQL, that an id is one of these."""
        within = self._within(borrower_id)
        if self.due_by is None:
            return within
        row = BorrowerStanding
        due = select(row.borrower_id).where(row.next_change_on <= self.due_by, self._within(row.borrower_id))
        return and_(within, borrower_id.in_(due))

    def _within(self, borrower_id: Any) -> ColumnElement[bool]:  # noqa: ANN401  # a column, mapped or not
        within: ColumnElement[bool] = borrower_id.between(self.first, self.last)
        return within if self.only is None else among(borrower_id, self.only)

    def ids(self) -> Select[int]:
        """Select their ids."""
        return select(Borrower.id).where(self.holds(Borrower.id))


def figures(whose: Whose, day: date, lists: Mapping[int, tuple[int, date]]) -> Select[Any]:
    """Select beside each contract what its list says and what is needed and there to meet it, in fen.

    The window keeps the database from merging this into the select around it, which uses most figures several times.

    Args:
        whose: the borrowers.
        day: the day to judge for.
        lists: by lender, (id, data date) of its newest list on that day.

    """
    loan = _contracts(whose, day, lists).subquery("contracts")
    m, listed = loan.c, Statement
    principal, interest, penalty = (
        func.coalesce(_fen(column), 0) for column in (listed.overdue_principal, listed.overdue_interest, listed.penalty)
    )
    said, since = principal + interest + penalty, m.principal_since + m.interest_since
    following = aliased(Instalment)
    next_total = _fen(following.principal) + _fen(following.interest)
    is_next = and_(following.loan_id == m.id, following.due_on == m.next_due)
    falls_after_list = and_(m.next_due == day, or_(m.data_on.is_(None), m.data_on < day))
    before = m.fallen - since - case((falls_after_list, next_total), else_=0)
    # Paid ahead of a list on which nothing is overdue; see rules/allocation.
    ahead = case(
        (or_(m.paid_before == 0, said > 0), 0),
        (m.paid_before >= before, m.paid_before - before),
        else_=_since_last_due(loan),
    )
    first_since = _of_instalments(
        loan, func.min(Instalment.due_on), Instalment.due_on > func.coalesce(m.data_on, _EARLY)
    )
    first_due = func.min(case((m.settled_on.is_(None), m.next_due))).over(partition_by=m.borrower_id)
    return select(
        *(m[name] for name in ("id", "borrower_id", "data_on", "subsidy_ends_on", "settled_on", "fallen", "season")),
        *(m[name] for name in ("principal_since", "interest_since", "next_due")),
        principal.label("said_principal"),
        interest.label("said_interest"),
        penalty.label("said_penalty"),
        said.label("said"),
        (said + since).label("needed"),
        (ahead + m.paid_since).label("funds"),
        case((said > 0, listed.overdue_since), (since > 0, first_since)).label("since"),
        next_total.label("next_total"),
        first_due.label("first_due"),
        or_(m.altered > 0, m.paid_before < 0, m.paid_since < 0).label("odd"),
    ).select_from(
        loan.outerjoin(listed, and_(listed.arrears_list_id == m.list_id, listed.loan_id == m.id)).outerjoin(
            following, is_next if whose.loans is None else and_(is_next, following.loan_id.between(*whose.loans))
        )
    )


def _contracts(whose: Whose, day: date, lists: Mapping[int, tuple[int, date]]) -> Select[Any]:
    """Select the contracts with what fell due and what was paid."""
    listed = [
        (and_(Loan.lender_id == lender_id, Loan.signed_on <= data_on), list_id, data_on)
        for lender_id, (list_id, data_on) in lists.items()
    ]
    data_on = case(*((holds, literal(on, Date)) for holds, _, on in listed)) if listed else literal(None, Date)
    list_id = case(*((holds, literal(list_id)) for holds, list_id, _ in listed)) if listed else literal(None, Integer)
    listed_on = func.coalesce(data_on, _EARLY)
    on, principal, interest = Instalment.due_on, _fen(Instalment.principal), _fen(Instalment.interest)
    last_day = func.coalesce(Loan.settled_on, literal(day, Date))
    is_since = and_(on < day, on > listed_on)
    has_relief = select(Relief.id).where(Relief.loan_id == Loan.id).correlate(Loan).exists()
    has_change = select(ContractChange.id).where(ContractChange.loan_id == Loan.id).correlate(Loan).exists()
    asked = and_(Instalment.loan_id == Loan.id, on > Loan.subsidy_ends_on, principal + interest > 0)
    contracts = whose.holds(Loan.borrower_id)
    before, since = Repayment.paid_on <= listed_on, Repayment.paid_on > listed_on
    paid: Subquery | None = None
    if whose.loans is not None:
        asked = and_(asked, Instalment.loan_id.between(*whose.loans))
        if whose.due_by is None:
            paid = _payments(day, before, since).where(contracts, Repayment.loan_id.between(*whose.loans)).subquery()
    found = (
        select(
            Loan.id,
            Loan.borrower_id,
            Loan.subsidy_ends_on,
            Loan.settled_on,
            data_on.label("data_on"),
            list_id.label("list_id"),
            case((or_(has_relief, has_change, Loan.settled_on > day), 1), else_=0).label("altered"),
            (_paid(day, before) if paid is None else _same(paid.c.before)).label("paid_before"),
            (_paid(day, since) if paid is None else _same(paid.c.since)).label("paid_since"),
            _sum(on <= last_day, principal + interest).label("fallen"),
            _sum(and_(on <= last_day, on >= season_start(day)), principal + interest).label("season"),
            _sum(is_since, principal).label("principal_since"),
            _sum(is_since, interest).label("interest_since"),
            func.min(on).filter(on >= day).label("next_due"),
        )
        .outerjoin(Instalment, asked)
        .where(contracts)
        .group_by(Loan.borrower_id, Loan.id)
    )
    return found if paid is None else found.outerjoin(paid, paid.c.loan_id == Loan.id)


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
    return case((is_odd, -_MORE_THAN_ALL), (is_void, 0), else_=_fen(Repayment.amount))


def _paid(day: date, when: ColumnElement[bool]) -> ColumnElement[int]:
    """Look up what was paid under a contract."""
    return (
        select(func.coalesce(func.sum(_counted(day), type_=BigInteger()), 0))
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .where(Repayment.loan_id == Loan.id, when)
        .correlate(Loan)
        .scalar_subquery()
    )


def _payments(day: date, before: ColumnElement[bool], since: ColumnElement[bool]) -> Select[int, int, int]:
    """Select what was paid under each contract, read in one go: for a whole piece quicker than looking each up."""
    return (
        select(
            Repayment.loan_id, _sum(before, _counted(day)).label("before"), _sum(since, _counted(day)).label("since")
        )
        .join(Loan, Loan.id == Repayment.loan_id)
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .group_by(Repayment.loan_id)
    )


def _same(column: Any) -> ColumnElement[int]:  # noqa: ANN401  # a column of a subquery
    """Take what is the same in every row of a contract's group; nothing where there is none."""
    return func.coalesce(func.min(column), 0)


def _since_last_due(loan: Subquery) -> ColumnElement[int]:
    """Select what was paid under a contract after the last due day before its list, and until it."""
    last_due = _of_instalments(loan, func.max(Instalment.due_on), Instalment.due_on <= loan.c.data_on)
    return (
        select(func.coalesce(func.sum(_fen(Repayment.amount), type_=BigInteger()), 0))
        .outerjoin(Reversal, Reversal.repayment_id == Repayment.id)
        .where(
            Repayment.loan_id == loan.c.id,
            Repayment.paid_on > func.coalesce(last_due, _EARLY),
            Repayment.paid_on <= loan.c.data_on,
            Reversal.repayment_id.is_(None),
        )
        .correlate(loan)
        .scalar_subquery()
    )


def _of_instalments(loan: Subquery, what: ColumnElement[Any], when: ColumnElement[bool]) -> ColumnElement[Any]:
    """Look something up among what a contract asks for."""
    return (
        select(what)
        .where(
            Instalment.loan_id == loan.c.id,
            when,
            Instalment.due_on > loan.c.subsidy_ends_on,
            _fen(Instalment.principal) + _fen(Instalment.interest) > 0,
        )
        .correlate(loan)
        .scalar_subquery()
    )


def _fen(column: Any) -> ColumnElement[int]:  # noqa: ANN401  # a mapped attribute
    return type_coerce(column, BigInteger)


def _sum(condition: ColumnElement[bool], amount: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(amount, type_=BigInteger()).filter(condition), 0)
