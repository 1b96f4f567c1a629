"""Words of casework: stages of a case, what becomes of a promise, kinds of task."""

from __future__ import annotations

from enum import StrEnum


class CaseStage(StrEnum):
    """How far the work with a borrower in arrears has come."""

    NEW = "new"
    CONTACTED = "contacted"
    NOTICE_ISSUED = "notice_issued"
    NOTICE_SERVED = "notice_served"
    ESCALATED = "escalated"
    SUSPECTED = "suspected"


class PromiseState(StrEnum):
    """What became of a promise to pay."""

    OPEN = "open"
    KEPT = "kept"
    PARTLY_KEPT = "partly_kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"  # the debt it was about no longer stands


THANKS_LAPSE_AFTER = 10
"""Days behind its day after which nobody is thanked any more (ours): thanks that late say that nobody looked."""


class TaskKind(StrEnum):
    """What a task asks for."""

    FIRST_CONTACT = "first_contact"
    CALL_BACK = "call_back"
    ASK_WHY_BROKEN = "ask_why_broken"
    CHECK_PAYMENT = "check_payment"
    OFFER_RELIEF = "offer_relief"
    FIND_NUMBER = "find_number"
    THANK = "thank"
    VISIT = "visit"
