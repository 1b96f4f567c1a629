"""Coming instalments planned anew, after a published rate or a lender's day count changed.

Only what has not fallen due, and only lines whose interest is what our own plan made of the old terms: a figure that
came from the lender stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Row, Select, Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from models.loans import Lender, Loan, RatePeriod
from models.rules import schedule
from models.rules.facts import InstalmentFact
from models.rules.imports import Phase
from models.rules.interest import DayCount
from models.rules.interest_rates import RateTable, contract_rates, interest_year
from models.rules.repayment_plans import PlanContent
from portal.actors import Act
from portal.queries.repayment_plans import contents
from portal.services import repayment_plans
from portal.services.imports import applying
from portal.services.imports.watching import UNWATCHED, Watch

_Pair = tuple[dict[int, Decimal], dict[int, Decimal]]
_Loan = Row[*tuple[Any, ...]]
_TERMS = {
    "principal": Loan.principal,
    "signed_on": Loan.signed_on,
    "graduation_year": Loan.graduation_year,
    "subsidy_ends_on": Loan.subsidy_ends_on,
    "matures_on": Loan.matures_on,
    "grace_years": Loan.grace_years,
    "rate_percent": Loan.rate_percent,
    "day_count": Lender.day_count,
}
CHUNK = 1_000  # contracts at a time: bounds memory and the length of an IN list


@dataclass(frozen=True, slots=True)
class _Given:
    """The newest figure a lender gave for a contract's rate."""

    from_on: date
    rate_pct: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """What changes under the plans.

    Attributes:
        old: published rates before.
        new: published rates from now on.
        lender_id: only this lender's contracts; ``None`` for all.
        old_day_count: how that lender's days were counted before; ``None``: as they are now.

    """

    old: RateTable
    new: RateTable
    lender_id: int | None = None
    old_day_count: DayCount | None = None
    _known: dict[object, _Pair] = field(default_factory=dict, init=False, repr=False, compare=False)

    def rates(self, signed_on: date, given: _Given, first: int, last: int) -> _Pair:
        """Return a contract's rates by interest year before and after; contracts of one kind share them."""
        key = signed_on, given, first, last
        if key not in self._known:
            figures = {interest_year(given.from_on): given.rate_pct}
            years = range(first, last + 1)
            self._known[key] = (
                contract_rates(self.old, signed_on=signed_on, given=figures, years=years),
                contract_rates(self.new, signed_on=signed_on, given=figures, years=years),
            )
        return self._known[key]

    def differs(self, signed_on: date, matures_on: date, given: _Given, today: date) -> bool:
        """Say whether it may change what falls due under a contract after today."""
        if self.old_day_count is not None:
            return True
        before, after = self.rates(signed_on, given, interest_year(today), interest_year(matures_on))
        return before != after


@dataclass(frozen=True, slots=True)
class Replanned:
    """How much was planned anew."""

    contracts: int = 0
    instalments: int = 0
    borrowers: int = 0


def touched(session: Session, change: Change, today: date) -> int:
    """Count the contracts whose coming instalments a change plans anew: one grouped query, whatever their number."""
    newest = select(RatePeriod.plan_id, func.max(RatePeriod.from_on).label("from_on")).group_by(RatePeriod.plan_id)
    last = newest.subquery()
    terms = (Loan.signed_on, Loan.matures_on, RatePeriod.from_on, RatePeriod.rate_percent)
    groups = session.execute(
        _running(select(*terms, func.count().label("contracts")), change, today)
        .join(last, last.c.plan_id == Loan.plan_id)
        .join(RatePeriod, (RatePeriod.plan_id == last.c.plan_id) & (RatePeriod.from_on == last.c.from_on))
        .group_by(*terms)
    )
    return sum(
        row.contracts
        for row in groups
        if change.differs(row.signed_on, row.matures_on, _Given(row.from_on, row.rate_percent), today)
    )


def replan(session: Session, *, act: Act, change: Change, watch: Watch = UNWATCHED) -> Replanned:
    """Plan the coming instalments of all contracts a change touches, and judge their borrowers anew.

    Args:
        session: a writing session in which the change is written already; contracts come in bounded pieces.
        act: who changed the terms.
        change: what changed.
        watch: told how far it is.

    """
    contracts = instalments = seen = 0
    borrowers: set[int] = set()
    total = session.scalar(_running(select(func.count()).select_from(Loan), change, act.today)) or 0
    for loans in _pieces(session, change, act.today):
        watch.at(Phase.WRITE, min(seen, total), total)
        seen += len(loans)
        anew = _planned_anew(change, loans, act.today)
        if not anew:
            continue
        ids = repayment_plans.keep(session, [content for content, _ in anew.values()])
        table = cast("Table", Loan.__table__)
        session.execute(
            update(table).where(table.c.id == bindparam("loan_id")).values(plan_id=bindparam("new_plan_id")),
            [{"loan_id": loan.id, "new_plan_id": plan_id} for loan, plan_id in zip(anew, ids, strict=True)],
        )
        contracts += len(anew)
        instalments += sum(count for _, count in anew.values())
        borrowers |= {loan.borrower_id for loan in anew}
    session.expire_all()  # contracts were rewritten behind the session's back
    applying.judge(session, act, borrowers, watch)
    return Replanned(contracts, instalments, len(borrowers))


def _planned_anew(
    change: Change, loans: Mapping[_Loan, PlanContent], today: date
) -> dict[_Loan, tuple[PlanContent, int]]:
    """Return the new plan of each contract of a piece that gets one, and how many instalments it changes."""
    found: dict[_Loan, tuple[PlanContent, int]] = {}
    known: dict[tuple[Any, ...], tuple[PlanContent, int]] = {}
    for loan, plan in loans.items():
        key = (loan.plan_id, *(getattr(loan, name) for name in _TERMS))
        if key not in known:
            known[key] = _new_plan(change, loan, plan, today)
        if known[key][1]:
            found[loan] = known[key]
    return found


def _new_plan(change: Change, loan: _Loan, plan: PlanContent, today: date) -> tuple[PlanContent, int]:
    """Return a contract's plan with its new interest, and how many lines differ: none where they are not ours."""
    lines = plan.instalments
    if not _is_a_plan(loan, lines):
        return plan, 0
    given = _Given(*plan.rates[-1])
    old_rates, new_rates = change.rates(
        loan.signed_on, given, loan.subsidy_ends_on.year, interest_year(loan.matures_on)
    )
    before = _priced(loan, lines, old_rates, change.old_day_count or loan.day_count)
    after = _priced(loan, lines, new_rates, loan.day_count)
    coming = [place for place, line in enumerate(lines) if line.due_on > today]
    if any(lines[place].interest != before[place].interest for place in coming):
        return plan, 0  # not what our plan made: the lender's own figures
    differing = [place for place in coming if before[place].interest != after[place].interest]
    new = list(lines)
    for place in differing:
        new[place] = replace(lines[place], interest=after[place].interest)
    return replace(plan, instalments=tuple(new)), len(differing)


def _is_a_plan(loan: _Loan, lines: Sequence[InstalmentFact]) -> bool:
    """Say whether the lines are a plan of this contract as its terms stand."""
    return (
        bool(lines)
        and lines[0].due_on > loan.subsidy_ends_on
        and sum(line.principal for line in lines) <= loan.principal
    )


def _priced(
    loan: _Loan, lines: Sequence[InstalmentFact], rates: dict[int, Decimal], day_count: DayCount
) -> tuple[schedule.PlannedInstalment, ...]:
    terms = schedule.Terms(
        principal=loan.principal,
        signed_on=loan.signed_on,
        graduation_year=loan.graduation_year,
        subsidy_ends_on=loan.subsidy_ends_on,
        matures_on=loan.matures_on,
        grace_years=loan.grace_years,
        rate_pct=loan.rate_percent,
        day_count=day_count,
        rates=rates,
    )
    return schedule.with_interest([(line.due_on, line.principal) for line in lines], terms)


def _pieces(session: Session, change: Change, today: date) -> Iterator[dict[_Loan, PlanContent]]:
    """Yield the contracts still running whose rates differ, each with its plan, some at a time in the order of ids."""
    wanted = (
        _running(select(Loan.id, Loan.borrower_id, Loan.plan_id, *_TERMS.values()), change, today)
        .join(Lender, Lender.id == Loan.lender_id)
        .order_by(Loan.id)
        .limit(CHUNK)
    )
    after = 0
    while loans := session.execute(wanted.where(Loan.id > after)).all():
        after = loans[-1].id
        plans = contents(session, {loan.plan_id for loan in loans})
        yield {
            loan: plans[loan.plan_id]
            for loan in loans
            if (rates := plans[loan.plan_id].rates)
            and change.differs(loan.signed_on, loan.matures_on, _Given(*rates[-1]), today)
        }


def _running(wanted: Select[*tuple[Any, ...]], change: Change, today: date) -> Select[*tuple[Any, ...]]:
    wanted = wanted.where(Loan.settled_on.is_(None), Loan.matures_on > today)
    return wanted if change.lender_id is None else wanted.where(Loan.lender_id == change.lender_id)
