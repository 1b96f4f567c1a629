"""Words for published rates."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from models.rules.interest_rates import RateBasis

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    RateBasis: {
        RateBasis.LPR_5Y: _l("loan prime rate over five years"),
        RateBasis.PBOC_OVER_5Y: _l("central bank's benchmark over five years"),
    },
}
