"""What must be true before anybody may be reported as suspected of malicious default.

No law gives a number for student loans; the gates are the district's own, built on what courts ask of "able
but unwilling" (the Supreme People's Court's list of six) and on the rule that illness, poverty and the
portal's or the bank's own mistakes come first. Nobody is labelled by the machine: the gates only stop a
report that is not ready. Being out of reach is not malice, and refusing to sign a paper alone is not a
ground.
"""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Settings of the procedure; all are the district's own."""

    overdue_more_than_days: int = 90  # lenders call a loan non-performing after 90 days
    attempts: int = 3
    methods: int = 2
    proven_receipts: int = 1
    data_age_days: int = 35  # lists come monthly, on the 20th
    evidence_characters: int = 6  # shorter is a tick in words
    evidence_distinct: int = 3  # a row of dots says nothing
    reply_working_days: int = 10  # the person's time to answer
    decide_working_days: int = 20  # after the reply window; undecided lapses
    review_months: int = 6  # an upheld report lapses unless renewed


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a report is proposed, signed or decided.

    Args:
        days_past_due: calendar days, of the worst contract.
        attempts: documented attempts to reach the borrower's side.
        methods: by how many methods.
        proven_receipts: notices proved to be in the hands of borrower or co-borrower.
        contact_lost: the borrower's side is out of reach.
        data_age_days: days since the lender's data date; none when there is no list.
        answers: the checklist.
        grounds: the grounds stated, each with its evidence.

    """

    days_past_due: int
    attempts: int
    methods: int
    proven_receipts: int
    contact_lost: bool
    data_age_days: int | None
    answers: Mapping[Question, Answered]
    grounds: Mapping[Ground, str]


class ObstacleCode(StrEnum):
    """Why a report cannot go on."""

    NOT_LONG_OVERDUE = "not_long_overdue"
    TOO_FEW_ATTEMPTS = "too_few_attempts"
    TOO_FEW_METHODS = "too_few_methods"
    NO_PROVEN_RECEIPT = "no_proven_receipt"
    OUT_OF_REACH = "out_of_reach"
    STALE_DATA = "stale_data"
    NOT_ANSWERED = "not_answered"
    NO_EVIDENCE = "no_evidence"
    BENIGN_CAUSE = "benign_cause"
    NO_GROUND = "no_ground"
    GROUND_WITHOUT_EVIDENCE = "ground_without_evidence"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing in the way: sentence, what fills its slots, its question, and the help it leads to."""

    code: ObstacleCode
    sentence: str
    values: tuple[tuple[str, object], ...] = ()
    question: Question | None = None
    help: Help | None = None


def gate(facts: Facts, thresholds: Thresholds | None = None) -> tuple[Obstacle, ...]:
    """Return all that stands in the way of a report, in the order to clear it; empty when it may go on."""
    thresholds = thresholds or Thresholds()
    return (
        *_data_obstacles(facts, thresholds),
        *_effort_obstacles(facts, thresholds),
        *_answer_obstacles(facts, thresholds),
        *_ground_obstacles(facts, thresholds),
    )


def _data_obstacles(facts: Facts, thresholds: Thresholds) -> list[Obstacle]:
    found: list[Obstacle] = []
    if facts.data_age_days is None or facts.data_age_days > thresholds.data_age_days:
        found.append(
            Obstacle(
                ObstacleCode.STALE_DATA,
                N_("The lender's list is missing or older than %(days)s days: wait for a new one."),
                (("days", thresholds.data_age_days),),
                help=Help.CHECK_WITH_BANK,
            )
        )
    if facts.days_past_due <= thresholds.overdue_more_than_days:
        found.append(
            Obstacle(
                ObstacleCode.NOT_LONG_OVERDUE,
                N_("A report needs more than %(needed)s days past due; it is %(days)s."),
                (("needed", thresholds.overdue_more_than_days), ("days", facts.days_past_due)),
            )
        )
    return found


def _effort_obstacles(facts: Facts, thresholds: Thresholds) -> list[Obstacle]:
    found: list[Obstacle] = []
    for code, sentence, needed, count in (
        (
            ObstacleCode.TOO_FEW_ATTEMPTS,
            N_("At least %(needed)s attempts to reach the person must be on record; there are %(count)s."),
            thresholds.attempts,
            facts.attempts,
        ),
        (
            ObstacleCode.TOO_FEW_METHODS,
            N_("The person must have been tried by at least %(needed)s methods; there is %(count)s."),
            thresholds.methods,
            facts.methods,
        ),
    ):
        if count < needed:
            found.append(Obstacle(code, sentence, (("needed", needed), ("count", count))))
    if facts.proven_receipts < thresholds.proven_receipts:
        found.append(
            Obstacle(
                ObstacleCode.NO_PROVEN_RECEIPT,
                N_("It must be proved that the borrower or the co-borrower received a notice."),
                help=Help.SERVE_NOTICE,
            )
        )
    if facts.contact_lost:
        found.append(
            Obstacle(
                ObstacleCode.OUT_OF_REACH,
                N_("The person is out of reach, which is not malice: look for them, or ask the township to help."),
                help=Help.FIND_CONTACT,
            )
        )
    return found


def _answer_obstacles(facts: Facts, thresholds: Thresholds) -> list[Obstacle]:
    found: list[Obstacle] = []
    for question, cause in QUESTIONS.items():
        given = facts.answers.get(question, Answered(Answer.UNKNOWN))
        if given.answer is Answer.YES:
            found.append(Obstacle(ObstacleCode.BENIGN_CAUSE, cause.help_sentence, question=question, help=cause.help))
        elif given.answer is Answer.UNKNOWN:
            found.append(
                Obstacle(
                    ObstacleCode.NOT_ANSWERED,
                    N_("This question is not answered yet: find out first."),
                    question=question,
                    help=cause.help,
                )
            )
        elif not _says_something(given.evidence, thresholds):
            found.append(
                Obstacle(
                    ObstacleCode.NO_EVIDENCE,
                    N_("Write how you know: who said it or which paper shows it, and when."),
                    question=question,
                )
            )
    return found


def _ground_obstacles(facts: Facts, thresholds: Thresholds) -> list[Obstacle]:
    stated = [ground for ground in GROUNDS if ground in facts.grounds]
    found = [
        Obstacle(
            ObstacleCode.GROUND_WITHOUT_EVIDENCE,
            N_("Write what was seen, said or found, by whom and when, for every ground."),
        )
        for ground in stated
        if not _says_something(facts.grounds[ground], thresholds)
    ]
    if not any(GROUNDS[ground].sufficient for ground in stated):
        found.append(
            Obstacle(
                ObstacleCode.NO_GROUND,
                N_(
                    "State at least one ground that can carry a report; "
                    "refusing to sign or a broken promise alone cannot."
                ),
            )
        )
    return found


def _says_something(words: str, thresholds: Thresholds) -> bool:
    """Say whether the words are more than one character over and over or a tick."""
    bare = "".join(words.split())
    return len(bare) >= thresholds.evidence_characters and len(set(bare)) >= thresholds.evidence_distinct
