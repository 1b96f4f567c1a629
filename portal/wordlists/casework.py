"""Words for the codes of casework."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from models.rules.casework import CaseStage, PromiseState, TaskKind
from models.rules.claims import ClaimState
from models.rules.contact_confidence import Confidence
from models.rules.contact_policy import BreachCode
from models.rules.contacts import Cause, ContactMethod, NextStep, Outcome, Reached

WORDS: dict[type[StrEnum], dict[Any, Any]] = {
    CaseStage: {
        CaseStage.NEW: _l("new"),
        CaseStage.CONTACTED: _l("contact begun"),
        CaseStage.NOTICE_ISSUED: _l("notice issued"),
        CaseStage.NOTICE_SERVED: _l("notice served"),
        CaseStage.ESCALATED: _l("help asked for"),
        CaseStage.SUSPECTED: _l("reported to the aid centre"),
    },
    PromiseState: {
        PromiseState.OPEN: _l("open"),
        PromiseState.KEPT: _l("kept"),
        PromiseState.PARTLY_KEPT: _l("partly kept"),
        PromiseState.BROKEN: _l("not kept"),
        PromiseState.WITHDRAWN: _l("no longer needed"),
    },
    ClaimState: {
        ClaimState.OPEN: _l("waits for the bank's list"),
        ClaimState.FOUND: _l("payment found"),
        ClaimState.NOT_FOUND: _l("payment not found"),
    },
    TaskKind: {
        TaskKind.FIRST_CONTACT: _l("make the first contact"),
        TaskKind.CALL_BACK: _l("call back"),
        TaskKind.ASK_WHY_BROKEN: _l("ask why the promise was not kept"),
        TaskKind.CHECK_PAYMENT: _l("check with the bank whether the money came in"),
        TaskKind.OFFER_RELIEF: _l("offer deferral or relief"),
        TaskKind.FIND_NUMBER: _l("find a number that works"),
        TaskKind.THANK: _l("say thank you and name the next due day"),
        TaskKind.VISIT: _l("visit"),
    },
    ContactMethod: {
        ContactMethod.CALL: _l("telephone call"),
        ContactMethod.VISIT: _l("home visit"),
        ContactMethod.MESSAGE: _l("text message"),
        ContactMethod.LETTER: _l("letter"),
    },
    Reached: {
        Reached.BORROWER: _l("the borrower"),
        Reached.CO_BORROWER: _l("a co-borrower"),
        Reached.FAMILY: _l("family"),
        Reached.THIRD_PARTY: _l("someone else"),
        Reached.NOBODY: _l("nobody"),
        Reached.WRONG_PERSON: _l("a stranger (wrong number or address)"),
    },
    Outcome: {
        Outcome.PROMISED: _l("promised to pay"),
        Outcome.PAID_ALREADY: _l("says it is paid already"),
        Outcome.ASKED_FOR_TIME: _l("asked for more time"),
        Outcome.HARDSHIP: _l("cannot pay: hardship"),
        Outcome.DISPUTES: _l("disputes the debt"),
        Outcome.REFUSES: _l("refuses to pay"),
        Outcome.INFORMED: _l("informed of the amount and the policy"),
        Outcome.NEW_CONTACT: _l("gave another number or address"),
        Outcome.ASKED_TO_STOP: _l("asked not to be contacted again"),
        Outcome.NO_ANSWER: _l("no answer"),
        Outcome.INVALID_NUMBER: _l("number does not exist"),
        Outcome.MOVED_AWAY: _l("moved away"),
        Outcome.NOT_KNOWN_HERE: _l("not known here"),
        Outcome.SENT: _l("sent, arrival not known"),
        Outcome.OTHER: _l("something else (say it in the note)"),
    },
    Cause: {
        Cause.POLICY_NOT_KNOWN: _l("did not know the rules of the loan"),
        Cause.FORGOT: _l("forgot the due day"),
        Cause.CASH_SHORT: _l("short of money for now"),
        Cause.UNEMPLOYED: _l("out of work"),
        Cause.ILLNESS: _l("illness in the family"),
        Cause.DISASTER: _l("disaster or accident"),
        Cause.STUDYING: _l("still studying"),
        Cause.MILITARY_SERVICE: _l("military service"),
        Cause.AWAY: _l("working away from home"),
        Cause.LOST_CARD: _l("lost or frozen bank card, forgotten password"),
        Cause.DEDUCTION_FAILED: _l("the money was there, the deduction failed"),
        Cause.DISPUTE: _l("dispute about the amount or the contract"),
        Cause.DEATH_OR_MISSING: _l("death or missing person"),
        Cause.UNWILLING: _l("able but not willing"),
        Cause.NOT_KNOWN: _l("not known yet"),
        Cause.OTHER: _l("another cause"),
    },
    NextStep: {
        NextStep.CALL_AGAIN: _l("call again"),
        NextStep.VISIT: _l("visit"),
        NextStep.SERVE_NOTICE: _l("serve a notice"),
        NextStep.AWAIT_PAYMENT: _l("wait for the payment"),
        NextStep.CHECK_PAYMENT: _l("have the payment checked"),
        NextStep.FIND_CONTACT: _l("find another number or address"),
        NextStep.OFFER_RELIEF: _l("offer deferral or relief"),
        NextStep.ANSWER_QUESTION: _l("answer a question"),
        NextStep.FORWARD_DISPUTE: _l("forward the dispute to the lender"),
        NextStep.ESCALATE: _l("ask others for help"),
        NextStep.NOTHING: _l("nothing more"),
    },
    Confidence: {
        Confidence.WORKS: _l("works"),
        Confidence.UNTRIED: _l("not tried yet"),
        Confidence.FAILED: _l("failed last time"),
        Confidence.ENDED: _l("no longer used"),
    },
    BreachCode: {
        BreachCode.OUTSIDE_HOURS: _l("outside the hours for contacts"),
        BreachCode.TOO_MANY_CALLS: _l("too many answered calls in a day"),
        BreachCode.TOO_MANY_DIALS: _l("number dialled too often in a day"),
        BreachCode.TOO_MANY_IN_WEEK: _l("too many contacts in seven days"),
        BreachCode.VISIT_ALONE: _l("visit by one person alone"),
        BreachCode.THIRD_PARTY: _l("others asked before contact was lost"),
        BreachCode.ASKED_TO_STOP: _l("person had asked not to be contacted"),
        BreachCode.WRONG_NUMBER: _l("number known to be wrong"),
    },
}
