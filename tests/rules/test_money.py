"""Money: whole fen, named rounding, the characters of legal paper."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import money
from models.rules.refusals import Refused

FEN = st.integers(0, 10**14 - 1)


@given(FEN, st.integers(1, 60))
def test_split_conserves_the_sum_to_the_fen(total: int, n: int) -> None:
    parts = money.split(total, n)
    assert len(parts) == n
    assert sum(parts) == total
    assert len(set(parts[:-1])) <= 1
    assert 0 <= parts[-1] - parts[0] < n


def test_split_equal_principal_published_example() -> None:
    # Fineract's published equal-principal loan: 10,000 in 12 gives 833.33 each.
    parts = money.split(1_000_000, 12)
    assert parts == (83_333,) * 11 + (83_337,)


@pytest.mark.parametrize(("total", "n"), [(100, 0), (100, -1), (-1, 3)])
def test_split_refuses(total: int, n: int) -> None:
    with pytest.raises(Refused):
        money.split(total, n)


@given(FEN)
def test_fen_and_yuan_are_the_same_amount(fen: int) -> None:
    assert money.to_fen(money.from_fen(fen)) == fen
    assert money.to_fen(-money.from_fen(fen)) == -fen
    assert money.from_fen(fen).as_tuple().exponent == -2


@given(st.integers(-(10**9), 10**9).filter(lambda thousandths: thousandths % 10))
def test_to_fen_refuses_fractions(thousandths: int) -> None:
    with pytest.raises(Refused):
        money.to_fen(Decimal(thousandths).scaleb(-3))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1E+40"])
def test_to_fen_refuses_what_is_not_money(text: str) -> None:
    with pytest.raises(Refused):
        money.to_fen(Decimal(text))


@pytest.mark.parametrize(
    ("yuan", "rounded"),
    [
        ("0.005", "0.01"),
        ("0.004", "0.00"),
        ("449.1667", "449.17"),
        ("80.1667", "80.17"),
        ("-0.005", "-0.01"),
        ("2.675", "2.68"),
    ],
)
def test_round_half_up(yuan: str, rounded: str) -> None:
    assert money.round_fen(Decimal(yuan)) == Decimal(rounded)


@pytest.mark.parametrize(
    ("yuan", "text"), [("1234.5", "1,234.50"), ("0", "0.00"), ("6490286.86", "6,490,286.86"), ("-3", "-3.00")]
)
def test_shown(yuan: str, text: str) -> None:
    assert money.shown(Decimal(yuan)) == text


@pytest.mark.parametrize(
    ("yuan", "text"),
    [
        ("1234.50", "人民币壹仟贰佰叁拾肆元伍角整"),
        ("1234.56", "人民币壹仟贰佰叁拾肆元伍角陆分"),
        ("1234.05", "人民币壹仟贰佰叁拾肆元零伍分"),
        ("1234", "人民币壹仟贰佰叁拾肆元整"),
        ("0", "人民币零元整"),
        ("0.50", "人民币伍角整"),
        ("0.05", "人民币伍分"),
        ("0.56", "人民币伍角陆分"),
        ("10", "人民币壹拾元整"),
        ("1005", "人民币壹仟零伍元整"),
        ("10000", "人民币壹万元整"),
        ("10001", "人民币壹万零壹元整"),
        ("100500", "人民币壹拾万零伍佰元整"),
        ("20305.07", "人民币贰万零叁佰零伍元零柒分"),
        ("107000.53", "人民币壹拾万零柒仟元伍角叁分"),
        ("6490286.86", "人民币陆佰肆拾玖万零贰佰捌拾陆元捌角陆分"),
        ("100000000", "人民币壹亿元整"),
        ("100010000", "人民币壹亿零壹万元整"),
        ("100000001", "人民币壹亿零壹元整"),
        ("987600000000", "人民币玖仟捌佰柒拾陆亿元整"),
        # Examples of the central bank's rules for filling in payment papers, where 零 before 角 is optional.
        ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("1680.32", "人民币壹仟陆佰捌拾元叁角贰分"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "人民币叁佰贰拾伍元零肆分"),
    ],
)
def test_in_capitals(yuan: str, text: str) -> None:
    assert money.in_capitals(Decimal(yuan)) == text


@pytest.mark.parametrize("yuan", ["-1", "0.001", "1000000000000"])
def test_in_capitals_refuses(yuan: str) -> None:
    with pytest.raises(Refused):
        money.in_capitals(Decimal(yuan))


DIGITS = {char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read_back(text: str) -> int:
    """Read the characters again, the plain way, to fen."""
    total = section = digit = fen = 0
    for char in text.removeprefix("人民币").removesuffix("整"):
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in UNITS:
            section, digit = section + digit * UNITS[char], 0
        elif char == "万":
            section, digit, total = 0, 0, total + (section + digit) * 10_000
        elif char == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
        elif char == "元":
            fen, total, section, digit = (total + section + digit) * 100, 0, 0, 0
        elif char == "角":
            fen, digit = fen + digit * 10, 0
        elif char == "分":
            fen, digit = fen + digit, 0
    return fen


@given(FEN)
def test_capitals_read_back_to_the_same_amount(fen: int) -> None:
    text = money.in_capitals(money.from_fen(fen))
    assert read_back(text) == fen
    assert "零零" not in text
