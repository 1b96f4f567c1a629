"""A slow and obvious model of where one borrower stands: every day lived through, every bill kept apart.

It is written from the house's rules (the bank's list is the record, our ledger fills the time since, the day after
the due day is day 1), not from the code it judges, and shares only the language of facts with it. Each contract's
life is walked day by day; bills are paid one after the other; when a payment is taken back, the whole life is walked
again without it. Nothing here is clever, so that what it says can be checked by reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from models.rules.facts import LoanFacts, Part, ReliefFact, ReliefKind, ReliefScope, RepaymentFact, StatementFact
from models.rules.standing import Standing, StandingState

DAY = timedelta(days=1)
RANGES = (("1-30", 30), ("31-90", 90), ("91-180", 180), ("181-365", 365), ("365+", 10**6))


@dataclass(slots=True)
class Bill:
    """One part of what fell due on one day, in fen."""

    due_on: date
    part: Part
    left: int


@dataclass(slots=True)
class Ledger:
    """Bills and a purse: what comes in meets the bills, part by part in the lender's order, the oldest first."""

    order: tuple[Part, ...]
    bills: list[Bill] = field(default_factory=list)
    purse: int = 0

    def owe(self, due_on: date, part: Part, amount: int) -> None:
        self.bills.append(Bill(due_on, part, amount))

    def settle(self) -> None:
        if not self.purse:
            return
        for part in self.order:
            for bill in sorted((one for one in self.bills if one.part is part), key=lambda one: one.due_on):
                used = min(self.purse, bill.left)
                bill.left -= used
                self.purse -= used

    def left(self, *parts: Part) -> int:
        return sum(bill.left for bill in self.bills if bill.part in parts)

    @property
    def total(self) -> int:
        return self.left(*Part)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the model says; amounts in yuan, days as the page shows them on the day."""

    state: StandingState
    bucket: str
    overdue_since: date | None
    days_past_due: int
    days_counted: int
    clock_stopped: bool
    overdue_principal: Decimal
    overdue_interest: Decimal
    penalty: Decimal
    overdue_this_season: Decimal
    due_this_season: Decimal
    due_cumulative: Decimal
    has_anything_due: bool
    data_on: date | None
    is_estimated: bool
    next_due_on: date | None
    next_due_amount: Decimal


def shown(standing: Standing) -> Judged:
    """Return what the rules say in the model's words, to hold the two against each other."""
    return Judged(
        state=standing.state,
        bucket=standing.bucket or "",
        overdue_since=standing.overdue_since,
        days_past_due=standing.days_past_due,
        days_counted=standing.days_counted,
        clock_stopped=standing.clock_stopped,
        overdue_principal=standing.overdue_principal,
        overdue_interest=standing.overdue_interest,
        penalty=standing.penalty,
        overdue_this_season=standing.overdue_this_season,
        due_this_season=standing.due_this_season,
        due_cumulative=standing.due_cumulative,
        has_anything_due=standing.has_anything_due,
        data_on=standing.data_on,
        is_estimated=standing.is_estimated,
        next_due_on=standing.next_due_on,
        next_due_amount=standing.next_due_amount,
    )


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract's facts, with every list of its lender ever, not only the newest."""

    facts: LoanFacts
    lists: tuple[StatementFact, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """One contract on the day, in fen."""

    state: StandingState
    since: date | None
    counted: int
    stopped: bool
    principal: int
    interest: int
    penalty: int
    season: int
    season_overdue: int
    ever: int
    data_on: date | None
    estimated: bool
    next_due_on: date | None
    next_due: int


def judge(contracts: Sequence[Contract], day: date) -> Judged:
    """Judge a borrower: the worst contract rules, amounts add up."""
    lines = [_judge(contract, day) for contract in contracts]
    overdue = [line for line in lines if line.state is StandingState.OVERDUE]
    since = min((line.since for line in overdue if line.since), default=None)
    counted = max((line.counted for line in overdue), default=0)
    coming = min((line.next_due_on for line in lines if line.next_due_on), default=None)
    owed = sum(line.principal + line.interest + line.penalty for line in overdue)
    season = sum(line.season for line in lines)
    return Judged(
        state=next((state for state in StandingState if any(line.state is state for line in lines)), _NOT_DUE),
        bucket=range_of(max(0, counted)),
        overdue_since=since,
        days_past_due=(day - since).days if since else 0,
        days_counted=max(0, counted),
        # The contract with the most days leads; it runs if any of those that lead runs.
        clock_stopped=bool(overdue) and all(line.stopped for line in overdue if line.counted == counted),
        overdue_principal=yuan(sum(line.principal for line in lines)),
        overdue_interest=yuan(sum(line.interest for line in lines)),
        penalty=yuan(sum(line.penalty for line in lines)),
        overdue_this_season=yuan(sum(line.season_overdue for line in lines)),
        due_this_season=yuan(season),
        due_cumulative=yuan(sum(line.ever for line in lines)),
        has_anything_due=bool(
            owed or season or any(line.ever for line in lines if line.state is not StandingState.SETTLED)
        ),
        data_on=min((line.data_on for line in lines if line.data_on), default=None),
        is_estimated=any(line.estimated for line in lines),
        next_due_on=coming,
        next_due_amount=yuan(sum(line.next_due for line in lines if coming and line.next_due_on == coming)),
    )


_NOT_DUE = StandingState.NOT_DUE


def range_of(days: int) -> str:
    """Return the name of the range of days; nothing for day 0."""
    return next(name for name, last in RANGES if days <= last) if days else ""


def _judge(contract: Contract, day: date) -> _Line:
    loan = contract.facts
    settled = loan.settled_on is not None and loan.settled_on <= day
    studying = not settled and day <= loan.subsidy_ends_on
    live = not settled and not studying
    newest = max((one for one in contract.lists if one.data_on <= day), key=lambda one: one.data_on, default=None)
    bills = bills_of(loan)
    last = min(day, loan.settled_on) if loan.settled_on else day
    fallen = [bill for bill in bills if bill.due_on <= last]
    opened = max(date(year, 12, 20) for year in (day.year - 1, day.year) if date(year, 12, 20) <= day)
    season = sum(bill.left for bill in fallen if bill.due_on >= opened)
    missed_season = sum(bill.left for bill in fallen if opened <= bill.due_on < day)
    ever = sum(bill.left for bill in fallen)

    ledger, since = _live(loan, newest, day) if live else (Ledger(loan.allocation), None)
    principal, interest = ledger.left(Part.PRINCIPAL), ledger.left(Part.INTEREST)
    penalty = ledger.left(Part.PENALTY)
    ever = max(ever, principal + interest)  # the bank may know of more than our plan
    season_overdue = min(principal + interest, missed_season)  # what came in went to the oldest first
    if newest is None:
        estimated = live and bool(fallen)
    else:
        listed = (fen(newest.overdue_principal), fen(newest.overdue_interest), fen(newest.penalty))
        estimated = live and (principal, interest, penalty) != listed
    if any(
        one.kind is not ReliefKind.PAUSE and one.scope is ReliefScope.ALL and holds(one, day) for one in loan.reliefs
    ):
        ever, season = ever - principal - interest, season - season_overdue
        principal = interest = penalty = season_overdue = 0

    coming = [] if settled else sorted(bill.due_on for bill in bills if bill.due_on >= day)
    due_next = sum(bill.left for bill in bills if coming and bill.due_on == coming[0])
    if settled:
        state = StandingState.SETTLED
    elif studying:
        state = StandingState.STUDYING
    elif principal + interest + penalty:
        state = StandingState.OVERDUE
    elif any(one.kind is ReliefKind.DEFERRAL and holds(one, day) for one in loan.reliefs):
        state = StandingState.DEFERRED
    else:
        state = StandingState.CURRENT if fallen else StandingState.NOT_DUE
    is_overdue = state is StandingState.OVERDUE and since is not None
    counted = _counted(loan, since, day) if since else 0
    return _Line(
        state=state,
        since=since if is_overdue else None,
        counted=counted if is_overdue else 0,
        stopped=is_overdue and counted >= 0 and stands_still(loan, day),
        principal=principal,
        interest=interest,
        penalty=penalty,
        season=season,
        season_overdue=season_overdue,
        ever=ever,
        data_on=newest.data_on if newest else None,
        estimated=estimated,
        next_due_on=coming[0] if coming else None,
        next_due=max(0, due_next - ledger.purse),
    )


def _counted(loan: LoanFacts, since: date, day: date) -> int:
    """Count day after day; while grace runs, the days still to go, negative."""
    begins = since + loan.grace_days * DAY
    if day < begins:
        return -(begins - day).days
    return sum(not stands_still(loan, one) for one in days(begins, day - DAY))


def stands_still(loan: LoanFacts, day: date) -> bool:
    """Say whether the clock stands still: a pause, or a waiver or deferral of everything."""
    return any(
        holds(one, day) and (one.kind is ReliefKind.PAUSE or one.scope is ReliefScope.ALL) for one in loan.reliefs
    )


def holds(relief: ReliefFact, day: date) -> bool:
    """Say whether a relief holds on a day: from its first day, until the day all runs again."""
    return relief.from_on <= day and (relief.to_on is None or day < relief.to_on)


def bills_of(loan: LoanFacts) -> list[Bill]:
    """Return the plan as the borrower has to meet it: without what the state pays, is waived or put off."""
    bills = []
    for line in loan.instalments:
        for part, scope, amount in (
            (Part.PRINCIPAL, ReliefScope.PRINCIPAL, line.principal),
            (Part.INTEREST, ReliefScope.INTEREST, line.interest),
        ):
            on = _falls_due(loan, line.due_on, scope)
            if on is not None and on > loan.subsidy_ends_on and amount:
                bills.append(Bill(on, part, fen(amount)))
    return bills


def _falls_due(loan: LoanFacts, on: date, scope: ReliefScope) -> date | None:
    """Put a day off for as long as deferrals hold it; nothing falls due in a waiver or an open deferral."""
    while True:
        over_it = [one for one in loan.reliefs if holds(one, on) and one.scope in {scope, ReliefScope.ALL}]
        if any(one.kind is ReliefKind.WAIVER for one in over_it):
            return None
        put_off = [one.to_on for one in over_it if one.kind is ReliefKind.DEFERRAL]
        if not put_off:
            return on
        if None in put_off:
            return None
        on = max(end for end in put_off if end is not None)


# --- a contract's life ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Life:
    """A contract's diary: what is missed and what comes in, by day."""

    loan: LoanFacts
    missed: dict[date, list[Bill]]  # by the day after the due day
    received: dict[date, list[RepaymentFact]]

    def counting(self, day: date, known_on: date) -> int:
        """Return what came in on a day, in fen, without what is known to have been taken back."""
        return sum(
            fen(one.amount)
            for one in self.received.get(day, ())
            if one.reversed_on is None or one.reversed_on > known_on
        )


def _life(loan: LoanFacts) -> _Life:
    life = _Life(loan, {}, {})
    for bill in bills_of(loan):
        life.missed.setdefault(bill.due_on + DAY, []).append(bill)
    for one in loan.repayments:
        life.received.setdefault(one.paid_on, []).append(one)
    return life


def _live(loan: LoanFacts, listed: StatementFact | None, until: date) -> tuple[Ledger, date | None]:
    """Walk from the list (or the first fact) to a day; return the ledger and the due day missed."""
    life = _life(loan)
    begins = listed.data_on if listed else _before_all(loan)
    since: date | None = None
    ledger = _opening(life, listed, begins, known_on=begins)
    if listed and ledger.total:
        since = listed.overdue_since or _missed_before(loan, begins)
    for day in days(begins + DAY, until):
        if any(one.reversed_on == day for one in loan.repayments):
            ledger = _opening(life, listed, begins, known_on=day)  # live it all again without that payment
            for earlier in days(begins + DAY, day - DAY):
                _one_day(ledger, life, earlier, after=begins, known_on=day)
        _one_day(ledger, life, day, after=begins, known_on=day)
        if not ledger.total:
            since = None
        elif since is None:
            since = day - DAY
    return ledger, since


def _one_day(ledger: Ledger, life: _Life, day: date, *, after: date, known_on: date) -> None:
    """Live one day: what fell due yesterday is overdue, then what comes in today is used."""
    for bill in life.missed.get(day, ()):
        if bill.due_on > after:
            ledger.owe(bill.due_on, bill.part, bill.left)
    ledger.settle()
    ledger.purse += life.counting(day, known_on)
    ledger.settle()


def _opening(life: _Life, listed: StatementFact | None, begins: date, *, known_on: date) -> Ledger:
    """Open the ledger: empty, or with the bank's figures and what was taken back since they were drawn up."""
    ledger = Ledger(life.loan.allocation)
    if listed is None:
        return ledger
    then = _ours(life, begins, known_on=begins)
    now = _ours(life, begins, known_on=known_on)
    for part, figure in (
        (Part.PRINCIPAL, listed.overdue_principal),
        (Part.INTEREST, listed.overdue_interest),
        (Part.PENALTY, listed.penalty),
    ):
        came_back = max(0, now.left(part) - then.left(part))
        ledger.owe(begins, part, fen(figure) + came_back)
    if not ledger.total:
        # Nothing is overdue: what was paid ahead waits in the purse. Where our own ledger disagrees with the bank,
        # older payments are missing from it, and what came in since the last due day was paid ahead.
        last = max((bill.due_on for bill in bills_of(life.loan) if bill.due_on <= begins), default=date.min)
        recent = [day for day in life.received if last < day <= begins]
        ledger.purse = sum(life.counting(day, known_on) for day in recent) if now.total else now.purse
    return ledger


def _ours(life: _Life, data_on: date, *, known_on: date) -> Ledger:
    """Return our own ledger of all that is dated on or before the data date, the dues of that very day included."""
    ledger = Ledger(life.loan.allocation)
    for day in days(_before_all(life.loan), data_on):
        _one_day(ledger, life, day, after=date.min, known_on=known_on)
    for bill in life.missed.get(data_on + DAY, ()):
        ledger.owe(bill.due_on, bill.part, bill.left)
    ledger.settle()
    return ledger


def _missed_before(loan: LoanFacts, data_on: date) -> date:
    """Return the due day missed when the list does not name it: by our ledger, else the newest of the plan."""
    ours, since = _live(loan, None, data_on)
    if ours.total and since:
        return since
    return max((bill.due_on for bill in bills_of(loan) if bill.due_on < data_on), default=data_on - DAY)


def _before_all(loan: LoanFacts) -> date:
    """Return the day before the first thing of this contract: nothing can happen on it."""
    firsts = [bill.due_on for bill in bills_of(loan)] + [one.paid_on for one in loan.repayments]
    return min([*firsts, loan.matures_on]) - DAY


# --- days and money ---------------------------------------------------------------------------------------------------


def days(first: date, last: date) -> Iterator[date]:
    """Yield every day from the first to the last, both included."""
    for offset in range((last - first).days + 1):
        yield first + offset * DAY


def fen(amount: Decimal) -> int:
    return int(amount * 100)


def yuan(amount: int) -> Decimal:
    return Decimal(amount) / 100
