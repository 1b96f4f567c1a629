"""A paper that must not be printed says so by name."""

from __future__ import annotations

from models.rules.refusals import Refused


class NoticeNotRendered(Refused):
    """One paper could not be made; a batch names it and goes on with the next.

    Attributes:
        serial: the paper's serial number (never a person's name).
        field: the field at fault as a path, for example ``co_borrowers[0].name``; empty when it is no field's fault.

    """

    def __init__(self, sentence: str, *, serial: str, field: str = "", **values: object) -> None:
        super().__init__(sentence, serial=serial, field=field, **values)
        self.serial = serial
        self.field = field


class DoesNotFit(Exception):
    """A word does not fit the place a form left for it, or our faces lack it: that paper is laid out instead."""
