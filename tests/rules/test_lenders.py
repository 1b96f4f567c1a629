"""A lender's profile: the state lender's published settlement dates, and laws of any profile."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import lenders
from models.rules.facts import ALLOCATION, Part
from models.rules.lenders import DEFAULT, Profile
from models.rules.refusals import Refused


@pytest.mark.parametrize(
    ("paid_on", "settled_on"),
    [
        # The state lender's students' handbook: paid from the 1st to the 20th settles on the 20th, later in the next
        # month; no settlement in November, what is paid from then on settles on 20 December.
        (date(2026, 1, 1), date(2026, 1, 20)),
        (date(2026, 1, 20), date(2026, 1, 20)),
        (date(2026, 1, 21), date(2026, 2, 20)),
        (date(2026, 10, 20), date(2026, 10, 20)),
        (date(2026, 10, 21), date(2026, 12, 20)),
        (date(2026, 11, 1), date(2026, 12, 20)),
        (date(2026, 12, 20), date(2026, 12, 20)),
        (date(2026, 12, 21), date(2027, 1, 20)),
    ],
)
def test_the_state_lenders_settlements(paid_on: date, settled_on: date) -> None:
    assert lenders.settlement_on_or_after(paid_on, DEFAULT) == settled_on
    assert lenders.visible_from(paid_on, DEFAULT) == settled_on + timedelta(days=15)  # early in the next month


def test_short_months_and_every_month() -> None:
    profile = Profile(settlement_day=31, unsettled_month=None, posting_days=0)
    assert lenders.settlement_on_or_after(date(2027, 2, 1), profile) == date(2027, 2, 28)
    assert lenders.settlement_on_or_after(date(2026, 11, 30), profile) == date(2026, 11, 30)
    assert lenders.settled_before(date(2026, 11, 29), profile) == date(2026, 10, 31)


PROFILES = st.builds(
    Profile,
    settlement_day=st.integers(1, 31),
    unsettled_month=st.none() | st.integers(1, 12),
    posting_days=st.integers(0, 90),
)
DAYS = st.dates(date(2010, 1, 1), date(2040, 12, 31))


@given(DAYS, PROFILES)
def test_a_settlement_is_the_next_one(day: date, profile: Profile) -> None:
    found = lenders.settlement_on_or_after(day, profile)
    assert day <= found <= day + timedelta(days=62)
    assert found.month != profile.unsettled_month
    assert lenders.settlement_on_or_after(found, profile) == found
    assert found.day == profile.settlement_day or (found + timedelta(days=1)).day == 1


@given(DAYS, DAYS, PROFILES)
def test_later_money_never_shows_earlier(one: date, other: date, profile: Profile) -> None:
    first, second = sorted((one, other))
    assert lenders.visible_from(first, profile) <= lenders.visible_from(second, profile)


@given(DAYS, st.integers(-200, 200), PROFILES)
def test_a_list_shows_what_was_settled_in_time(paid_on: date, shift: int, profile: Profile) -> None:
    data_on = paid_on + timedelta(days=shift)
    shown = lenders.visible_from(paid_on, profile) <= data_on
    assert shown == (paid_on <= lenders.settled_before(data_on, profile))


def test_an_order_names_each_part_once() -> None:
    assert lenders.allocation_order("penalty,interest,principal") == ALLOCATION
    assert lenders.allocation_order("principal, interest, penalty") == (Part.PRINCIPAL, Part.INTEREST, Part.PENALTY)
    assert lenders.allocation_text(ALLOCATION) == "penalty,interest,principal"
    for wrong in ("", "penalty,interest", "penalty,penalty,principal", "penalty,interest,principal,fee", "a,b,c"):
        with pytest.raises(Refused):
            lenders.allocation_order(wrong)
    with pytest.raises(Refused):
        lenders.allocation_text((Part.PENALTY, Part.PENALTY, Part.PRINCIPAL))


@given(st.permutations(list(Part)))
def test_any_order_survives_its_keeping(order: list[Part]) -> None:
    assert lenders.allocation_order(lenders.allocation_text(tuple(order))) == tuple(order)


@pytest.mark.parametrize(
    ("profile", "penalty"),
    [
        (Profile(settlement_day=0), 130),
        (Profile(settlement_day=32), 130),
        (Profile(unsettled_month=13), 130),
        (Profile(unsettled_month=0), 130),
        (Profile(posting_days=-1), 130),
        (Profile(posting_days=91), 130),
        (DEFAULT, 99),
        (DEFAULT, 201),
    ],
)
def test_refuses_a_profile_that_cannot_be(profile: Profile, penalty: int) -> None:
    lenders.check(DEFAULT, 130)
    with pytest.raises(Refused):
        lenders.check(profile, penalty)
