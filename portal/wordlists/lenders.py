"""Words for the codes of a lender's profile."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from models.rules.facts import Part
from models.rules.interest import DayCount

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    DayCount: {
        DayCount.HYBRID_360: _l("a full year is the yearly rate, a shorter time is days over 360"),
        DayCount.ACT_360: _l("days over 360, always"),
        DayCount.ACT_365: _l("days over 365, always"),
    },
    Part: {
        Part.PENALTY: _l("penalty"),
        Part.INTEREST: _l("interest"),
        Part.PRINCIPAL: _l("principal"),
    },
}
