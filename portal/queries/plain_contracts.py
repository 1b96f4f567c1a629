"""What is known of each contract of many borrowers, in figures the database works out: the ground of plain standings.

Each thing is looked up once for a contract, and what its plan asks for once for all contracts of the same terms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
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
)
from sqlalchemy.orm import aliased

from models.borrowers import Borrower
from models.loans import ContractChange, Instalment, Loan, Relief, Repayment, Statement
from models.rules.calendar import season_start
from models.standings import BorrowerStanding
from portal.queries.among import among
from portal.queries.fen import fen, total
from portal.queries.plain_repayments import EARLY, paid_by, paid_since_last_due, payments


@dataclass(frozen=True, slots=True)
class Whose:
    """A range of borrowers' ids, both ends included, or some of a range.

    Attributes:
        first: the lowest id.
        last: the highest id.
        due_by: only those whose day has come by then.
        only: just these of the range; ``None`` for all.
        loans: the lowest and the highest id of their contracts, where known. It changes no answer: PostgreSQL then
            sees that it need not read all repayments for a piece of the portfolio.
        plans: the same of their plans, for the instalments.

    """

    first: int
    last: int
    due_by: date | None = None
    loans: tuple[int, int] | None = None
    plans: tuple[int, int] | None = None
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
        func.coalesce(fen(column), 0) for column in (listed.overdue_principal, listed.overdue_interest, listed.penalty)
    )
    said, since = principal + interest + penalty, m.principal_since + m.interest_since
    falls_after_list = and_(m.next_due == day, or_(m.data_on.is_(None), m.data_on < day))
    before = m.fallen - since - case((falls_after_list, m.next_total), else_=0)
    # Paid ahead of a list on which nothing is overdue; see rules/allocation.
    ahead = case(
        (or_(m.paid_before == 0, said > 0), 0),
        (m.paid_before >= before, m.paid_before - before),
        else_=paid_since_last_due(loan),
    )
    first_due = func.min(case((m.settled_on.is_(None), m.next_due))).over(partition_by=m.borrower_id)
    return select(
        *(m[name] for name in ("id", "borrower_id", "data_on", "subsidy_ends_on", "settled_on", "fallen", "season")),
        *(m[name] for name in ("principal_since", "interest_since", "next_due", "next_total")),
        principal.label("said_principal"),
        interest.label("said_interest"),
        penalty.label("said_penalty"),
        said.label("said"),
        (said + since).label("needed"),
        (ahead + m.paid_since).label("funds"),
        case((said > 0, listed.overdue_since), (since > 0, m.first_since)).label("since"),
        first_due.label("first_due"),
        or_(m.altered > 0, m.paid_before < 0, m.paid_since < 0).label("odd"),
    ).select_from(loan.outerjoin(listed, and_(listed.arrears_list_id == m.list_id, listed.loan_id == m.id)))


def _contracts(whose: Whose, day: date, lists: Mapping[int, tuple[int, date]]) -> Select[Any]:
    """Select the contracts with what fell due and what was paid."""
    terms = _Terms.on(day, lists)
    has_relief = select(Relief.id).where(Relief.loan_id == Loan.id).correlate(Loan).exists()
    has_change = select(ContractChange.id).where(ContractChange.loan_id == Loan.id).correlate(Loan).exists()
    contracts = whose.holds(Loan.borrower_id)
    before, since = Repayment.paid_on <= terms.listed_on, Repayment.paid_on > terms.listed_on
    paid: Subquery | None = None
    if whose.loans is not None and whose.due_by is None:
        paid = payments(day, before, since).where(contracts, Repayment.loan_id.between(*whose.loans)).subquery()
    asked = _asked(whose, day, terms).subquery("asked")
    a = asked.c
    found = (
        select(
            Loan.id,
            Loan.borrower_id,
            Loan.plan_id,
            Loan.subsidy_ends_on,
            Loan.settled_on,
            terms.data_on.label("data_on"),
            terms.list_id.label("list_id"),
            case((or_(has_relief, has_change, Loan.settled_on > day), 1), else_=0).label("altered"),
            (paid_by(day, before) if paid is None else func.coalesce(paid.c.before, 0)).label("paid_before"),
            (paid_by(day, since) if paid is None else func.coalesce(paid.c.since, 0)).label("paid_since"),
            *(
                func.coalesce(a[name], 0).label(name)
                for name in ("fallen", "season", "principal_since", "interest_since", "next_total")
            ),
            a.next_due,
            a.first_since,
        )
        .outerjoin(asked, and_(*(a[f"of_{name}"] == column for name, column in terms.named.items())))
        .where(contracts)
    )
    return found if paid is None else found.outerjoin(paid, paid.c.loan_id == Loan.id)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What of a contract decides which instalments of its plan count, in SQL.

    Attributes:
        data_on: data date of its lender's list, none where that says nothing of it.
        list_id: that list.
        listed_on: the data date, or a day before all others.
        last_day: until when it counts.

    """

    data_on: ColumnElement[Any]
    list_id: ColumnElement[Any]
    listed_on: ColumnElement[date]
    last_day: ColumnElement[date]

    @classmethod
    def on(cls, day: date, lists: Mapping[int, tuple[int, date]]) -> _Terms:
        """Return them as they are on a day; ``lists`` as for ``figures``."""
        listed = [
            (and_(Loan.lender_id == lender_id, Loan.signed_on <= data_on), list_id, data_on)
            for lender_id, (list_id, data_on) in lists.items()
        ]
        data_on = case(*((holds, literal(on, Date)) for holds, _, on in listed)) if listed else literal(None, Date)
        list_id = case(*((holds, literal(one)) for holds, one, _ in listed)) if listed else literal(None, Integer)
        return cls(data_on, list_id, func.coalesce(data_on, EARLY), func.coalesce(Loan.settled_on, literal(day, Date)))

    @property
    def named(self) -> dict[str, ColumnElement[Any]]:
        """The terms that contracts of one figure have in common."""
        return {
            "plan_id": Loan.plan_id.expression,
            "subsidy_ends_on": Loan.subsidy_ends_on.expression,
            "listed_on": self.listed_on,
            "last_day": self.last_day,
        }


def _asked(whose: Whose, day: date, terms: _Terms) -> Select[Any]:
    """Select what plans ask for, once for all contracts of the same terms: there are few different ones."""
    contracts = and_(whose.holds(Loan.borrower_id), Loan.plan_id.is_not(None))
    kinds = select(*(column.label(name) for name, column in terms.named.items())).where(contracts).distinct().subquery()
    k = kinds.c
    on, principal, interest = Instalment.due_on, fen(Instalment.principal), fen(Instalment.interest)
    counts = and_(Instalment.plan_id == k.plan_id, on > k.subsidy_ends_on, principal + interest > 0)
    is_since = and_(on < day, on > k.listed_on)
    sums = (
        select(
            *(k[name].label(f"of_{name}") for name in terms.named),
            total(on <= k.last_day, principal + interest).label("fallen"),
            total(and_(on <= k.last_day, on >= season_start(day)), principal + interest).label("season"),
            total(is_since, principal).label("principal_since"),
            total(is_since, interest).label("interest_since"),
            func.min(on).filter(on >= day).label("next_due"),
            func.min(on).filter(on > k.listed_on).label("first_since"),
        )
        .join(Instalment, counts if whose.plans is None else and_(counts, Instalment.plan_id.between(*whose.plans)))
        .group_by(*(k[name] for name in terms.named))
        .subquery("sums")
    )
    following = aliased(Instalment)
    is_next = and_(following.plan_id == sums.c.of_plan_id, following.due_on == sums.c.next_due)
    next_total = fen(following.principal) + fen(following.interest)
    return select(sums, next_total.label("next_total")).outerjoin(
        following, is_next if whose.plans is None else and_(is_next, following.plan_id.between(*whose.plans))
    )
