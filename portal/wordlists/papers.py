"""Words for kinds of paper, the passages of their wording and the states of its versions."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from models.rules.papers import PaperKind, PassageName
from models.rules.workflows import WordingState

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    PaperKind: {
        PaperKind.NOTICE: _l("notice of arrears"),
        PaperKind.CO_BORROWER: _l("notice to the co-borrower"),
        PaperKind.REMINDER: _l("reminder before the due day"),
        PaperKind.RELIEF_INFORMATION: _l("information on relief and deferral"),
        PaperKind.ACKNOWLEDGEMENT: _l("acknowledgement of debt, to sign"),
        PaperKind.PROMISE: _l("written promise to pay"),
        PaperKind.THANKS: _l("thanks after payment"),
        PaperKind.ESCALATION: _l("letter asking for help"),
        PaperKind.REPLY_SLIP: _l("letter to a person suspected, with reply slip"),
        PaperKind.LEAFLET: _l("leaflet on work plan and policy"),
        PaperKind.SUMMARY: _l("summary of the collection work"),
    },
    PassageName: {
        PassageName.OPENING: _l("Opening"),
        PassageName.AMOUNTS: _l("What the amounts rest on"),
        PassageName.REQUEST: _l("Request to pay"),
        PassageName.STATEMENT: _l("Statement that is signed"),
        PassageName.CHANNELS: _l("How to pay"),
        PassageName.CHANNEL_LIST: _l("Official ways to pay, where the lender's terms name none"),
        PassageName.RELIEF: _l("Help that can be asked for"),
        PassageName.RELIEF_OPTIONS: _l("Kinds of help"),
        PassageName.CONSEQUENCES: _l("What follows if it stays unpaid"),
        PassageName.NEXT_STEPS: _l("Consequences, only those that are true"),
        PassageName.OBJECTION: _l("How to object"),
        PassageName.VOLUNTARY: _l("That it is signed of one's own will"),
        PassageName.RECEIPT: _l("Note on the receipt"),
        PassageName.NEXT_DUE: _l("When more falls due"),
        PassageName.SETTLED: _l("When everything is paid off"),
        PassageName.MATERIALS: _l("Papers to bring"),
        PassageName.HOW_TO_APPLY: _l("How to apply"),
        PassageName.PLAN: _l("Work plan"),
        PassageName.POLICY: _l("Policy of the loan"),
        PassageName.FRAUD: _l("Beware of fraud"),
        PassageName.UNTRIED: _l("When nothing was tried yet"),
        PassageName.REPLY: _l("Request to reply"),
        PassageName.PRIVACY: _l("Protection of personal data"),
        PassageName.RIGHTS: _l("The person's rights"),
        PassageName.HARDSHIP_REASONS: _l("Boxes to tick"),
        PassageName.NOTES: _l("Notes on the figures"),
    },
    WordingState: {
        WordingState.DRAFT: _l("being written"),
        WordingState.PROPOSED: _l("waits for approval"),
        WordingState.APPROVED: _l("approved"),
        WordingState.DISCARDED: _l("discarded"),
    },
}
