"""Words of a report of suspicion: the benign causes to rule out, the answers, and the grounds it may rest on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from models.rules.sentences import N_


class Question(StrEnum):
    """A benign cause that must be ruled out."""

    PAYMENT_FAILED = "payment_failed"
    NUMBER_CHANGED = "number_changed"
    NEVER_SERVED = "never_served"
    PAID_IN_TRANSIT = "paid_in_transit"
    STUDYING = "studying"
    ILLNESS_OR_DISABILITY = "illness_or_disability"
    DISASTER = "disaster"
    DEATH_OR_MISSING = "death_or_missing"
    LOW_INCOME = "low_income"
    RELIEF_NOT_OFFERED = "relief_not_offered"
    WRONG_RECORD = "wrong_record"
    MILITARY_SERVICE = "military_service"


class Help(StrEnum):
    """Where a "yes" leads instead of to a report."""

    CHECK_WITH_BANK = "check_with_bank"
    FIND_CONTACT = "find_contact"
    SERVE_NOTICE = "serve_notice"
    OFFER_DEFERRAL = "offer_deferral"
    OFFER_RELIEF = "offer_relief"
    CORRECT_RECORD = "correct_record"


@dataclass(frozen=True, slots=True)
class BenignCause:
    """A question as it is asked, and what to do when the answer is yes."""

    sentence: str
    help: Help
    help_sentence: str


_CHECK_WITH_BANK = N_("Ask the aid centre to check the payment with the lender.")


_OFFER_RELIEF = N_("Offer relief and help with the application.")


QUESTIONS: dict[Question, BenignCause] = {
    Question.PAYMENT_FAILED: BenignCause(
        N_("Was the repayment card lost, or did the deduction fail although money was there?"),
        Help.CHECK_WITH_BANK,
        _CHECK_WITH_BANK,
    ),
    Question.PAID_IN_TRANSIT: BenignCause(
        N_("Has a payment been made that the lender's list does not show yet?"),
        Help.CHECK_WITH_BANK,
        _CHECK_WITH_BANK,
    ),
    Question.WRONG_RECORD: BenignCause(
        N_("Is the record wrong, a duplicate, or disputed by the person with reasons?"),
        Help.CORRECT_RECORD,
        N_("Have the record corrected, or the dispute answered, first."),
    ),
    Question.NUMBER_CHANGED: BenignCause(
        N_("Has the person changed telephone number or address, so that calls and letters did not arrive?"),
        Help.FIND_CONTACT,
        N_("Find the present number or address first; who is out of reach is not malicious."),
    ),
    Question.NEVER_SERVED: BenignCause(
        N_("Is it possible that no notice was ever validly served?"),
        Help.SERVE_NOTICE,
        N_("Serve a notice with complete proof first."),
    ),
    Question.STUDYING: BenignCause(
        N_("Is the person still studying, or is a deferral for study due?"),
        Help.OFFER_DEFERRAL,
        N_("Help with the application for deferral."),
    ),
    Question.MILITARY_SERVICE: BenignCause(
        N_("Is the person in military service?"),
        Help.OFFER_DEFERRAL,
        N_("Help with the application for deferral."),
    ),
    Question.ILLNESS_OR_DISABILITY: BenignCause(
        N_("Is the person, or somebody the family lives on, seriously ill or disabled?"),
        Help.OFFER_RELIEF,
        _OFFER_RELIEF,
    ),
    Question.DISASTER: BenignCause(
        N_("Was the family struck by a disaster or an accident?"),
        Help.OFFER_RELIEF,
        _OFFER_RELIEF,
    ),
    Question.DEATH_OR_MISSING: BenignCause(
        N_("Has the person died, or been declared missing?"),
        Help.OFFER_RELIEF,
        N_("Tell the aid centre: a waiver may apply. Do not contact the family about the debt meanwhile."),
    ),
    Question.LOW_INCOME: BenignCause(
        N_("Does the household receive subsistence support, or is it watched against falling back into poverty?"),
        Help.OFFER_RELIEF,
        _OFFER_RELIEF,
    ),
    Question.RELIEF_NOT_OFFERED: BenignCause(
        N_("Was relief or a repayment plan never explained and offered?"),
        Help.OFFER_RELIEF,
        _OFFER_RELIEF,
    ),
}
"""The checklist, in the order it is asked. Every answer needs its evidence."""


class Answer(StrEnum):
    """An answer on the checklist. Unknown stops the report as surely as yes."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer and how it is known."""

    answer: Answer
    evidence: str = ""


class Ground(StrEnum):
    """What the person does that makes malice plausible."""

    EXPLICIT_REFUSAL = "explicit_refusal"
    ABILITY_EVIDENT = "ability_evident"
    FALSE_STATEMENTS = "false_statements"
    HIDES_ASSETS = "hides_assets"
    BREAKS_PLANS = "breaks_plans"
    REFUSES_TO_SIGN = "refuses_to_sign"


@dataclass(frozen=True, slots=True)
class GroundRule:
    """A ground as it is offered, and whether it carries a report by itself."""

    sentence: str
    sufficient: bool


GROUNDS: dict[Ground, GroundRule] = {
    Ground.EXPLICIT_REFUSAL: GroundRule(
        N_("Said in so many words, to two people or in writing, that they will not pay though they can."),
        sufficient=True,
    ),
    Ground.ABILITY_EVIDENT: GroundRule(
        N_("Is evidently able to pay: steady work, business or property, and still does not."),
        sufficient=True,
    ),
    Ground.FALSE_STATEMENTS: GroundRule(
        N_("Made false statements or used false papers about the loan, income or payment."), sufficient=True
    ),
    Ground.HIDES_ASSETS: GroundRule(N_("Hides or moves property so as not to pay."), sufficient=True),
    Ground.BREAKS_PLANS: GroundRule(
        N_("Broke agreed promises again and again without giving a reason."), sufficient=False
    ),
    Ground.REFUSES_TO_SIGN: GroundRule(N_("Refused to sign for the notice."), sufficient=False),
}
"""Refusing to sign is weak evidence: service can be proved otherwise. A broken promise may be poverty."""
