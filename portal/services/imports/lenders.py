"""A lender named in a list for the first time."""

from __future__ import annotations

import re
from decimal import Decimal

from models.loans import Lender
from models.rules import identity
from models.rules.interest import DayCount

_TOLERANCE = Decimal("1.00")
_CODE = 20


def lender_named(name: str, codes: set[str], code: str = "") -> Lender:
    """Return a lender with the default profile, to be corrected by the centre; ``codes`` are those taken."""
    stem = re.sub(r"\W+", "", code or identity.initials(name).upper())[: _CODE - 3] or "BANK"
    unique = next(one for one in (stem, *(f"{stem}{number}" for number in range(2, 99))) if one not in codes)
    codes.add(unique)
    return Lender(code=unique, name=name, day_count=DayCount.HYBRID_360, tolerance=_TOLERANCE)
