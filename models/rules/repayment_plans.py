"""A repayment plan as it is kept: once for all contracts of the same terms, told apart by its signature."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from models.rules.facts import InstalmentFact
from models.rules.money import to_fen

RatePeriodFact = tuple[date, Decimal]
"""A rate, per cent a year, and the day it holds from."""


@dataclass(frozen=True, slots=True)
class PlanContent:
    """What a plan says.

    Args:
        instalments: what falls due, oldest first.
        rates: the rates it was reckoned with, oldest first.

    """

    instalments: tuple[InstalmentFact, ...] = ()
    rates: tuple[RatePeriodFact, ...] = ()

    @classmethod
    def of(cls, instalments: Iterable[InstalmentFact], rates: Iterable[RatePeriodFact] = ()) -> PlanContent:
        """Return what some instalments and rates, in any order, are as a plan."""
        return cls(tuple(sorted(instalments, key=lambda one: one.due_on)), tuple(sorted(rates)))

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing: a contract then has no plan."""
        return not self.instalments and not self.rates

    @property
    def signature(self) -> str:
        """SHA-256, in hexadecimal, of a line for each instalment (day, fen, fen) and each rate (day, four decimals)."""
        lines = [f"{one.due_on} {to_fen(one.principal)} {to_fen(one.interest)}" for one in self.instalments]
        rates = [f"{from_on} {rate:.4f}" for from_on, rate in self.rates]
        return hashlib.sha256("\n".join([*lines, "", *rates]).encode()).hexdigest()
