"""Words for the codes of publicity."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from models.rules.publicity import PublicityKind, PublicityTopic

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    PublicityKind: {
        PublicityKind.CLASS_TALK: _l("talk in class"),
        PublicityKind.LECTURE: _l("lecture or assembly"),
        PublicityKind.PARENTS_MEETING: _l("parents' meeting"),
        PublicityKind.VILLAGE_MEETING: _l("village meeting"),
        PublicityKind.DOOR_TO_DOOR: _l("from door to door"),
        PublicityKind.STALL: _l("information stall"),
        PublicityKind.BROADCAST: _l("village loudspeaker"),
        PublicityKind.ONLINE: _l("online groups and messages"),
    },
    PublicityTopic: {
        PublicityTopic.POLICY: _l("what the student loan is: its policy"),
        PublicityTopic.REPAYMENT_DATES: _l("when and how to repay"),
        PublicityTopic.DEFERRAL_AND_RELIEF: _l("deferral and relief"),
        PublicityTopic.CREDIT_INTEGRITY: _l("integrity and the credit record"),
        PublicityTopic.FRAUD_WARNING: _l("warning of fraud"),
    },
}
