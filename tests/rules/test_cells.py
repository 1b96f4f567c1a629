"""Spreadsheet cells as banks really write them."""

import math
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import cells, figures
from models.rules.refusals import Refused

ANY_CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.dates(),
    st.datetimes(),
    st.text(),
    st.from_regex(r"[-(¥]?[0-9,.]{0,20}[%元)]?", fullmatch=True),
)
CLEANERS: tuple[Callable[[object], object], ...] = (
    figures.amount,
    figures.day,
    cells.resident_id,
    cells.phone,
    cells.phones,
    figures.year,
    figures.rate_pct,
)


def refusal(clean: Callable[[object], object], cell: object) -> str:
    """The sentence the cell is refused with; empty when it is accepted."""
    try:
        clean(cell)
    except Refused as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("clean", CLEANERS)
@given(cell=ANY_CELL)
def test_anything_is_cleaned_or_refused_with_a_sentence(clean: Callable[[object], object], cell: object) -> None:
    sentence = refusal(clean, cell)
    assert sentence == "" or sentence.endswith(".")


@pytest.mark.parametrize("clean", CLEANERS)
@pytest.mark.parametrize("cell", [None, "", " \u00a0", "-", "/"])
def test_nothing_is_refused(clean: Callable[[object], object], cell: object) -> None:
    with pytest.raises(Refused):
        clean(cell)


@pytest.mark.parametrize("clean", CLEANERS)
@pytest.mark.parametrize("number", ["130402198207290622", "11010519491231002x", "x13800138000138"])
def test_no_sentence_quotes_a_persons_number(clean: Callable[[object], object], number: str) -> None:
    for cell in (number, f"{number}?", f"身份证{number}"):
        sentence = refusal(clean, cell)
        assert number not in sentence
        assert number[6:14] not in sentence


@given(st.integers(0, 10**11))
def test_amounts_come_back_whatever_the_writing(fen: int) -> None:
    yuan = Decimal(fen) / 100
    for cell in (float(yuan), yuan, f"{yuan:.2f}", f"{yuan:,.2f}元", f"￥{yuan:.2f}", f" {yuan:.2f}\u00a0"):
        assert figures.amount(cell) == yuan
        assert figures.amount(cell).as_tuple().exponent == -2


@given(st.integers(1, 10**11 - 1), st.integers(1, 9))
def test_fractions_of_a_fen_and_negatives_are_refused(fen: int, tenth: int) -> None:
    with pytest.raises(Refused, match="fractions"):
        figures.amount(f"{Decimal(fen) / 100:.2f}{tenth}")
    with pytest.raises(Refused, match="negative"):
        figures.amount(-fen / 100)


@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        ("1,234.50元", "1234.50"),
        ("￥１，２３４．５", "1234.50"),
        ("人民币 12元整", "12.00"),
        (0.1 + 0.2, "0.30"),
        (1234.5600000000002, "1234.56"),
        (-0.0, "0.00"),
        (7, "7.00"),
    ],
)
def test_amount_examples(cell: object, yuan: str) -> None:
    assert str(figures.amount(cell)) == yuan


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("12,34", "not an amount"),
        ("1e5", "not an amount"),
        ("元", "not an amount"),
        ("一百", "not an amount"),
        (math.nan, "no number"),
        (math.inf, "no number"),
        (True, "no number"),
        (1e300, "larger"),
        ("(3.00)", "negative"),
        ("−3", "negative"),
        (12.345, "fractions"),
    ],
)
def test_wrong_amounts(cell: object, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        figures.amount(cell)


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_days_come_back_whatever_the_writing(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    for cell in (
        day,
        datetime(day.year, day.month, day.day, 13, 5),
        serial,
        serial + 0.5,
        float(f"{day:%Y%m%d}"),
        f"{day:%Y-%m-%d}",
        f"{day:%Y/%m/%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%Y.%m.%d}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y-%m-%d} 00:00:00",
    ):
        assert figures.day(cell) == day


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2026-02-30", "no day 2026-02-30"),
        (20260230.0, "no day"),
        ("20/12/2026", "not a date"),
        ("26-12-20", "not a date"),
        ("2026/12-20", "not a date"),
        ("2026年12月", "not a date"),
        (60, "not a date"),
        (1e9, "not a date"),
        (math.nan, "no date"),
        (date(1900, 1, 1), "cannot be right"),
        ("2101-01-01", "cannot be right"),
        (True, "not a date"),
    ],
)
def test_wrong_days(cell: object, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        figures.day(cell)


def test_the_first_serial_day_is_the_sheets_own() -> None:
    assert figures.day(46376) == date(2026, 12, 20)
    assert date(1899, 12, 30) + timedelta(days=46376) == date(2026, 12, 20)


@pytest.mark.parametrize(
    "cell",
    [610102199901011234.0, 610102199901011234, Decimal(610102199901011234), "6.10102E+17", "610102199901011200"],
)
def test_an_identity_number_kept_as_a_figure_has_lost_digits(cell: object) -> None:
    with pytest.raises(Refused, match="last digits are lost"):
        cells.resident_id(cell)


def test_identity_numbers_as_text() -> None:
    assert cells.resident_id(" '11010519491231002x ") == "11010519491231002X"
    with pytest.raises(Refused, match="should be 4"):
        cells.resident_id("130402198207290622")
    with pytest.raises(Refused, match="15-digit"):
        cells.resident_id(110105491231002.0)


def test_phones() -> None:
    assert cells.phone(13800138000.0) == "13800138000"
    assert cells.phone("0913-8200000") == "0913-8200000"
    assert cells.phones("138 0013 8000、0913-8200000/13800138000") == ("13800138000", "0913-8200000")
    assert cells.phones("13800138000 13900139000") == ("13800138000", "13900139000")
    with pytest.raises(Refused, match="several"):
        cells.phone("13800138000，13900139000")


def test_years() -> None:
    for cell in (2026, 2026.0, "2026", "2026年", "２０２６届", "2026级", date(2026, 7, 1), datetime(2026, 7, 1)):
        assert figures.year(cell) == 2026
    for cell in (26, 2026.5, "二〇二六", 3000, "2026-7"):
        with pytest.raises(Refused, match="not a year"):
            figures.year(cell)


def test_rates() -> None:
    for cell in (2.8, "2.8", "2.80%", "２．８％", 0.028, Decimal("0.028")):
        assert figures.rate_pct(cell) == Decimal("2.8")
    assert figures.rate_pct(0) == 0
    for cell, reason in (
        ("0.028", "percent sign"),
        (28, "higher"),
        ("-1", "not an interest rate"),
        (2.81234, "more than four"),
        ("LPR-30BP", "not an interest rate"),
    ):
        with pytest.raises(Refused, match=reason):
            figures.rate_pct(cell)


def test_text_is_one_clean_line() -> None:
    assert cells.text(" 张\u200b三\u00a0\n丰 ") == "张三 丰"
    assert cells.text(12.0) == "12"
    assert cells.text(None) == ""
    assert cells.text(datetime(2026, 12, 20, 8, 0)) == "2026-12-20 08:00:00"


@given(st.text())
def test_cleaning_text_twice_changes_nothing(words: str) -> None:
    once = cells.text(words)
    assert cells.text(once) == once
    assert cells.is_blank(words) == (once in {"", "-", "—", "/", "\\"})
