"""Words for the codes of loans and standings."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.rules.facts import ContractChangeKind, PauseCause, ReliefKind, ReliefScope, RepaymentKind
from models.rules.plan_lines import LineState
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
    PauseCause: {
        PauseCause.CLAIMS_PAID: _l("says it is paid already"),
        PauseCause.DISPUTE: _l("dispute"),
        PauseCause.HARDSHIP_REVIEW: _l("hardship under review"),
        PauseCause.OTHER: _l("another reason"),
    },
    RepaymentKind: {
        RepaymentKind.PAYMENT: _l("repayment"),
        RepaymentKind.EARLY: _l("early repayment"),
        RepaymentKind.COMPENSATION: _l("compensation by the state"),
        RepaymentKind.RELIEF_PAYOUT: _l("payout of the relief fund"),
        RepaymentKind.WAIVED: _l("let go by the lender"),
    },
    ContractChangeKind: {
        ContractChangeKind.ACCELERATED: _l("called due as a whole"),
        ContractChangeKind.WRITTEN_OFF: _l("written off in the lender's books"),
        ContractChangeKind.STUDY_EXTENDED: _l("study goes on"),
    },
    LineState: {
        LineState.OVERDUE: _l("overdue"),
        LineState.MET: _l("nothing owed"),
        LineState.PAID_AHEAD: _l("paid ahead"),
        LineState.WAIVED: _l("waived"),
        LineState.DEFERRED: _l("deferred"),
        LineState.SUBSIDISED: _l("paid by the state"),
        LineState.TO_COME: _l("to come"),
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

LINE_LEVELS = {
    LineState.OVERDUE: "bad",
    LineState.DEFERRED: "warn",
    LineState.MET: "good",
    LineState.PAID_AHEAD: "good",
}
"""The level a line of a plan is shown at; plain where it is not here."""


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


def line_level(state: LineState) -> str:
    """Return the level of a line of a plan."""
    return LINE_LEVELS.get(state, "plain")
