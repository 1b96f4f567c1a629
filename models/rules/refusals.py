"""Answers that are not faults: the portal says no, and why, in a sentence for a person.

A sentence is an English message id with ``%(name)s`` slots; the edge translates it and fills the slots.
"""

from __future__ import annotations


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
