"""Kinds of paper and the passages of their wording; what a person may call a version of it."""

from __future__ import annotations

from enum import StrEnum

MOST_VERSION_NAME = 20
"""Characters of a version's name: as wide as the columns that keep it."""


class PaperKind(StrEnum):
    """What a paper is. Each kind has one form and its own wording."""

    NOTICE = "notice"
    CO_BORROWER = "co_borrower"
    REMINDER = "reminder"
    RELIEF_INFORMATION = "relief_information"
    ACKNOWLEDGEMENT = "acknowledgement"
    PROMISE = "promise"
    THANKS = "thanks"
    ESCALATION = "escalation"
    REPLY_SLIP = "reply_slip"
    LEAFLET = "leaflet"
    SUMMARY = "summary"


class PassageName(StrEnum):
    """A passage of a wording: what a form leaves to the centre to say."""

    OPENING = "opening"
    AMOUNTS = "amounts"
    REQUEST = "request"
    STATEMENT = "statement"
    CHANNELS = "channels"
    CHANNEL_LIST = "channel_list"
    RELIEF = "relief"
    RELIEF_OPTIONS = "relief_options"
    CONSEQUENCES = "consequences"
    NEXT_STEPS = "next_steps"
    OBJECTION = "objection"
    VOLUNTARY = "voluntary"
    RECEIPT = "receipt"
    NEXT_DUE = "next_due"
    SETTLED = "settled"
    MATERIALS = "materials"
    HOW_TO_APPLY = "how_to_apply"
    PLAN = "plan"
    POLICY = "policy"
    FRAUD = "fraud"
    UNTRIED = "untried"
    REPLY = "reply"
    PRIVACY = "privacy"
    RIGHTS = "rights"
    HARDSHIP_REASONS = "hardship_reasons"
    NOTES = "notes"


MARKS: dict[PaperKind, str] = {
    PaperKind.CO_BORROWER: "共",
    PaperKind.REMINDER: "提",
    PaperKind.RELIEF_INFORMATION: "帮",
    PaperKind.ACKNOWLEDGEMENT: "认",
    PaperKind.PROMISE: "诺",
    PaperKind.THANKS: "谢",
    PaperKind.LEAFLET: "宣",
    PaperKind.SUMMARY: "汇",
}
"""The character that tells a kind's serial numbers from those of notices (催), letters (函) and slips (核)."""

SECOND_REMINDER_DAYS = 15
"""From so many days before the due day on, a reminder is the second."""

FIRST_REMINDER_DAYS = 50
"""The first is sent about so many days before the due day: when the payment window opens."""

EARLIEST_REMINDER_DAYS = 60
"""No reminder before: it would be put aside and forgotten."""

ON_PERSON = (
    PaperKind.REMINDER,
    PaperKind.RELIEF_INFORMATION,
    PaperKind.ACKNOWLEDGEMENT,
    PaperKind.PROMISE,
    PaperKind.THANKS,
)
"""Kinds that are made from a borrower's page."""


def reminder_round(days: int) -> int:
    """Return which reminder is sent so many days before the due day: 1 or 2; 0 when it is too early or too late."""
    if not 0 < days <= EARLIEST_REMINDER_DAYS:
        return 0
    return 2 if days <= SECOND_REMINDER_DAYS else 1
