"""Words for the codes of limitation."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from models.rules.limitation import Effect, InterruptionKind, Mend

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    InterruptionKind: {
        InterruptionKind.ACKNOWLEDGEMENT: _l("acknowledgement of the debt"),
        InterruptionKind.DEMAND: _l("demand for payment"),
        InterruptionKind.SUIT: _l("suit or arbitration"),
    },
    Effect: {
        Effect.RESTARTED: _l("the three years began again"),
        Effect.UNPROVEN: _l("no effect: not fully proved"),
        Effect.TOO_EARLY: _l("no effect: before the last due day no period runs"),
        Effect.TOO_LATE: _l("no effect: the period was over"),
    },
    Mend: {
        Mend.SERVE: _l("Serve the notice that is already issued"),
        Mend.PROVE: _l("Serve again with full proof"),
        Mend.NOTIFY: _l("Issue a notice and serve it"),
        Mend.ACKNOWLEDGE: _l("Have the debt acknowledged in writing"),
        Mend.ANNOUNCE: _l("Ask the lender for an announcement"),
        Mend.SUE: _l("Ask the lender to sue"),
        Mend.LENDER: _l("Over: ask the lender"),
    },
}

HOW = {
    Mend.SERVE: _l("A signature, or two witnesses and a photo, makes it count; the day of service begins three years."),
    Mend.PROVE: _l("A notice was served, but its proof does not count: get a signature, or two witnesses and a photo."),
    Mend.NOTIFY: _l("Serve it with a signature, or with two witnesses and a photo."),
    Mend.ACKNOWLEDGE: _l(
        "Nothing can be demanded by a notice today: have an acknowledgement of the debt or a promise signed."
    ),
    Mend.ANNOUNCE: _l(
        "The borrower is out of touch: only an announcement by the lender in provincial or national media counts."
    ),
    Mend.SUE: _l("Twenty years from the last due day end; a demand no longer helps, only a suit before that day."),
    Mend.LENDER: _l(
        "The borrower may refuse to pay. Do not press; a signed promise to pay gives that right up again. "
        "The lender decides what happens."
    ),
}
"""What to do for each mend, in a sentence."""


def how(mend: Mend) -> str:
    """Return the sentence that says how a mend is done."""
    return str(HOW[mend])
