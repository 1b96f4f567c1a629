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

REMINDER_DAYS = (50, 15)
"""Days before the due day on which the two reminders are sent."""
