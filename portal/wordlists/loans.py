"""Words for the codes of loans and standings."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.rules.facts import ReliefKind, ReliefScope
from models.rules.standing import StandingState

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    StandingState: {
        StandingState.OVERDUE: _l("in arrears"),
        StandingState.DEFERRED: _l("deferred"),
        StandingState.CURRENT: _l("up to date"),
        StandingState.NOT_DUE: _l("nothing due yet"),
        StandingState.STUDYING: _l("still studying"),
        StandingState.SETTLED: _l("paid off"),
    },
    ReliefKind: {
        ReliefKind.WAIVER: _l("waiver"),
        ReliefKind.DEFERRAL: _l("deferral"),
        ReliefKind.PAUSE: _l("pause of the count of days"),
    },
    ReliefScope: {
        ReliefScope.ALL: _l("principal and interest"),
        ReliefScope.INTEREST: _l("interest only"),
        ReliefScope.PRINCIPAL: _l("principal only"),
    },
}

LEVELS = {
    StandingState.OVERDUE: "bad",
    StandingState.DEFERRED: "warn",
    StandingState.CURRENT: "good",
    StandingState.NOT_DUE: "plain",
    StandingState.STUDYING: "plain",
    StandingState.SETTLED: "good",
}
"""The level a standing is shown at: shape and colour of ``status`` in templates/components/page.html."""


def level(state: StandingState | None) -> str:
    """Return the level of a standing; plain where none is known."""
    return "plain" if state is None else LEVELS[state]


def bucket_word(key: str) -> str:
    """Return a range of days in words: ``1-30`` is "1–30 days", ``365+`` is "more than 365 days"."""
    if not key:
        return ""
    if key.endswith("+"):
        return str(_("more than %(days)s days", days=key[:-1]))
    return str(_("%(range)s days", range=key.replace("-", "–")))
