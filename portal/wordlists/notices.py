"""Words for the codes of notices."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from models.rules.notices import FailureReason, NoticeLevel, NumberState
from models.rules.service_of_notice import ServiceMethod, SignerRelation, Strength
from models.rules.workflows import NoticeState

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    NoticeState: {
        NoticeState.ISSUED: _l("to be served"),
        NoticeState.FAILED: _l("tried, not served"),
        NoticeState.SERVED: _l("served"),
        NoticeState.CALLED_BACK: _l("called back"),
    },
    NoticeLevel: {
        NoticeLevel.FIRST: _l("first notice"),
        NoticeLevel.SECOND: _l("second notice"),
        NoticeLevel.FINAL: _l("final notice"),
    },
    ServiceMethod: {
        ServiceMethod.DIRECT: _l("handed over in person"),
        ServiceMethod.CO_RESIDENT_ADULT: _l("to an adult relative living together"),
        ServiceMethod.LEFT_WITH_WITNESS: _l("left with witnesses or a photo"),
        ServiceMethod.ENTRUSTED: _l("handed over by another body"),
        ServiceMethod.POST: _l("registered post"),
        ServiceMethod.ELECTRONIC: _l("electronic message"),
        ServiceMethod.ANNOUNCEMENT: _l("announcement"),
    },
    SignerRelation: {
        SignerRelation.SELF: _l("the borrower"),
        SignerRelation.CO_BORROWER: _l("the co-borrower"),
        SignerRelation.ADULT_RELATIVE: _l("an adult relative"),
        SignerRelation.AUTHORISED: _l("an authorised person"),
        SignerRelation.OTHER: _l("somebody else"),
    },
    Strength: {
        Strength.COMPLETE: _l("complete proof"),
        Strength.WEAK: _l("weak proof"),
        Strength.VOID: _l("no proof"),
    },
    NumberState: {
        NumberState.RESERVED: _l("reserved"),
        NumberState.USED: _l("used"),
        NumberState.VOID: _l("void, with the reason"),
    },
    FailureReason: {
        FailureReason.NOBODY_HOME: _l("nobody was at home"),
        FailureReason.MOVED: _l("moved away"),
        FailureReason.WRONG_PERSON: _l("wrong person or address"),
        FailureReason.SAYS_PAID: _l("says it is paid already"),
        FailureReason.REFUSED: _l("refused, and no witness was there"),
        FailureReason.RETURNED: _l("the letter or message came back"),
        FailureReason.UNSAFE: _l("not safe to go on"),
        FailureReason.OTHER: _l("another reason"),
    },
}
