"""When a contract's claim becomes too old to sue on (limitation of actions).

Civil Code 188: three years from when the creditor knew, at most twenty from the breach. Civil Code 189: a
debt in instalments counts from the due day of the last one. Civil Code 195: a demand that arrived, an
acknowledgement or a suit starts the three years again. Civil Code 192: once it is over, only the debtor's
own promise to pay gives it up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.rules.calendar import add_years

YEARS = 3
LONGEST_YEARS = 20


class InterruptionKind(StrEnum):
    """What starts the period again."""

    DEMAND = "demand"
    ACKNOWLEDGEMENT = "acknowledgement"  # a signed promise, a part payment, a request to defer
    SUIT = "suit"


@dataclass(frozen=True, slots=True)
class Interruption:
    """What starts the period again on the day it reached the other side. Unproven it does nothing."""

    on: date
    kind: InterruptionKind
    is_proven: bool


@dataclass(frozen=True, slots=True)
class LimitationFacts:
    """What the period of one contract is judged from.

    Args:
        matures_on: due day of the last instalment.
        interruptions: demands, acknowledgements and suits, in any order.
        accelerated_on: day the lender called the whole loan due early, if it did.

    """

    matures_on: date
    interruptions: tuple[Interruption, ...] = ()
    accelerated_on: date | None = None

    @property
    def last_due_on(self) -> date:
        """Day the last instalment is due, acceleration included."""
        if self.accelerated_on is None:
            return self.matures_on
        return min(self.matures_on, self.accelerated_on)


def ends_on(facts: LimitationFacts) -> date:
    """Return the last day on which the claim can still be brought without the defence of limitation.

    A proven interruption counts when it falls after the last due day (before it no period runs) and the
    period is not over yet; once over, only an acknowledgement starts it anew. Twenty years after the last
    due day it is over for good.
    """
    end = add_years(facts.last_due_on, YEARS)
    cap = add_years(facts.last_due_on, LONGEST_YEARS)
    for interruption in sorted(facts.interruptions, key=lambda one: one.on):
        if not interruption.is_proven or interruption.on <= facts.last_due_on:
            continue
        if interruption.on <= end or interruption.kind is InterruptionKind.ACKNOWLEDGEMENT:
            end = max(end, add_years(interruption.on, YEARS))
    return min(end, cap)


def days_left(facts: LimitationFacts, as_of: date) -> int:
    """Return the days left until the period ends; negative when it is over."""
    return (ends_on(facts) - as_of).days
