"""“I have paid already”: what a list answers to it.

A claim is found when money has come in that was not known when it was made, or the debt stands no longer. It is not
found only when a list had to show the payment: the lender settles on its day and shows the result some days after,
so an older list proves nothing. A claim not found may be found by a later list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from models.rules.lenders import Profile, visible_from
from models.rules.workflows import Move, Workflow

_BEFORE = timedelta(days=62)
"""How long before the claim the payment may have been made: two of the lender's monthly runs."""


class ClaimState(StrEnum):
    """Where a claim stands."""

    OPEN = "open"
    FOUND = "found"
    NOT_FOUND = "not_found"


class ClaimStep(StrEnum):
    """What the portal does with a claim when a list comes in, or is taken back."""

    FIND = "find"
    MISS = "miss"
    REOPEN = "reopen"


# Only the portal moves a claim: a list answers it, whoever applied that.
CLAIM = Workflow(
    "claim",
    ClaimState.OPEN,
    {
        (ClaimState.OPEN, ClaimStep.FIND): Move(ClaimState.FOUND, None),
        (ClaimState.OPEN, ClaimStep.MISS): Move(ClaimState.NOT_FOUND, None),
        (ClaimState.NOT_FOUND, ClaimStep.FIND): Move(ClaimState.FOUND, None),
        (ClaimState.FOUND, ClaimStep.REOPEN): Move(ClaimState.OPEN, None),
        (ClaimState.NOT_FOUND, ClaimStep.REOPEN): Move(ClaimState.OPEN, None),
    },
)


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that became known after the claim was made."""

    repayment_id: int
    paid_on: date


def payment_meant(claimed_on: date, payments: Iterable[Paid]) -> Paid | None:
    """Return the payment a claim is about: the newest that it can mean."""
    meant = [one for one in payments if one.paid_on >= claimed_on - _BEFORE]
    return max(meant, key=lambda one: (one.paid_on, one.repayment_id), default=None)


def must_show(claimed_on: date, listed_on: date, profiles: Iterable[Profile]) -> bool:
    """Say whether a list of this data date had to show a payment made by the day of the claim."""
    return all(listed_on >= visible_from(claimed_on, profile) for profile in profiles)
