"""What changes a repayment plan after it was made: principal repaid early, everything called due, study gone on.

Assumptions, since no contract text is at hand: the lender's own new plan governs, and its next roster replaces what
is worked out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from models.rules.facts import InstalmentFact
from models.rules.money import from_fen, round_fen, split, to_fen
from models.rules.schedule import Terms, plan

_DAY = timedelta(days=1)
_NIL = from_fen(0)


@dataclass(frozen=True, slots=True)
class Lowered:
    """What an early repayment did, in yuan: ``principal + interest + left`` is what was paid."""

    instalments: tuple[InstalmentFact, ...]
    principal: Decimal
    interest: Decimal  # run up on that principal until the day it was settled
    left: Decimal


def lowered(instalments: Sequence[InstalmentFact], amount: Decimal, on: date, subsidy_ends_on: date) -> Lowered:
    """Take money paid early off the principal that falls due after a day.

    The money first pays the interest that the principal it repays has run up since the last due day; what remains
    to be repaid is spread again in equal parts over the due days that had principal, and each coming interest
    shrinks with the balance it is counted on. Money for all of it clears the plan.

    Args:
        instalments: the plan, oldest first, yuan.
        amount: yuan, more than 0.
        on: the day the lender settles it; what is due on that day is no longer to come.
        subsidy_ends_on: until this day no interest runs for the borrower.

    """
    before = tuple(one for one in instalments if one.due_on <= on)
    coming = tuple(one for one in instalments if one.due_on > on)
    owed = sum((one.principal for one in coming), _NIL)
    if not owed:
        return Lowered(tuple(instalments), _NIL, _NIL, amount)
    interest = run_up(instalments, on, subsidy_ends_on)
    if amount >= owed + interest:
        cleared = tuple(replace(one, principal=_NIL, interest=_NIL) for one in coming)
        return Lowered((*before, *cleared), owed, interest, amount - owed - interest)
    fen = to_fen(amount) * to_fen(owed) // (to_fen(owed) + to_fen(interest))
    principal = from_fen(fen)
    return Lowered((*before, *spread(coming, owed - principal)), principal, amount - principal, _NIL)


def spread(instalments: Sequence[InstalmentFact], principal: Decimal) -> tuple[InstalmentFact, ...]:
    """Spread another principal over the days of a plan that have some, equally, what is left over in the last.

    Less than before, no day is asked for more than it was. Interest is counted on the balance before each day, so it
    changes in the same proportion; rounded half up.
    """
    held = [to_fen(one.principal) for one in instalments if one.principal]
    if not held:
        return tuple(instalments)
    old, new = sum(held), to_fen(principal)
    parts = list(split(new, len(held))) if new > old else _levelled(held, new)
    lines = []
    for one in instalments:
        interest = round_fen(one.interest * new / old) if old else one.interest
        part = parts.pop(0) if one.principal else 0
        lines.append(replace(one, principal=from_fen(part), interest=interest))
        old -= to_fen(one.principal)
        new -= part
    return tuple(lines)


def _levelled(held: Sequence[int], total: int) -> list[int]:
    """Share less than all of it out in equal parts, none more than it was; what is left over to the last with room."""
    left, level = total, 0
    for place, part in enumerate(sorted(held)):
        level = left // (len(held) - place)
        if part > level:
            break
        left -= part
    parts = [min(part, level) for part in held]
    left = total - sum(parts)
    for place in reversed(range(len(held))):
        more = min(left, held[place] - parts[place])
        parts[place] += more
        left -= more
    return parts


def called_due(instalments: Sequence[InstalmentFact], on: date, subsidy_ends_on: date) -> tuple[InstalmentFact, ...]:
    """Bring everything still to come forward to the day the lender calls it due.

    All principal falls due then, with the interest run up until then; interest on time that has not passed is not
    owed. A contract called due in the time of study falls due on the first day after the subsidy.
    """
    on = max(on, subsidy_ends_on + _DAY)
    coming = [one for one in instalments if one.due_on > on]
    if not coming:
        return tuple(instalments)
    principal = sum((one.principal for one in coming), _NIL)
    interest = run_up(instalments, on, subsidy_ends_on)
    kept = [one for one in instalments if one.due_on <= on]
    if kept and kept[-1].due_on == on:
        last = kept.pop()
        principal, interest = principal + last.principal, interest + last.interest
    return (*kept, InstalmentFact(on, principal, interest))


def run_up(instalments: Sequence[InstalmentFact], on: date, subsidy_ends_on: date) -> Decimal:
    """Return the interest run up on a day since the last due day: its days' share of the next interest, half up."""
    following = next((one for one in instalments if one.due_on > on), None)
    begins = max((subsidy_ends_on, *(one.due_on for one in instalments if one.due_on <= on)))
    if following is None or on <= begins or following.due_on <= begins:
        return _NIL
    return round_fen(following.interest * (on - begins).days / (following.due_on - begins).days)


def replanned(instalments: Sequence[InstalmentFact], terms: Terms, today: date) -> tuple[InstalmentFact, ...]:
    """Return a plan made anew for other terms: what has fallen due stays, what has not is replaced.

    Principal that fell due in what is now time of study is planned again (there the state pays, and what was paid
    counts as paid ahead); other principal that has fallen due is not asked for twice.

    Raises:
        Refused: terms that cannot be.

    """
    kept = [one for one in instalments if one.due_on <= today]
    fallen = sum((one.principal for one in kept if one.due_on > terms.subsidy_ends_on), _NIL)
    coming = [InstalmentFact(one.due_on, one.principal, one.interest) for one in plan(terms) if one.due_on > today]
    return (*kept, *spread(coming, max(_NIL, terms.principal - fallen)))
