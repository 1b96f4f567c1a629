"""What a leader may ask a township or another body for: one stated help each, in words that disclose no debt.

Whoever is asked is a third party to the loan. It learns whom to reach and what is asked, and nothing that the
help does not need (Personal Information Protection Law 6; GB/T 45251-2025: the debt is never disclosed to others).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from models.rules.calendar import WorkingDays
from models.rules.contact_policy import Attempt, exhausted
from models.rules.refusals import Refused

ANSWER_WORKING_DAYS = 10
"""Working days for an answer when the leader names no other number.

No law sets it: it is the district's own term, long enough for one visit to a village. The day of sending is day 0
(Civil Code 201).
"""

ANSWER_DAYS_LEAST = 3
ANSWER_DAYS_MOST = 20
VIEW_DAYS = 30
"""Calendar days for which the body asked may see the case; longer only where the deadline is later."""


class Help(StrEnum):
    """The one thing asked for. None of them is collecting money."""

    LOCATE = "locate"  # find out where the person lives now
    PASS_ON = "pass_on"  # noqa: S105  # no password: ask the person to contact the aid centre
    ACCOMPANY = "accompany"  # go along on a visit
    CONFIRM_HARDSHIP = "confirm_hardship"  # civil affairs confirms low-income, illness or disaster
    MEDIATE = "mediate"  # settle a dispute in the family or village


_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日")
_AMOUNT = re.compile(
    r"[¥￥$]\s*\d|\d[\d,，.]*\s*[十百千万亿]*\s*[元块]|[零一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟]+\s*[元块]"
    r"|\d\s*(?:yuan|rmb|cny)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d(?:[ \-]?[\dXx]){6,}")


def check_words(text: str) -> None:
    """Refuse an amount, and any telephone, identity, contract or account number, in words meant for another body.

    Raises:
        Refused: says which of the two it is.

    """
    bare = _DAY.sub("", text)
    if _AMOUNT.search(bare):
        raise Refused("Leave the amount out: whoever is asked for help does not learn what is owed.")
    if _NUMBER.search(bare):
        raise Refused("Leave telephone, identity, contract and account numbers out of a request for help.")


def may_ask(help_asked: Help, history: Iterable[Attempt], reason: str) -> bool:
    """Say whether others may be asked: enough was tried, hardship is to be confirmed, or a reason is stated."""
    return help_asked is Help.CONFIRM_HARDSHIP or bool(reason.strip()) or exhausted(history)


def deadlines(calendar: WorkingDays, sent_on: date, working_days: int) -> tuple[date, date]:
    """Return the day the answer is due and the last day on which the body asked may see the case.

    Raises:
        Refused: fewer or more working days than the procedure allows.

    """
    if not ANSWER_DAYS_LEAST <= working_days <= ANSWER_DAYS_MOST:
        raise Refused(
            "Give between %(least)s and %(most)s working days for the answer.",
            least=ANSWER_DAYS_LEAST,
            most=ANSWER_DAYS_MOST,
        )
    due_on = calendar.add(sent_on, working_days)
    return due_on, max(sent_on + timedelta(days=VIEW_DAYS), due_on)


def days_left(calendar: WorkingDays, today: date, due_on: date) -> int:
    """Return the working days left, today not counted; 0 on the day itself; negative when it is late."""
    if today <= due_on:
        return calendar.between(today + timedelta(days=1), due_on)
    return -max(1, calendar.between(due_on + timedelta(days=1), today))
