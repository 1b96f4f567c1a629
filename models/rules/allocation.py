"""Our own ledger of one loan, in whole fen: what fell due, what came in, what is left of it.

Everything is worked out from the facts for the day asked about, never from a running balance, so the order
in which facts were entered cannot matter and a backdated or reversed fact needs no undoing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from models.rules.facts import InstalmentFact, LoanFacts, Part, ReliefFact, ReliefKind, ReliefScope, RepaymentKind
from models.rules.money import from_fen, to_fen
from models.rules.plan_changes import called_due, lowered

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """What falls due on one day after reliefs, in fen."""

    on: date
    principal: int
    interest: int

    @property
    def total(self) -> int:
        """Principal and interest, fen."""
        return self.principal + self.interest


@dataclass(frozen=True, slots=True)
class Arrears:
    """What is overdue, and what was paid ahead (``credit``), in fen."""

    principal: int = 0
    interest: int = 0
    penalty: int = 0
    credit: int = 0

    @property
    def due(self) -> int:
        """Overdue principal and interest, fen: the part that can be compared with what fell due."""
        return self.principal + self.interest

    @property
    def total(self) -> int:
        """Everything overdue, fen."""
        return self.principal + self.interest + self.penalty


NOTHING = Arrears()


def allocate(amount: int, owed: Mapping[Part, int], order: Iterable[Part]) -> tuple[dict[Part, int], int]:
    """Use a payment up part by part.

    Args:
        amount: fen, 0 or more.
        owed: fen owed of each part.
        order: which part is paid first.

    Returns:
        What is still owed of each part, and what is left of the payment.

    """
    left = dict(owed)
    for part in order:
        used = min(amount, left[part])
        left[part] -= used
        amount -= used
    return left, amount


def dues_of(loan: LoanFacts) -> tuple[Due, ...]:
    """Return what the loan's plan asks for after reliefs, by day.

    What the plan puts inside the subsidy is not the borrower's to pay (a longer study brings a new plan); a
    waiver takes its part away; a deferral moves it to the day it ends, and an open one for as long as it is
    open. What is repaid early lowers what comes after it; called due, everything still to come falls due that day.
    """
    return _dues(carried(loan))


def carried(loan: LoanFacts) -> LoanFacts:
    """Return a loan with early repayments and a calling due worked into its plan.

    Money paid early is used for what is overdue on the day it is settled first (Civil Code 560); only the rest
    lowers the principal to come, and what is left of the money after that is an ordinary payment. A list of a later
    data date holds what became of the arrears, so then all of it is taken as paid ahead.
    """
    early = sorted((one for one in loan.repayments if one.lowers_plan), key=lambda one: (one.paid_on, one.amount))
    if not early and loan.accelerated_on is None:
        return loan
    loan = replace(
        loan,
        instalments=tuple(sorted(loan.instalments, key=lambda one: one.due_on)),
        repayments=tuple(one for one in loan.repayments if not one.lowers_plan),
    )
    for one in early:
        if loan.accelerated_on is not None and loan.accelerated_on < one.paid_on:
            loan = _called_due(loan)
        is_listed = loan.statement is not None and loan.statement.data_on >= one.paid_on
        overdue = 0 if is_listed else min(to_fen(one.amount), arrears(loan, _dues(loan), one.paid_on).total)
        ahead = one.amount - from_fen(overdue)
        if not ahead:
            loan = replace(loan, repayments=(*loan.repayments, replace(one, kind=RepaymentKind.PAYMENT)))
            continue
        result = lowered(loan.instalments, ahead, one.paid_on, loan.subsidy_ends_on)
        rest = from_fen(overdue) + result.left
        loan = replace(loan, instalments=result.instalments)
        if rest:
            payment = replace(one, amount=rest, kind=RepaymentKind.PAYMENT)
            loan = replace(loan, repayments=(*loan.repayments, payment))
    return _called_due(loan)


def _called_due(loan: LoanFacts) -> LoanFacts:
    if loan.accelerated_on is None:
        return loan
    instalments = called_due(loan.instalments, loan.accelerated_on, loan.subsidy_ends_on)
    return replace(loan, instalments=instalments, accelerated_on=None)


def _dues(loan: LoanFacts) -> tuple[Due, ...]:
    """Return what a plan asks for after reliefs; what changes the plan is worked into it already."""
    by_day: dict[date, tuple[int, int]] = {}
    for instalment in loan.instalments:
        for on, principal, interest in _after_reliefs(instalment, loan.reliefs):
            if on > loan.subsidy_ends_on and principal + interest > 0:
                before = by_day.get(on, (0, 0))
                by_day[on] = (before[0] + principal, before[1] + interest)
    return tuple(Due(on, *amounts) for on, amounts in sorted(by_day.items()))


def _after_reliefs(instalment: InstalmentFact, reliefs: tuple[ReliefFact, ...]) -> Iterable[tuple[date, int, int]]:
    """Yield (day, principal, interest) of an instalment; its two parts may take different ways."""
    for scope, fen in (
        (ReliefScope.PRINCIPAL, to_fen(instalment.principal)),
        (ReliefScope.INTEREST, to_fen(instalment.interest)),
    ):
        on = falls_on(instalment.due_on, scope, reliefs)
        if on is not None:
            yield (
                on,
                fen if scope is ReliefScope.PRINCIPAL else 0,
                fen if scope is ReliefScope.INTEREST else 0,
            )


def falls_on(due_on: date, scope: ReliefScope, reliefs: tuple[ReliefFact, ...]) -> date | None:
    """Return the day a part falls due after reliefs, or ``None`` when it never does."""
    touching = [one for one in reliefs if one.scope in {scope, ReliefScope.ALL}]
    while True:
        held = [one for one in touching if one.in_force(due_on)]
        if any(one.kind is ReliefKind.WAIVER for one in held):
            return None
        ends = [one.to_on for one in held if one.kind is ReliefKind.DEFERRAL]
        if not ends:
            return due_on
        known = [end for end in ends if end is not None]
        if len(known) < len(ends):
            return None
        due_on = max(known)


def paid_by(loan: LoanFacts, as_of: date) -> list[tuple[date, int]]:
    """Return (day, fen) of the repayments that count on the day: received, and not reversed by then."""
    return [
        (one.paid_on, to_fen(one.amount))
        for one in carried(loan).repayments
        if one.paid_on <= as_of and (one.reversed_on is None or one.reversed_on > as_of)
    ]


def walk(
    start: Arrears,
    dues: Iterable[Due],
    payments: Iterable[tuple[date, int]],
    as_of: date,
    order: tuple[Part, ...],
) -> Arrears:
    """Carry arrears forward to a day: what falls due is overdue the day after, a payment counts on its day.

    Args:
        start: where to start from.
        dues: what falls due after that.
        payments: what came in after that.
        as_of: the day to arrive at; later entries are ignored.
        order: allocation order.

    """
    # On one day what has become overdue comes before what was paid.
    entries: list[tuple[date, int, int, int]] = [
        (due.on + _DAY, 0, due.principal, due.interest) for due in dues if due.on < as_of
    ]
    entries += [(paid_on, 1, amount, 0) for paid_on, amount in payments if paid_on <= as_of]
    entries.sort()
    owed = {Part.PENALTY: start.penalty, Part.INTEREST: start.interest, Part.PRINCIPAL: start.principal}
    credit = start.credit
    for _, is_payment, amount, interest in entries:
        if is_payment:
            credit += amount
        else:
            owed[Part.PRINCIPAL] += amount
            owed[Part.INTEREST] += interest
        owed, credit = allocate(credit, owed, order)
    return Arrears(owed[Part.PRINCIPAL], owed[Part.INTEREST], owed[Part.PENALTY], credit)


def arrears(loan: LoanFacts, dues: tuple[Due, ...], as_of: date) -> Arrears:
    """Return what is overdue on the day: the bank's figure, carried forward by our ledger.

    All that is dated on or before the data date is in the bank's figure already, except a repayment
    reversed since: that comes back as what our ledger had used it for. Without a statement our ledger
    speaks alone. No penalty is added by us: the bank's figure stands until its next list.
    """
    statement = loan.statement
    if statement is None or statement.data_on > as_of:
        return walk(NOTHING, dues, paid_by(loan, as_of), as_of, loan.allocation)
    data_on = statement.data_on
    then = _ledger_on_list(loan, dues, data_on, data_on)
    now = _ledger_on_list(loan, dues, data_on, as_of) if _reversed_since(loan, data_on, as_of) else then
    start = Arrears(
        principal=to_fen(statement.overdue_principal) + max(0, now.principal - then.principal),
        interest=to_fen(statement.overdue_interest) + max(0, now.interest - then.interest),
        penalty=to_fen(statement.penalty),
    )
    if not start.total:
        start = Arrears(credit=_credit(loan, dues, data_on, as_of, now))
    return walk(
        start,
        (due for due in dues if due.on > data_on),
        (payment for payment in paid_by(loan, as_of) if payment[0] > data_on),
        as_of,
        loan.allocation,
    )


def _ledger_on_list(loan: LoanFacts, dues: tuple[Due, ...], data_on: date, known_on: date) -> Arrears:
    """Return what our ledger says of all that is dated on or before a list's data date."""
    payments = [payment for payment in paid_by(loan, known_on) if payment[0] <= data_on]
    return walk(NOTHING, dues, payments, data_on + _DAY, loan.allocation)


def _reversed_since(loan: LoanFacts, data_on: date, as_of: date) -> bool:
    return any(
        one.reversed_on is not None and one.paid_on <= data_on < one.reversed_on <= as_of for one in loan.repayments
    )


def _credit(loan: LoanFacts, dues: tuple[Due, ...], data_on: date, as_of: date, ours: Arrears) -> int:
    """Return what was paid ahead when the bank says nothing is overdue.

    Where our ledger agrees that nothing is overdue, its own credit. Where it does not, older repayments are
    missing from it: what came in since the last due day is then taken as paid ahead, so that nobody is
    called overdue for an instalment paid in the weeks before a list. The next list settles it.
    """
    if not ours.total:
        return ours.credit
    last = max((due.on for due in dues if due.on <= data_on), default=date.min)
    return sum(fen for paid_on, fen in paid_by(loan, as_of) if last < paid_on <= data_on)


def overdue_since(loan: LoanFacts, dues: tuple[Due, ...], as_of: date) -> date:
    """Return the due day that opened the present unbroken run of days with anything overdue.

    Part payments do not end a run; only a day on which everything is clear does. For a
    payment reversed it is the day before the reversal. Ask only when something is
    overdue.
    """
    statement = loan.statement
    if statement is not None and statement.data_on > as_of:
        statement = None
    opened = statement.data_on if statement else date.min
    turns = {due.on + _DAY for due in dues}
    for one in loan.repayments:
        turns.add(one.paid_on)
        if one.reversed_on is not None:
            turns.add(one.reversed_on)
    since = as_of - _DAY
    for turn in sorted((day for day in turns if opened < day <= as_of), reverse=True):
        if not arrears(loan, dues, turn).total:
            return since
        since = turn - _DAY
    if statement is None or not arrears(loan, dues, opened).total:
        return since
    return statement.overdue_since or _since_by_ledger(loan, dues, opened)


def _since_by_ledger(loan: LoanFacts, dues: tuple[Due, ...], data_on: date) -> date:
    """Return since when a listed loan is overdue when the list does not say: by our ledger, else plan."""
    alone = replace(loan, statement=None)
    if arrears(alone, dues, data_on).total:
        return overdue_since(alone, dues, data_on)
    return max((due.on for due in dues if due.on < data_on), default=data_on - _DAY)
