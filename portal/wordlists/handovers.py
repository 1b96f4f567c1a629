"""Words for handovers: where one stands, what the receiver would not see from a list, and what is counted."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from models.rules.handovers import HandoverState, Risk

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    HandoverState: {
        HandoverState.OPEN: _l("waits to be accepted"),
        HandoverState.ACCEPTED: _l("handover accepted"),
        HandoverState.ENDED: _l("ended before it was accepted"),
    },
    Risk: {
        Risk.NO_NUMBER: _l("no number that works"),
        Risk.OUT_OF_TOUCH: _l("out of touch"),
        Risk.MOVED: _l("said to have moved away"),
        Risk.LIMITATION: _l("a contract will soon be too old to claim"),
    },
}

COUNTS: Mapping[str, Any] = {
    "borrowers": _l("Borrowers in the village"),
    "people": _l("Borrowers with something open"),
    "overdue": _l("In arrears"),
    "promises": _l("Promises whose day is still to come or to be judged"),
    "notices": _l("Notices still to be served"),
    "questions": _l("Questions without an answer"),
    "claims": _l("“Paid already” waiting for the bank's list"),
    "pauses": _l("Pauses, and reliefs that end soon"),
    "suspicions": _l("Suspicions under way"),
    "escalations": _l("Requests for help under way"),
    "risks": _l("Borrowers with a hidden risk"),
}
"""What is counted, by the field of ``Counts``, in the order of the page."""
