"""A cell as a page may show it."""

from __future__ import annotations

import math
import re

from models.rules import cells, identity

_LONG_NUMBER = re.compile(r"\d{9,}[\dXx]?")
_SHOWN = 40
ID_KEYS = frozenset({"id_number", "co_id_number"})
PHONE_KEYS = frozenset({"phone", "co_phone", "parent_phone"})
_HIDDEN_KEYS = frozenset({"address", "wechat", "qq", "email"})
NUMBER_KEYS = frozenset({"contract_no", "bank_reference", "code"})


def shown(key: str, cell: object) -> str:
    """Return a cell as a page may show it: numbers of persons are masked."""
    written = cells.text(cell)
    if key in _HIDDEN_KEYS:
        return "***" if written else ""
    if key in ID_KEYS:
        if isinstance(cell, float) and math.isfinite(cell):
            written = f"{cell:.0f}"  # a number stored as a figure, not in scientific notation
        return identity.masked_id(written) if len(written) == identity.ID_LENGTH else _LONG_NUMBER.sub(_stars, written)
    if key in PHONE_KEYS:
        return re.sub(r"\d{5,}", _stars, written)[:_SHOWN]
    if key in NUMBER_KEYS:
        return written[:_SHOWN]
    return _LONG_NUMBER.sub(_stars, written)[:_SHOWN]


def _stars(run: re.Match[str]) -> str:
    return run[0][:3] + "*" * (len(run[0]) - 3)
