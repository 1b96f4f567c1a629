"""The order of houses in a village: by the numbers in an address, as a person on foot would take them."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100}
_PARTS = re.compile(r"(\d+|[零〇一二两三四五六七八九十百]+(?=[组队社区排号栋幢弄巷单元室]))")

HouseKey = tuple[tuple[int, int, str], ...]


def house_key(address: str) -> HouseKey:
    """Return what addresses of one village are sorted by: 三组9号 before 三组12号 before 十组1号; none comes last."""
    text = unicodedata.normalize("NFKC", address).strip()
    if not text:
        return ((2, 0, ""),)
    return tuple(
        (0, _number(part), "") if place % 2 else (1, 0, part) for place, part in enumerate(_PARTS.split(text)) if part
    )


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text[:18])
    total = digit = 0
    for sign in text:
        if sign in _UNITS:
            total += (digit or 1) * _UNITS[sign]
            digit = 0
        else:
            digit = digit * 10 + _DIGITS[sign]
    return total + digit
