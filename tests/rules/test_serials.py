"""No number is given twice, whatever was brought back: shown on invented lives of a database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.rules.refusals import Refused
from models.rules.serials import MOST, PER_MINUTE, SIX_DIGITS, bound, first_free

_MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59, 59))
_WAITS = st.integers(0, 120) | st.integers(0, 60 * 24 * 60) | st.just(60 * 24 * 300)  # minutes
_STEPS = st.one_of(
    st.tuples(st.just("wait"), _WAITS),
    st.tuples(st.just("issue"), st.integers(1, 3000)),
    st.tuples(st.just("backup"), st.just(0)),
    st.tuples(st.just("restore"), st.integers(0, 10)),
)
_SOON_AFTER_ONE_ANOTHER = [("restore", 0), ("wait", 5), ("issue", 2000), ("issue", 50), ("restore", 0), ("wait", 200)]


@given(_MOMENTS, _MOMENTS)
def test_the_bound_only_rises_and_always_has_seven_digits_at_most(one: datetime, other: datetime) -> None:
    assert SIX_DIGITS <= bound(one) <= MOST
    other = other.replace(year=one.year) if (other.month, other.day) != (2, 29) else one
    early, late = sorted((one, other))
    assert bound(early) <= bound(late)
    assert bound(late + timedelta(minutes=1)) in (bound(late) + PER_MINUTE, SIX_DIGITS)  # or the year is new


def test_a_year_begins_with_six_digits_and_ends_within_seven() -> None:
    assert bound(datetime(2028, 1, 1)) == SIX_DIGITS
    assert MOST - 50_000 < bound(datetime(2028, 12, 31, 23, 59, 59)) <= MOST


@given(_MOMENTS, st.integers(0, 900_000), st.integers(1, 90_000))
def test_nobody_who_never_restored_notices(moment: datetime, last: int, count: int) -> None:
    assert first_free(last=last, passed=0, count=count, moment=moment) == last + 1


def test_at_the_moment_of_a_restore_none_is_free_and_a_minute_later_some_are() -> None:
    moment = datetime(2026, 12, 21, 14, 5)
    passed = bound(moment)
    with pytest.raises(Refused, match="Only 0 serial numbers"):
        first_free(last=124, passed=passed, count=1, moment=moment)
    later = moment + timedelta(minutes=1)
    assert first_free(last=124, passed=passed, count=PER_MINUTE, moment=later) == passed + 1
    with pytest.raises(Refused, match=f"Only {PER_MINUTE} serial numbers"):
        first_free(last=124, passed=passed, count=PER_MINUTE + 1, moment=later)
    with pytest.raises(Refused, match="Only 0 serial numbers"):  # a clock that goes back gives none
        first_free(last=124, passed=passed, count=1, moment=moment - timedelta(hours=1))


@dataclass(frozen=True)
class _Life:
    """What a database knows: the last number by year, and the bound of restores by year."""

    last: dict[int, int] = field(default_factory=dict)
    passed: dict[int, int] = field(default_factory=dict)

    def issue(self, count: int, moment: datetime) -> tuple[_Life, range]:
        year = moment.year
        first = first_free(last=self.last.get(year, 0), passed=self.passed.get(year, 0), count=count, moment=moment)
        return replace(self, last=self.last | {year: first + count - 1}), range(first, first + count)

    def brought_back(self, moment: datetime) -> _Life:
        return replace(self, passed=self.passed | {moment.year: bound(moment)})


@given(_MOMENTS, st.lists(_STEPS, min_size=3, max_size=40))
@example(datetime(2026, 12, 21, 14, 5), [*_SOON_AFTER_ONE_ANOTHER, ("issue", 2000)])
def test_no_number_is_given_twice_in_any_order_of_backups_and_restores(
    moment: datetime, steps: list[tuple[str, int]]
) -> None:
    """The same backup may be brought back several times, or one that is older than the last restore."""
    life = _Life()
    backups = [life]
    given_out: dict[int, list[range]] = {}
    for what, value in steps:
        if what == "wait":
            moment += timedelta(minutes=value)
        elif what == "backup":
            backups.append(life)
        elif what == "restore":
            life = backups[value % len(backups)].brought_back(moment)
        else:
            try:
                life, numbers = life.issue(value, moment)
            except Refused:
                continue
            for earlier in given_out.get(moment.year, []):
                assert numbers[-1] < earlier[0] or earlier[-1] < numbers[0]
            given_out.setdefault(moment.year, []).append(numbers)
