"""Answers that are not faults: the portal says no, and why, in a sentence for a person.

A sentence is an English message id with ``%(name)s`` slots; the edge translates it and fills the slots.
"""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """The act is not allowed now. Shown as 409 with its sentence.

    Args:
        sentence: English message id, for a person: what is wrong and what would mend it.
        values: what fills its ``%(name)s`` slots.

    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence % values if values else sentence)
        self.sentence = sentence
        self.values = values


class NotVisible(Exception):
    """The row does not exist, or not for this person. Shown as 404."""


class StaleData(Refused):
    """The bank's data is too old, or somebody else changed the row meanwhile. Shown as 409."""


def packed(refusal: Refused) -> dict[str, Any]:
    """Return a refusal as JSON can hold it; one inside another stays one."""
    values = {
        name: packed(value) if isinstance(value, Refused) else str(value) for name, value in refusal.values.items()
    }
    return {"reason": refusal.sentence, "values": values}


def unpacked(reason: str, values: dict[str, Any]) -> Refused:
    """Return a refusal that was stored."""
    return Refused(
        reason, **{name: unpacked(**value) if isinstance(value, dict) else value for name, value in values.items()}
    )
