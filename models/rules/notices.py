"""Words of notices: which one it is, what becomes of a number, why one could not be served, how long to pay."""

from __future__ import annotations

from enum import StrEnum

from models.rules.casework import CaseStage, TaskKind

PAY_BY_WORKING_DAYS = 10
"""Working days from the day of issue to the day payment is asked for.

No law sets it. Delivery takes up to a week after the list, and the family then needs some days; two weeks of
working days are the usual term of an office's letter. The day of issue is day 0 (Civil Code 201).
"""

RESERVATION_MINUTES = 60
"""A number taken and not used for so long is void: rendering takes less than a second."""


class NoticeLevel(StrEnum):
    """Which notice of the present arrears it is; a next one follows only where the one before was served."""

    FIRST = "first"
    SECOND = "second"
    FINAL = "final"


class NumberState(StrEnum):
    """What became of a serial number. Numbers have no gaps: each is used, or void with a reason."""

    RESERVED = "reserved"
    USED = "used"
    VOID = "void"


class FailureReason(StrEnum):
    """Why a notice was not served."""

    NOBODY_HOME = "nobody_home"
    MOVED = "moved"
    WRONG_PERSON = "wrong_person"
    SAYS_PAID = "says_paid"
    REFUSED = "refused"  # would not take it, and no witness was there to leave it
    RETURNED = "returned"  # the letter or message came back
    UNSAFE = "unsafe"  # weather, road, quarrel: left at once
    OTHER = "other"


NEXT_TASK: dict[FailureReason, TaskKind] = {
    FailureReason.MOVED: TaskKind.FIND_NUMBER,
    FailureReason.WRONG_PERSON: TaskKind.FIND_NUMBER,
    FailureReason.RETURNED: TaskKind.FIND_NUMBER,
    FailureReason.SAYS_PAID: TaskKind.CHECK_PAYMENT,
    FailureReason.NOBODY_HOME: TaskKind.VISIT,
    FailureReason.REFUSED: TaskKind.VISIT,  # again, with two witnesses: then it can be left
    FailureReason.UNSAFE: TaskKind.VISIT,
}
"""What a failed attempt leads to."""

STAGE_BEFORE: dict[CaseStage, frozenset[CaseStage]] = {
    CaseStage.NOTICE_ISSUED: frozenset({CaseStage.NEW, CaseStage.CONTACTED}),
    CaseStage.NOTICE_SERVED: frozenset({CaseStage.NEW, CaseStage.CONTACTED, CaseStage.NOTICE_ISSUED}),
}
"""From which stages of a case a notice moves it on; later stages stay."""


def level_after(served: int) -> NoticeLevel:
    """Return the level of the next notice when so many of the present arrears were served."""
    levels = tuple(NoticeLevel)
    return levels[min(served, len(levels) - 1)]
