"""Words of explanations: the entries of the table of amounts, and the sentences with their slots filled."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.rules import money
from models.rules.buckets import Bucket
from models.rules.explanation_words import Step, Value
from models.rules.movements import MovementKind
from portal.wordlists.loans import bucket_word
from portal.words import word

MOVEMENTS = {
    MovementKind.LIST: _l("the bank's list"),
    MovementKind.TAKEN_BACK: _l("earlier payment taken back since the list"),
    MovementKind.AHEAD: _l("paid ahead at the time of the list"),
    MovementKind.FELL_DUE: _l("fell due the day before and was not paid"),
    MovementKind.AHEAD_USED: _l("what was paid ahead is used"),
    MovementKind.PAID: _l("payment"),
    MovementKind.SUSPENDED: _l("waived or put off for now"),
}
"""What each entry of the table of amounts is."""


def movement_word(kind: MovementKind) -> str:
    """Return what an entry is."""
    return str(MOVEMENTS[kind])


def said(step: Step) -> str:
    """Return a step's sentence in the reader's language, its slots filled; plain text, for the page to escape."""
    values: dict[str, Any] = {name: _shown(value) for name, value in step.values}
    return str(_(step.sentence)) % values


def _shown(value: Value) -> str:
    if isinstance(value, Decimal):
        return f"¥{money.shown(value)}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return word(value)
    if isinstance(value, Bucket):
        return bucket_word(value.key)
    if isinstance(value, tuple):
        return " → ".join(word(one) for one in value)
    return str(value)
