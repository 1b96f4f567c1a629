"""Each entry that moved what is overdue under a contract, so that the figures can be added up by hand.

Nothing is worked out a second time: the ledger of :mod:`models.rules.allocation` is walked once for each further
entry, and an entry's effect is the difference it made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from models.rules.allocation import NOTHING, Arrears, Due, arrears, dues_of, paid_by, walk
from models.rules.facts import LoanFacts, StatementFact
from models.rules.money import from_fen, to_fen

_DAY = timedelta(days=1)


class MovementKind(StrEnum):
    """What moved the figures."""

    LIST = "list"  # what the lender's list says
    TAKEN_BACK = "taken_back"  # a payment from before the list was reversed after it
    AHEAD = "ahead"  # paid ahead at the time of the list
    FELL_DUE = "fell_due"  # not paid on its due day: overdue from the day after
    AHEAD_USED = "ahead_used"  # what was paid ahead, used for what fell due
    PAID = "paid"
    SUSPENDED = "suspended"  # waived or deferred as a whole for the time being


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry and the change it made, yuan; the changes of all entries add up to what is overdue.

    Args:
        on: the day of the entry.
        kind: what it was.
        amount: yuan that came in or fell due.
        principal: change of the overdue principal.
        interest: change of the overdue interest.
        penalty: change of the penalty.
        ahead: change of what was paid ahead.

    """

    on: date
    kind: MovementKind
    amount: Decimal
    principal: Decimal
    interest: Decimal
    penalty: Decimal
    ahead: Decimal


def movements(loan: LoanFacts, as_of: date) -> tuple[Movement, ...]:
    """Return every entry since the list (or since the beginning without one) up to a day, oldest first.

    Args:
        loan: with early repayments and a calling due worked in, see :func:`models.rules.allocation.carried`.
        as_of: the day.

    """
    dues = dues_of(loan)
    statement = listed_on(loan, as_of)
    if statement is None:
        return tuple(_entries(loan, dues, date.min, NOTHING, as_of))
    opened = statement.data_on
    before = replace(loan, repayments=tuple(one for one in loan.repayments if one.paid_on <= opened))
    start = arrears(before, tuple(due for due in dues if due.on <= opened), as_of)
    listed = Arrears(to_fen(statement.overdue_principal), to_fen(statement.overdue_interest), to_fen(statement.penalty))
    found = [_movement(opened, MovementKind.LIST, listed.total, NOTHING, listed)]
    if start.total > listed.total:
        returned = replace(start, credit=0)
        found.append(_movement(opened, MovementKind.TAKEN_BACK, start.total - listed.total, listed, returned))
    if start.credit:
        found.append(_movement(opened, MovementKind.AHEAD, start.credit, replace(start, credit=0), start))
    return (*found, *_entries(loan, dues, opened, start, as_of))


def listed_on(loan: LoanFacts, as_of: date) -> StatementFact | None:
    """Return what the bank's list says, if there was one by the day."""
    statement = loan.statement
    return statement if statement is not None and statement.data_on <= as_of else None


def suspended(day: date, owed: Arrears) -> Movement:
    """Return the entry that takes everything off for as long as a waiver or deferral of everything is in force."""
    return _movement(day, MovementKind.SUSPENDED, owed.total, owed, replace(NOTHING, credit=owed.credit))


def _entries(loan: LoanFacts, dues: tuple[Due, ...], opened: date, start: Arrears, as_of: date) -> list[Movement]:
    """Walk the ledger entry by entry; the order of a day is the ledger's own: fallen due before paid."""
    coming = [due for due in dues if opened < due.on < as_of]
    paid = [payment for payment in paid_by(loan, as_of) if payment[0] > opened]
    entries: list[tuple[date, int, int, int]] = [(due.on + _DAY, 0, due.principal, due.interest) for due in coming]
    entries += [(on, 1, fen, 0) for on, fen in paid]
    known_dues: list[Due] = []
    known_payments: list[tuple[date, int]] = []
    state = start
    found: list[Movement] = []
    for on, is_payment, fen, interest in sorted(entries):
        if is_payment:
            known_payments.append((on, fen))
            gross = state
        else:
            known_dues.append(Due(on - _DAY, fen, interest))
            gross = replace(state, principal=state.principal + fen, interest=state.interest + interest)
            found.append(_movement(on, MovementKind.FELL_DUE, fen + interest, state, gross))
        after = walk(start, known_dues, known_payments, as_of, loan.allocation)
        if is_payment:
            found.append(_movement(on, MovementKind.PAID, fen, state, after))
        elif after != gross:
            found.append(_movement(on, MovementKind.AHEAD_USED, state.credit - after.credit, gross, after))
        state = after
    return found


def _movement(on: date, kind: MovementKind, amount: int, before: Arrears, after: Arrears) -> Movement:
    return Movement(
        on,
        kind,
        from_fen(amount),
        from_fen(after.principal - before.principal),
        from_fen(after.interest - before.interest),
        from_fen(after.penalty - before.penalty),
        from_fen(after.credit - before.credit),
    )
