"""The shape of one step of an explanation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.rules.buckets import Bucket

Value = date | Decimal | int | StrEnum | Bucket | tuple[StrEnum, ...]
"""What fills a slot: a day, an amount in yuan, a number, a code that has a word, a range, or codes in their order."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Args:
        title: message id: what is decided.
        sentence: message id with ``%(name)s`` slots: what was found.
        values: what fills its slots, by name.
        basis: message id of the law, term of the contract or setting it rests on; "" for none.
        parts: the facts it was made from, one line each.

    """

    title: str
    sentence: str
    values: tuple[tuple[str, Value], ...] = ()
    basis: str = ""
    parts: tuple[Step, ...] = ()

    def value(self, name: str) -> Value:
        """Return what fills a slot; ``KeyError`` when the step has no such slot."""
        return dict(self.values)[name]


def step(title: str, sentence: str, *, basis: str = "", parts: tuple[Step, ...] = (), **values: Value) -> Step:
    """Make a step; further keywords fill the slots."""
    return Step(title, sentence, tuple(values.items()), basis, parts)
