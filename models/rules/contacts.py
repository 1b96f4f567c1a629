"""Words of contacts: by what method, who was there, what came of it, why, what next, and which go together."""

from __future__ import annotations

from enum import StrEnum

from models.rules.refusals import Refused


class ContactMethod(StrEnum):
    """The way a person was contacted."""

    CALL = "call"
    VISIT = "visit"
    MESSAGE = "message"
    LETTER = "letter"


class Reached(StrEnum):
    """Who was there. Borrower and co-borrower both owe; everybody else is a third party."""

    BORROWER = "borrower"
    CO_BORROWER = "co_borrower"
    FAMILY = "family"
    THIRD_PARTY = "third_party"
    NOBODY = "nobody"
    WRONG_PERSON = "wrong_person"


class Outcome(StrEnum):
    """What came of the contact."""

    PROMISED = "promised"
    PAID_ALREADY = "paid_already"
    ASKED_FOR_TIME = "asked_for_time"
    HARDSHIP = "hardship"
    DISPUTES = "disputes"
    REFUSES = "refuses"
    INFORMED = "informed"  # the policy or the amount was explained, nothing was agreed
    NEW_CONTACT = "new_contact"  # gave another number or address
    ASKED_TO_STOP = "asked_to_stop"  # a third party does not want to be contacted
    NO_ANSWER = "no_answer"
    INVALID_NUMBER = "invalid_number"
    MOVED_AWAY = "moved_away"
    NOT_KNOWN_HERE = "not_known_here"
    SENT = "sent"  # a letter or message left; whether it arrived is not known
    OTHER = "other"


class Cause(StrEnum):
    """Why the instalment was missed, as the borrower's side tells it."""

    POLICY_NOT_KNOWN = "policy_not_known"
    FORGOT = "forgot"
    CASH_SHORT = "cash_short"
    UNEMPLOYED = "unemployed"
    ILLNESS = "illness"
    DISASTER = "disaster"
    STUDYING = "studying"
    MILITARY_SERVICE = "military_service"
    AWAY = "away"
    LOST_CARD = "lost_card"
    DEDUCTION_FAILED = "deduction_failed"
    DISPUTE = "dispute"
    DEATH_OR_MISSING = "death_or_missing"
    UNWILLING = "unwilling"
    NOT_KNOWN = "not_known"
    OTHER = "other"


class NextStep(StrEnum):
    """What the collector does next."""

    CALL_AGAIN = "call_again"
    VISIT = "visit"
    SERVE_NOTICE = "serve_notice"
    AWAIT_PAYMENT = "await_payment"
    CHECK_PAYMENT = "check_payment"  # asks the centre whether the money came in
    FIND_CONTACT = "find_contact"
    OFFER_RELIEF = "offer_relief"
    ANSWER_QUESTION = "answer_question"
    FORWARD_DISPUTE = "forward_dispute"
    ESCALATE = "escalate"
    NOTHING = "nothing"


DEBTORS = frozenset({Reached.BORROWER, Reached.CO_BORROWER})


OTHERS = frozenset({Reached.FAMILY, Reached.THIRD_PARTY})


OUTCOMES: dict[Reached, frozenset[Outcome]] = {
    **dict.fromkeys(
        (Reached.BORROWER, Reached.CO_BORROWER),
        frozenset(
            {
                Outcome.PROMISED,
                Outcome.PAID_ALREADY,
                Outcome.ASKED_FOR_TIME,
                Outcome.HARDSHIP,
                Outcome.DISPUTES,
                Outcome.REFUSES,
                Outcome.INFORMED,
                Outcome.NEW_CONTACT,
                Outcome.OTHER,
            }
        ),
    ),
    **dict.fromkeys(
        (Reached.FAMILY, Reached.THIRD_PARTY),
        frozenset(
            {
                Outcome.NEW_CONTACT,
                Outcome.MOVED_AWAY,
                Outcome.NOT_KNOWN_HERE,
                Outcome.ASKED_TO_STOP,
                Outcome.OTHER,
            }
        ),
    ),
    Reached.NOBODY: frozenset({Outcome.NO_ANSWER, Outcome.INVALID_NUMBER, Outcome.MOVED_AWAY, Outcome.SENT}),
    Reached.WRONG_PERSON: frozenset({Outcome.NOT_KNOWN_HERE, Outcome.ASKED_TO_STOP}),
}
"""Which outcomes go with whom: a promise is given by somebody who owes, never by a neighbour."""


def check_outcome(reached: Reached, outcome: Outcome) -> None:
    """Refuse an outcome that nobody reached could have given.

    Raises:
        Refused: outcome and person do not go together.

    """
    if outcome not in OUTCOMES[reached]:
        raise Refused("This outcome does not go with the person reached: correct one of the two.")
