"""Words for the codes of suspicions. The label is always "suspected": only a court says more."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.rules.suspicions import Answer, Ground, Help
from models.rules.workflows import SuspicionState, SuspicionStep

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    SuspicionState: {
        SuspicionState.PROPOSED: _l("suspected, proposed"),
        SuspicionState.RETURNED: _l("returned for mending"),
        SuspicionState.SIGNED: _l("suspected, with the aid centre"),
        SuspicionState.UPHELD: _l("suspected, upheld by the aid centre"),
        SuspicionState.DISMISSED: _l("dismissed"),
        SuspicionState.WITHDRAWN: _l("withdrawn"),
        SuspicionState.LAPSED: _l("lapsed"),
    },
    SuspicionStep: {
        SuspicionStep.UPHOLD: _l("Uphold: pass it to the lender as suspected"),
        SuspicionStep.DISMISS: _l("Dismiss: the report ends"),
        SuspicionStep.SEND_BACK: _l("Send back to the school for mending"),
    },
    Answer: {
        Answer.NO: _l("no"),
        Answer.YES: _l("yes"),
        Answer.UNKNOWN: _l("not known"),
    },
    Help: {
        Help.CHECK_WITH_BANK: _l("check with the bank"),
        Help.FIND_CONTACT: _l("find another number or address"),
        Help.SERVE_NOTICE: _l("serve a notice"),
        Help.OFFER_DEFERRAL: _l("offer deferral"),
        Help.OFFER_RELIEF: _l("offer relief"),
        Help.CORRECT_RECORD: _l("correct the record"),
    },
    Ground: {
        Ground.EXPLICIT_REFUSAL: _l("refuses although able"),
        Ground.ABILITY_EVIDENT: _l("evidently able to pay"),
        Ground.FALSE_STATEMENTS: _l("false statements or papers"),
        Ground.HIDES_ASSETS: _l("hides or moves property"),
        Ground.BREAKS_PLANS: _l("breaks promises without a reason"),
        Ground.REFUSES_TO_SIGN: _l("refuses to sign"),
    },
}

LEVELS = {
    SuspicionState.PROPOSED: "warn",
    SuspicionState.RETURNED: "warn",
    SuspicionState.SIGNED: "warn",
    SuspicionState.UPHELD: "bad",
    SuspicionState.DISMISSED: "good",
    SuspicionState.WITHDRAWN: "plain",
    SuspicionState.LAPSED: "plain",
}
"""The level a state is shown at: shape and colour of ``status`` in templates/components/page.html."""


def happened(tag: str) -> str:
    """Return the words for a step in a report's history, by the tag of its event."""
    words = {
        "suspicion:proposed": _("proposed"),
        "suspicion:resubmitted": _("mended and proposed again"),
        "suspicion:signed": _("signed by the leader; the person is asked to reply"),
        "suspicion:returned": _("returned for mending"),
        "suspicion:sent_back": _("sent back by the aid centre"),
        "suspicion:replied": _("reply of the person recorded"),
        "suspicion:upheld": _("upheld by the aid centre, as suspected"),
        "suspicion:dismissed": _("dismissed"),
        "suspicion:withdrawn": _("withdrawn"),
        "suspicion:lapsed": _("lapsed"),
        "suspicion:printed": _("reply slip printed"),
    }
    return str(words.get(tag, tag))
