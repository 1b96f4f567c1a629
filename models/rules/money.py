"""Money: ``Decimal`` yuan with two decimals in Python, whole fen (``int``) in columns; rounding only here."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from models.rules.refusals import Refused

FEN = Decimal("0.01")
"""The smallest amount."""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")
_TOO_LARGE_FEN = 10**14  # a million million yuan: no amount of this portal is that large


def round_fen(yuan: Decimal) -> Decimal:
    """Round to fen, half away from zero (what banks print)."""
    return yuan.quantize(FEN, rounding=ROUND_HALF_UP)


def to_fen(yuan: Decimal) -> int:
    """Turn yuan into whole fen for a column.

    Raises:
        Refused: a fraction of a fen, or not a number: round by name first.

    """
    try:
        rounded = yuan.quantize(FEN)
    except InvalidOperation:
        raise Refused("This is not an amount of money.") from None
    if rounded != yuan:
        raise Refused("An amount has at most two decimals: %(amount)s.", amount=yuan)
    return int(rounded.scaleb(2))


def from_fen(fen: int) -> Decimal:
    """Turn whole fen from a column into yuan with two decimals."""
    return Decimal(fen).scaleb(-2).quantize(FEN)


def split(total_fen: int, n: int) -> tuple[int, ...]:
    """Split an amount into n equal parts of whole fen; what is left over joins the last part.

    Args:
        total_fen: amount, 0 or more.
        n: number of parts, 1 or more.

    Returns:
        n parts whose sum is the total.

    Raises:
        Refused: no parts, or a negative amount.

    """
    if n < 1:
        raise Refused("An amount is split into at least one part.")
    if total_fen < 0:
        raise Refused("An amount to split cannot be negative.")
    part, left_over = divmod(total_fen, n)
    return (*(part for _ in range(n - 1)), part + left_over)


def shown(yuan: Decimal) -> str:
    """Write an amount for reading: ``1,234.50``."""
    return f"{round_fen(yuan):,.2f}"


def in_capitals(yuan: Decimal) -> str:
    """Write an amount in the characters of legal paper: 人民币壹仟贰佰叁拾肆元伍角整.

    Raises:
        Refused: negative, with a fraction of a fen, or too large to be real.

    """
    fen = to_fen(yuan)
    if fen < 0 or fen >= _TOO_LARGE_FEN:
        raise Refused("This amount cannot be written in words: %(amount)s.", amount=yuan)
    whole, small = divmod(fen, 100)
    jiao, last = divmod(small, 10)
    text = f"{_whole_yuan(whole)}元" if whole or not small else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif last and whole:
        text += "零"
    text += f"{_DIGITS[last]}分" if last else "整"
    return f"人民币{text}"


def _whole_yuan(yuan: int) -> str:
    """Read a whole number in groups of four digits, one 零 for each gap."""
    if not yuan:
        return _DIGITS[0]
    text = ""
    gap = False
    for place in range(len(str(yuan)) - 1, -1, -1):
        digit = yuan // 10**place % 10
        group, within = divmod(place, 4)
        if digit:
            text += (_DIGITS[0] if gap else "") + _DIGITS[digit] + _PLACES[within]
            gap = False
        elif text:
            gap = True
        if not within and yuan // 10**place % 10_000:
            text += _GROUPS[group]
    return text
