"""The default rate: a share that is compared as integers and shown truncated.

Works on heads (people) and on money (fen) alike. A school with 50 of 999 shows 5.0 and yet misses a target
of 5, so the shown figure is never compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

TARGET_PCT = 5
"""The project's target, per cent; the aim is 0."""

NOT_MEASURABLE = "—"
"""Shown for 0 of 0: nobody owes anything, which is not the same as a rate of nil."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``bad`` out of ``all``: people, or fen.

    ``bad`` may pass ``all`` by money, when older arrears are set against the due of one season.

    Raises:
        ValueError: a negative count.

    """

    bad: int
    all: int

    def __post_init__(self) -> None:
        if self.bad < 0 or self.all < 0:
            raise ValueError("A rate is made of counts of 0 or more.")

    @property
    def is_measurable(self) -> bool:
        """Say whether there is anything to measure."""
        return self.all > 0

    @property
    def shown(self) -> str:
        """Per cent, truncated to one decimal (published rates are truncated, not rounded)."""
        if not self.is_measurable:
            return NOT_MEASURABLE
        whole, tenth = divmod(self.bad * 1000 // self.all, 10)
        return f"{whole}.{tenth}"

    def exceeds(self, target: int = TARGET_PCT) -> bool:
        """Say whether the rate is above the target (per cent). Exactly on the line is inside."""
        return 100 * self.bad > target * self.all

    def most_allowed(self, target: int = TARGET_PCT) -> int:
        """Return how many bad ones the target allows for this many in all."""
        return target * self.all // 100

    def cures_needed(self, target: int = TARGET_PCT) -> int:
        """Return how many bad ones must become good (staying in the denominator) to be inside the target."""
        return max(0, self.bad - self.most_allowed(target))

    def without_one(self) -> Rate:
        """Return the rate if one more borrower were cured: the effect of one."""
        return Rate(max(0, self.bad - 1), self.all)


def pooled(rates: tuple[Rate, ...]) -> Rate:
    """Add several rates up: bad to bad, all to all (never the mean of rates)."""
    return Rate(sum(rate.bad for rate in rates), sum(rate.all for rate in rates))


class Basis(StrEnum):
    """Which dues the rate by money divides by."""

    SEASON = "season"  # fallen due since the last 20 December
    CUMULATIVE = "cumulative"  # ever fallen due


@dataclass(frozen=True, slots=True)
class RateDefinition:
    """What counts as default. No official text with a formula was found, so the definition is a setting and is shown.

    Attributes:
        key: its name, stored with each published figure.
        basis: the dues the rate by money is over; penalty is in neither part.
        least_days: days past due from which a borrower counts as in default.

    """

    key: str
    basis: Basis
    least_days: int = 1


DEFINITIONS = {
    one.key: one
    for one in (
        RateDefinition("season", Basis.SEASON),
        RateDefinition("cumulative", Basis.CUMULATIVE),
        RateDefinition("over-90-days", Basis.CUMULATIVE, least_days=91),
    )
}
OFFICIAL = "season"
