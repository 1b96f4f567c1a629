"""When a contract's claim becomes too old to sue on (limitation of actions), and what would keep it alive.

Civil Code 188: three years from when the creditor knew, at most twenty from the breach. Civil Code 189: a
debt in instalments counts from the due day of the last one. Civil Code 195: a demand that arrived, an
acknowledgement or a suit starts the three years again. Civil Code 192: once it is over, only the debtor's
own promise to pay gives it up; what was paid cannot be claimed back, but the rest stays barred.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.rules.calendar import add_years
from models.rules.refusals import Refused

YEARS = 3
LONGEST_YEARS = 20
WATCHED_DAYS = 180
"""How long before the end the portal begins to warn: time to serve a notice twice, and to ask the lender to sue."""


class InterruptionKind(StrEnum):
    """What starts the period again."""

    DEMAND = "demand"
    ACKNOWLEDGEMENT = "acknowledgement"  # a signed promise, a part payment, a request to defer
    SUIT = "suit"


class Effect(StrEnum):
    """What an interruption did to the period."""

    RESTARTED = "restarted"
    UNPROVEN = "unproven"
    TOO_EARLY = "too_early"  # before the last due day no period runs
    TOO_LATE = "too_late"  # the period was over


class Mend(StrEnum):
    """What would start the period again, the quickest first."""

    SERVE = "serve"  # a notice is issued and waits to be served
    PROVE = "prove"  # one was served, and its proof is too weak to count
    NOTIFY = "notify"  # in arrears: issue a notice and serve it
    ACKNOWLEDGE = "acknowledge"  # nothing to demand today: have the debt acknowledged in writing
    ANNOUNCE = "announce"  # out of touch: the lender announces it in provincial or national media
    SUE = "sue"  # the twenty years end: only a suit helps
    LENDER = "lender"  # over: ask the lender


@dataclass(frozen=True, slots=True)
class Interruption:
    """What starts the period again on the day it reached the other side. Unproven it does nothing.

    Args:
        on: the day.
        kind: what it was.
        is_proven: there is a paper that shows it.
        is_payment: money came in. While the period runs that acknowledges the debt; once it is over it gives
            nothing up by itself.
        source: whatever names the proof for the caller, such as ``notice/12``.

    """

    on: date
    kind: InterruptionKind
    is_proven: bool
    is_payment: bool = False
    source: str = ""


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


@dataclass(frozen=True, slots=True)
class Weighed:
    """An interruption, what it did, and when the period ended after it."""

    interruption: Interruption
    effect: Effect
    ends_on: date


@dataclass(frozen=True, slots=True)
class Limitation:
    """The period of one contract.

    Args:
        begins_on: the last due day; the day after is its first day.
        ends_on: last day on which the claim can still be brought without the defence of limitation.
        history: every interruption, oldest first, with what it did.
        is_capped: twenty years from the last due day end it, whatever interrupts it.

    """

    begins_on: date
    ends_on: date
    history: tuple[Weighed, ...]
    is_capped: bool

    @property
    def last(self) -> Interruption | None:
        """What started the period that runs now; ``None`` when nothing did but the last due day."""
        return next((one.interruption for one in reversed(self.history) if one.effect is Effect.RESTARTED), None)

    def days_left(self, as_of: date) -> int:
        """Return the days left until the period ends; negative when it is over."""
        return (self.ends_on - as_of).days


def judge(facts: LimitationFacts) -> Limitation:
    """Work out the period of a contract and what each interruption did to it.

    A proven interruption counts when it falls after the last due day (before it no period runs) and the
    period is not over yet; once over, only the debtor's own acknowledgement starts it anew, and a payment is
    none. Twenty years after the last due day it is over for good.
    """
    end = add_years(facts.last_due_on, YEARS)
    cap = add_years(facts.last_due_on, LONGEST_YEARS)
    history = []
    for one in sorted(facts.interruptions, key=lambda one: (one.on, one.source)):
        effect = _effect(one, facts.last_due_on, end, cap)
        if effect is Effect.RESTARTED:
            end = max(end, add_years(one.on, YEARS))
        history.append(Weighed(one, effect, min(end, cap)))
    return Limitation(facts.last_due_on, min(end, cap), tuple(history), is_capped=end >= cap)


def ends_on(facts: LimitationFacts) -> date:
    """Return the last day on which the claim can still be brought without the defence of limitation."""
    return judge(facts).ends_on


def days_left(facts: LimitationFacts, as_of: date) -> int:
    """Return the days left until the period ends; negative when it is over."""
    return judge(facts).days_left(as_of)


def mend(
    period: Limitation,
    as_of: date,
    *,
    has_notice_to_serve: bool,
    has_weak_service: bool,
    is_overdue: bool,
    is_out_of_touch: bool,
) -> Mend:
    """Say what starts the period again soonest."""
    ways = (
        (period.ends_on < as_of, Mend.LENDER),
        (period.is_capped, Mend.SUE),
        (is_out_of_touch, Mend.ANNOUNCE),
        (has_notice_to_serve, Mend.SERVE),
        (has_weak_service, Mend.PROVE),
        (is_overdue, Mend.NOTIFY),
    )
    return next((way for holds, way in ways if holds), Mend.ACKNOWLEDGE)


def window(as_of: date, days: int) -> tuple[date, date]:
    """Return (first, last) day on which what began a period must lie for it to end from today to ``days`` later.

    One day wider at each end than needed, for 29 February; the rule itself decides.
    """
    return _years_before(as_of, YEARS, -1), _years_before(date.fromordinal(as_of.toordinal() + days), YEARS, 1)


def cap_window(as_of: date, days: int) -> tuple[date, date]:
    """Return the same for a period that twenty years end."""
    last = date.fromordinal(as_of.toordinal() + days)
    return _years_before(as_of, LONGEST_YEARS, -1), _years_before(last, LONGEST_YEARS, 1)


def check(on: date, *, signed_on: date, today: date, proof: str) -> str:
    """Return the proof of an interruption told by hand, if it can be kept.

    Raises:
        Refused: a day in the future or before the contract, or no proof.

    """
    if on > today:
        raise Refused("The day lies in the future; write it down when it has happened.")
    if on < signed_on:
        raise Refused("The contract was signed on %(day)s; nothing can have interrupted it before.", day=signed_on)
    proof = " ".join(proof.split())
    if not proof:
        raise Refused("Say what proves it and where the paper is kept.")
    return proof


def _effect(one: Interruption, last_due_on: date, end: date, cap: date) -> Effect:
    if not one.is_proven:
        return Effect.UNPROVEN
    if one.on <= last_due_on:
        return Effect.TOO_EARLY
    gives_up_defence = one.kind is InterruptionKind.ACKNOWLEDGEMENT and not one.is_payment
    if one.on > cap or (one.on > end and not gives_up_defence):
        return Effect.TOO_LATE
    return Effect.RESTARTED


def _years_before(day: date, years: int, more_days: int) -> date:
    return date.fromordinal(add_years(day, -years).toordinal() + more_days)
