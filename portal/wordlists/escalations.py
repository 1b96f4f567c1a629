"""Words for the codes of escalations."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.rules.escalations import Help
from models.rules.workflows import EscalationState

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    EscalationState: {
        EscalationState.SENT: _l("waiting for an answer"),
        EscalationState.ACCEPTED: _l("accepted"),
        EscalationState.RETURNED: _l("returned with a reason"),
        EscalationState.REPORTED: _l("reported"),
        EscalationState.CLOSED: _l("closed"),
        EscalationState.WITHDRAWN: _l("withdrawn"),
    },
    Help: {
        Help.LOCATE: _l("find out where the person lives now"),
        Help.PASS_ON: _l("ask the person to contact the aid centre"),
        Help.ACCOMPANY: _l("come along on a visit"),
        Help.CONFIRM_HARDSHIP: _l("confirm hardship of the household"),
        Help.MEDIATE: _l("settle a dispute in the family or village"),
    },
}

LEVELS = {
    EscalationState.SENT: "warn",
    EscalationState.ACCEPTED: "plain",
    EscalationState.RETURNED: "warn",
    EscalationState.REPORTED: "good",
    EscalationState.CLOSED: "good",
    EscalationState.WITHDRAWN: "plain",
}
"""The level a state is shown at: shape and colour of ``status`` in templates/components/page.html."""


def happened(tag: str) -> str:
    """Return the words for a step in a request's history, by the tag of its event."""
    words = {
        "escalation:sent": _("sent"),
        "escalation:resent": _("amended and sent again"),
        "escalation:accepted": _("accepted"),
        "escalation:returned": _("returned with a reason"),
        "escalation:reported": _("reported what was done"),
        "escalation:closed": _("closed"),
        "escalation:withdrawn": _("withdrawn"),
        "escalation:viewed": _("read by the body asked"),
        "escalation:printed": _("letter printed"),
    }
    return str(words.get(tag, tag))
