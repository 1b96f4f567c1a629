from __future__ import annotations

from datetime import date

import pytest

from models.rules.handovers import (
    REMARKS_MOST,
    Counts,
    HandoverState,
    HandoverStep,
    check_paper,
    check_receiver,
    checked_remarks,
    is_moved,
)
from models.rules.permissions import Role
from models.rules.refusals import Refused
from models.rules.workflows import HANDOVER

DAY = date(2026, 11, 23)


def test_only_the_receiver_accepts() -> None:
    check_receiver(actor_id=7, receiver_id=7)
    for receiver in (8, None):
        with pytest.raises(Refused, match="Only the person who received"):
            check_receiver(actor_id=7, receiver_id=receiver)


def test_a_signed_copy_counts_only_for_who_cannot_sign_in() -> None:
    check_paper(receiver_id=None)
    with pytest.raises(Refused, match="has an account"):
        check_paper(receiver_id=8)


def test_no_member_files_a_signed_copy_and_nobody_ends_a_handover_by_hand() -> None:
    with pytest.raises(Refused, match="somebody else's part"):
        HANDOVER.take(HandoverState.OPEN, HandoverStep.ACCEPT_ON_PAPER, Role.MEMBER)
    for role in Role:
        with pytest.raises(Refused):
            HANDOVER.take(HandoverState.OPEN, HandoverStep.END, role)
    assert HANDOVER.final == {HandoverState.ACCEPTED, HandoverState.ENDED}


def test_counts_are_read_as_they_were_stored_even_when_more_is_counted_since() -> None:
    counts = Counts(borrowers=9, people=3, overdue=2, risks=1)
    assert Counts.from_json(counts.to_json()) == counts
    assert Counts.from_json({"people": 3, "no_longer_counted": 5}) == Counts(people=3)


def test_remarks_are_trimmed_and_bounded() -> None:
    assert checked_remarks("  两人的电话请补上 \n") == "两人的电话请补上"
    assert checked_remarks("字" * REMARKS_MOST) == "字" * REMARKS_MOST
    with pytest.raises(Refused, match="1000"):
        checked_remarks("字" * (REMARKS_MOST + 1))


@pytest.mark.parametrize(
    ("moved_on", "reached_on", "moved"),
    [
        (None, None, False),
        (DAY, None, True),
        (DAY, date(2026, 11, 22), True),
        (DAY, DAY, False),  # reached in person on that very day: they are there
        (None, DAY, False),
    ],
)
def test_moved_is_the_last_that_is_known(moved_on: date | None, reached_on: date | None, moved: bool) -> None:
    assert is_moved(moved_on=moved_on, reached_on=reached_on) is moved
