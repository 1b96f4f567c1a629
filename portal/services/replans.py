"""Coming instalments planned anew, after a published rate or a lender's day count changed.

Only what has not fallen due, and only lines whose interest is what our own plan made of the old terms: a figure that
came from the lender stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select, update
from sqlalchemy.orm import Session

from models.loans import Instalment, Lender, Loan, RatePeriod
from models.rules import schedule
from models.rules.imports import Phase
from models.rules.interest import DayCount
from models.rules.interest_rates import RateTable, contract_rates, interest_year
from portal.actors import Act
from portal.services.imports import applying
from portal.services.imports.watching import UNWATCHED, Watch

_Pair = tuple[dict[int, Decimal], dict[int, Decimal]]
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
    newest = select(RatePeriod.loan_id, func.max(RatePeriod.from_on).label("from_on")).group_by(RatePeriod.loan_id)
    last = newest.subquery()
    terms = (Loan.signed_on, Loan.matures_on, RatePeriod.from_on, RatePeriod.rate_percent)
    groups = session.execute(
        _running(select(*terms, func.count().label("contracts")), change, today)
        .join(last, last.c.loan_id == Loan.id)
        .join(RatePeriod, (RatePeriod.loan_id == last.c.loan_id) & (RatePeriod.from_on == last.c.from_on))
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
        updates, loan_ids = _new_interest(session, change, loans, act.today)
        if not updates:
            continue
        lines = Instalment.__table__
        session.execute(
            update(lines)  # type: ignore[arg-type]  # a mapped class's table is a Table
            .where(lines.c.loan_id == bindparam("of_loan"), lines.c.due_on == bindparam("of_day"))
            .values(interest=bindparam("new_interest")),
            updates,
        )
        contracts += len(loan_ids)
        instalments += len(updates)
        borrowers |= {row.borrower_id for row in loans if row.id in loan_ids}
    session.expire_all()  # instalments were rewritten behind the session's back
    applying.judge(session, act, borrowers, watch)
    return Replanned(contracts, instalments, len(borrowers))


def _new_interest(
    session: Session, change: Change, loans: dict[Row[*tuple[Any, ...]], _Given], today: date
) -> tuple[list[dict[str, Any]], set[int]]:
    """Return the updates of one piece of contracts, and the contracts they belong to."""
    lines: dict[int, list[Row[*tuple[Any, ...]]]] = {loan.id: [] for loan in loans}
    for line in session.execute(
        select(Instalment.loan_id, Instalment.due_on, Instalment.principal, Instalment.interest)
        .where(Instalment.loan_id.in_(lines))
        .order_by(Instalment.loan_id, Instalment.due_on)
    ):
        lines[line.loan_id].append(line)
    updates: list[dict[str, Any]] = []
    touched_ids: set[int] = set()
    for loan, given in loans.items():
        held = lines[loan.id]
        if not _is_a_plan(loan, held):
            continue
        old_rates, new_rates = change.rates(
            loan.signed_on, given, loan.subsidy_ends_on.year, interest_year(loan.matures_on)
        )
        before = _priced(loan, held, old_rates, change.old_day_count or loan.day_count)
        after = _priced(loan, held, new_rates, loan.day_count)
        coming = [
            (line, old.interest, new.interest)
            for line, old, new in zip(held, before, after, strict=True)
            if line.due_on > today
        ]
        if any(line.interest != old for line, old, _ in coming):
            continue  # not what our plan made: the lender's own figures
        for line, old, new in coming:
            if old != new:
                updates.append({"of_loan": loan.id, "of_day": line.due_on, "new_interest": new})
                touched_ids.add(loan.id)
    return updates, touched_ids


def _is_a_plan(loan: Row[*tuple[Any, ...]], lines: list[Row[*tuple[Any, ...]]]) -> bool:
    """Say whether the lines are a plan of this contract as its terms stand."""
    return (
        bool(lines)
        and lines[0].due_on > loan.subsidy_ends_on
        and sum(line.principal for line in lines) <= loan.principal
    )


def _priced(
    loan: Row[*tuple[Any, ...]], lines: list[Row[*tuple[Any, ...]]], rates: dict[int, Decimal], day_count: DayCount
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


def _pieces(session: Session, change: Change, today: date) -> Iterator[dict[Row[*tuple[Any, ...]], _Given]]:
    """Return the contracts still running whose rates differ, some at a time, in the order of their ids."""
    columns = (
        Loan.id,
        Loan.borrower_id,
        Loan.principal,
        Loan.signed_on,
        Loan.graduation_year,
        Loan.subsidy_ends_on,
        Loan.matures_on,
        Loan.grace_years,
        Loan.rate_percent,
        Lender.day_count,
    )
    wanted = (
        _running(select(*columns), change, today)
        .join(Lender, Lender.id == Loan.lender_id)
        .order_by(Loan.id)
        .limit(CHUNK)
    )
    after = 0
    while loans := session.execute(wanted.where(Loan.id > after)).all():
        after = loans[-1].id
        given = _given(session, [loan.id for loan in loans])
        yield {
            loan: given[loan.id]
            for loan in loans
            if loan.id in given and change.differs(loan.signed_on, loan.matures_on, given[loan.id], today)
        }


def _given(session: Session, loan_ids: Sequence[int]) -> dict[int, _Given]:
    rows = session.execute(
        select(RatePeriod.loan_id, RatePeriod.from_on, RatePeriod.rate_percent)
        .where(RatePeriod.loan_id.in_(loan_ids))
        .order_by(RatePeriod.from_on)
    )
    return {loan_id: _Given(from_on, rate) for loan_id, from_on, rate in rows}  # the newest comes last


def _running(wanted: Select[*tuple[Any, ...]], change: Change, today: date) -> Select[*tuple[Any, ...]]:
    wanted = wanted.where(Loan.settled_on.is_(None), Loan.matures_on > today)
    return wanted if change.lender_id is None else wanted.where(Loan.lender_id == change.lender_id)
