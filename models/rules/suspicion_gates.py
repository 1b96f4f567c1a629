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
from datetime import date
from enum import StrEnum

from models.rules.sentences import N_
from models.rules.suspicions import GROUNDS, QUESTIONS, Answer, Answered, Ground, Help, Question


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
        unposted_until: data date a list needs before it shows a payment made in time; none when it does already.

    """

    days_past_due: int
    attempts: int
    methods: int
    proven_receipts: int
    contact_lost: bool
    data_age_days: int | None
    answers: Mapping[Question, Answered]
    grounds: Mapping[Ground, str]
    unposted_until: date | None = None


class ObstacleCode(StrEnum):
    """Why a report cannot go on."""

    NOT_LONG_OVERDUE = "not_long_overdue"
    TOO_FEW_ATTEMPTS = "too_few_attempts"
    TOO_FEW_METHODS = "too_few_methods"
    NO_PROVEN_RECEIPT = "no_proven_receipt"
    OUT_OF_REACH = "out_of_reach"
    STALE_DATA = "stale_data"
    NOT_POSTED = "not_posted"
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
    if facts.unposted_until is not None:
        found.append(
            Obstacle(
                ObstacleCode.NOT_POSTED,
                N_("A payment made in time may not be in the lender's list yet: wait for one of %(day)s or later."),
                (("day", facts.unposted_until),),
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
