"""Short codes, and what one typed or scanned line says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import verification
from models.rules.returns import KEYS, MEANINGS, Misread, ReturnOutcome, read_line
from models.rules.serials import MOST, SIX_DIGITS

_YEAR = 2026
_NUMBERS = st.integers(1, SIX_DIGITS) | st.integers(SIX_DIGITS + 1, MOST)
_YEARS = st.integers(_YEAR - 5, _YEAR)
_LONG = st.binary(min_size=verification.RANDOM_BYTES, max_size=verification.RANDOM_BYTES).map(verification.make_code)


@given(_YEARS, _NUMBERS)
def test_a_short_code_names_its_paper(year: int, number: int) -> None:
    code = verification.short_code(year, number)
    assert len(code) == (verification.SHORT_LENGTH if number <= SIX_DIGITS else verification.LONGER_LENGTH)
    assert verification.read_short_code(f" {code[:3].lower()}-{code[3:]} ", _YEAR) == (year, number)


@given(_YEARS, _NUMBERS, st.integers(0, 7), st.sampled_from(verification.ALPHABET))
def test_one_wrong_character_is_noticed(year: int, number: int, place: int, sign: str) -> None:
    code = verification.short_code(year, number)
    place %= len(code)
    wrong = code[:place] + sign + code[place + 1 :]
    assert (verification.read_short_code(wrong, _YEAR) is None) == (wrong != code)


@given(_YEARS, _NUMBERS, st.integers(0, 7), st.integers(0, 7))
def test_two_swapped_characters_are_noticed(year: int, number: int, one: int, other: int) -> None:
    signs = list(verification.short_code(year, number))
    one, other = one % len(signs), other % len(signs)
    signs[one], signs[other] = signs[other], signs[one]
    wrong = "".join(signs)
    assert (verification.read_short_code(wrong, _YEAR) is None) == (wrong != verification.short_code(year, number))


@given(_YEARS, _NUMBERS, _YEARS, _NUMBERS)
def test_no_two_papers_have_one_code_and_none_begins_another(year: int, number: int, other: int, another: int) -> None:
    one, two = verification.short_code(year, number), verification.short_code(other, another)
    assert (one == two) == ((year, number) == (other, another))
    assert one == two or not two.startswith(one)


def test_a_number_that_cannot_be_has_no_code() -> None:
    for year, number in ((1999, 1), (_YEAR, 0), (_YEAR, MOST + 1)):
        with pytest.raises(ValueError, match="no short code"):
            verification.short_code(year, number)


@given(_LONG, st.sampled_from(sorted(KEYS)), st.sampled_from(["{} {}", "{}{}", " {}  {} ", "https://a.cn/check/{} {}"]))
def test_a_code_and_a_key_are_an_outcome(code: str, key: str, shape: str) -> None:
    line = read_line(shape.format(code, key), _YEAR)
    assert (line.code, line.outcome, line.misread) == (code, KEYS[key], None)


@given(_NUMBERS, st.sampled_from(sorted(KEYS)))
def test_a_short_code_and_a_key_are_an_outcome(number: int, key: str) -> None:
    code = verification.short_code(_YEAR, number)
    for text in (f"{code} {key}", f"{code}{key}", f"{code.lower()} {key} 村委会在场"):
        line = read_line(text, _YEAR)
        assert (line.year, line.number, line.outcome, line.misread) == (_YEAR, number, KEYS[key], None)
    assert read_line(f"{code} {key} 村委会在场", _YEAR).note == "村委会在场"


@given(_LONG, st.integers(0, 13), st.sampled_from(verification.ALPHABET), st.sampled_from(["", " 1", " 5 拒签"]))
def test_a_mistyped_long_code_never_names_another_paper(code: str, place: int, sign: str, rest: str) -> None:
    wrong = code[:place] + sign + code[place + 1 :]
    if code[place] == "-" or wrong == code:
        return
    assert read_line(wrong + rest, _YEAR).misread is Misread.MISTYPED


@given(st.text(max_size=60))
def test_any_line_gets_an_answer(text: str) -> None:
    line = read_line(text, _YEAR)
    assert (line.misread is None) == bool(line.code and line.misread is not Misread.MISTYPED)


@pytest.mark.parametrize(
    ("text", "misread"),
    [
        ("", Misread.EMPTY),
        ("   ", Misread.EMPTY),
        ("3467", Misread.NOT_A_CODE),
        ("hello", Misread.NOT_A_CODE),
        ("https://a.cn/pay/3CEP-HT9Y-T47C", Misread.NOT_A_CODE),
    ],
)
def test_what_is_no_code_is_called_so(text: str, misread: Misread) -> None:
    assert read_line(text, _YEAR).misread is misread


def test_an_unknown_key_is_no_outcome() -> None:
    code = verification.short_code(_YEAR, 7)
    assert read_line(code, _YEAR).outcome is None
    line = read_line(f"{code} x", _YEAR)
    assert (line.misread, line.key, line.outcome) == (None, "x", None)


def test_every_outcome_has_a_key_and_a_meaning() -> None:
    assert set(KEYS.values()) == set(ReturnOutcome) == set(MEANINGS)
    assert all(meaning.was_served == (meaning.failure is None) for meaning in MEANINGS.values())
