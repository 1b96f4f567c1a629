"""Seven days, four weeks, twelve months: what the rule keeps, and that night after night it comes to the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.rules.backups import KEPT, OLD_AFTER, RECENT, Span, is_old, kept

_FIRST = datetime(2026, 1, 1, 1, 30)
_HOURS = st.lists(st.integers(0, 24 * 900), max_size=60)


def _named(hours: list[int]) -> dict[str, datetime]:
    return {f"{place}": _FIRST + timedelta(hours=hour) for place, hour in enumerate(hours)}


@given(_HOURS)
def test_the_newest_stays_and_no_more_than_the_rule_says(hours: list[int]) -> None:
    moments = _named(hours)
    found = kept(moments)
    assert set(found) <= set(moments)
    for span, count in KEPT.items():
        assert sum(span in spans for spans in found.values()) <= count
    if moments:
        newest = max(moments.values())
        recent = {name for name, at in moments.items() if newest - at < RECENT}
        assert recent == {name for name, spans in found.items() if Span.RECENT in spans}
        assert recent


@given(_HOURS)
def test_each_of_the_last_days_weeks_and_months_has_its_newest(hours: list[int]) -> None:
    moments = _named(hours)
    found = kept(moments)
    keys = {
        Span.DAY: lambda at: at.date(),
        Span.WEEK: lambda at: at.isocalendar()[:2],
        Span.MONTH: lambda at: (at.year, at.month),
    }
    for span, key in keys.items():
        wanted = sorted({key(at) for at in moments.values()}, reverse=True)[: KEPT[span]]
        assert sorted((key(moments[name]) for name, spans in found.items() if span in spans), reverse=True) == wanted
        for name, spans in found.items():
            if span in spans:
                same = [at for at in moments.values() if key(at) == key(moments[name])]
                assert moments[name] == max(same)


@given(_HOURS)
def test_asked_again_it_keeps_the_same(hours: list[int]) -> None:
    moments = _named(hours)
    once = kept(moments)
    assert kept({name: moments[name] for name in once}) == once


@given(st.lists(st.integers(1, 24 * 40), max_size=60))
def test_removing_each_time_keeps_what_removing_at_the_end_does(gaps: list[int]) -> None:
    """Nothing goes early that a later look would have kept."""
    held: dict[str, datetime] = {}
    ever: dict[str, datetime] = {}
    at = _FIRST
    for place, gap in enumerate(gaps):
        at += timedelta(hours=gap)
        held[f"{place}"] = ever[f"{place}"] = at
        held = {name: held[name] for name in kept(held)}
    assert set(held) == set(kept(ever))


def test_a_year_of_nights() -> None:
    moments = {(_FIRST + timedelta(days=day)).strftime("%Y-%m-%d"): _FIRST + timedelta(days=day) for day in range(400)}
    found = kept(moments)
    assert sorted(name for name, spans in found.items() if Span.DAY in spans) == [
        f"2027-01-{29 + day:02d}" if day < 3 else f"2027-02-0{day - 2}" for day in range(7)
    ]
    assert sorted(name for name, spans in found.items() if Span.WEEK in spans) == [
        "2027-01-17", "2027-01-24", "2027-01-31", "2027-02-04",
    ]  # fmt: skip
    months = sorted(name for name, spans in found.items() if Span.MONTH in spans)
    assert len(months) == 12
    assert months[:2] == ["2026-03-31", "2026-04-30"]
    assert months[-1] == "2027-02-04"


def test_after_two_days_the_newest_is_old() -> None:
    assert is_old(None, _FIRST)
    assert not is_old(_FIRST, _FIRST + OLD_AFTER)
    assert is_old(_FIRST, _FIRST + OLD_AFTER + timedelta(seconds=1))
