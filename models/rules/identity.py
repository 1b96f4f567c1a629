"""Numbers and names of persons: checking, reading, masking.

Resident identity number: GB 11643-1999 (6 area, 8 birth date, 3 sequence, 1 check). The area code is not
looked up: counties were abolished and renamed, and their people keep their numbers. Unified social credit
code: GB 32100-2015. The telephone rule is ours, by shape: a directory of number ranges goes out of date and
would refuse people on new ranges.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from enum import StrEnum
from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidChecksum, ValidationError

from models.rules.refusals import Refused

ID_LENGTH = 18
OLD_ID_LENGTH = 15
SHOWN_AREA = 6
"""Leading characters of an identity number left readable: the county. The birth date is always hidden."""
SHOWN_TAIL = 4

_SPACE = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")
_DASH = re.compile(r"[-‐‑‒–—―−]")
_ID_BODY = re.compile(r"\d{17}[\dX]", re.ASCII)
_EARLIEST_BIRTH = 1850
_LATEST_BIRTH = 2099

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
# Three-digit area codes are 010 and 02x; all others have four digits.
_LANDLINE = re.compile(r"(010|02\d|0[3-9]\d{2})([1-9]\d{6,7})", re.ASCII)
_COUNTRY = re.compile(r"(?:\+|00)86|86(?=1[3-9]\d{9}$)", re.ASCII)
_SHORT_LENGTHS = (7, 8)

_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|[A-Za-z]+")
# Surnames of two characters that are still met; used only to show the whole surname of a masked name.
# fmt: off
_COMPOUND = frozenset(
    {
        "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐",
        "宇文", "长孙", "司徒", "司空", "夏侯", "轩辕", "端木", "独孤", "南宫", "西门",
        "东郭", "百里", "呼延", "闻人", "澹台", "公冶", "宗政", "濮阳", "淳于", "单于",
        "太叔", "申屠", "仲孙", "钟离", "鲜于", "闾丘", "亓官", "万俟", "赫连", "第五",
        "左丘", "拓跋", "贺兰", "完颜", "纳兰", "叶赫", "爱新",
    }
)
# fmt: on
_LONGEST_READ_APART = 6  # a longer name is rare, and has too many parts to be looked at
# Characters read otherwise as a surname than in ordinary text: initials as a person would type them.
_SURNAME_INITIALS = {
    "万俟": "mq",
    "尉迟": "yc",
    "长孙": "zs",
    "单于": "cy",
    "澹台": "tt",
    "单": "s",
    "曾": "z",
    "仇": "q",
    "解": "x",
    "查": "z",
    "区": "o",
    "朴": "p",
    "盖": "g",
    "覃": "q",
    "种": "c",
    "重": "c",
    "秘": "b",
    "繁": "p",
    "员": "y",
    "贠": "y",
    "召": "s",
    "黑": "h",
    "洗": "x",
    "祭": "z",
    "乐": "y",
    "缪": "m",
    "谌": "c",
    "句": "g",
    "车": "c",
    "隗": "w",
    "郇": "x",
}


class Sex(StrEnum):
    """Sex as the seventeenth digit of the identity number says."""

    MALE = "male"
    FEMALE = "female"


def check_resident_id(text: str) -> str:
    """Return the number in its one written form: 18 half-width characters, capital X.

    Raises:
        Refused: with the exact reason: length, characters, birth date, or what the check digit should be.
            The sentence never holds the number itself.

    """
    is_plain = text.isascii() and text.isalnum()
    number = (text if is_plain else _SPACE.sub("", unicodedata.normalize("NFKC", text))).upper()
    if not number:
        raise Refused("The identity number is missing.")
    if len(number) == OLD_ID_LENGTH and number.isdigit():
        raise Refused("This is a 15-digit number of the old identity card: enter the 18-digit number.")
    if len(number) != ID_LENGTH:
        raise Refused(
            "An identity number has 18 characters; this one has %(length)s: compare it with the identity card.",
            length=len(number),
        )
    if not _ID_BODY.fullmatch(number):
        raise Refused("An identity number has 17 digits and then a digit or X: remove what does not belong there.")
    try:
        born = birth_date(number)
    except ValueError:
        born = None
    if born is None or not _EARLIEST_BIRTH <= born.year <= _LATEST_BIRTH:
        raise Refused("The birth date in the identity number does not exist: check its 7th to 14th digits.")
    expected = ric.calc_check_digit(number)
    if number[-1] != expected:
        raise Refused(
            "The check digit of the identity number is wrong: the last character should be %(expected)s, "
            "or one of the other digits is mistyped.",
            expected=expected,
        )
    return number


def birth_date(resident_id: str) -> date:
    """Read the birth date from a checked identity number."""
    return date(int(resident_id[6:10]), int(resident_id[10:12]), int(resident_id[12:14]))


def sex(resident_id: str) -> Sex:
    """Read the sex from a checked identity number: the 17th digit is odd for a man."""
    return Sex.MALE if int(resident_id[16]) % 2 else Sex.FEMALE


def age_on(resident_id: str, day: date) -> int:
    """Return full years of age on the day; the day of birth itself counts as the day a year is complete."""
    born = birth_date(resident_id)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def check_phone(text: str) -> str:
    """Return a telephone number in its one written form: ``13800138000``, or ``0913-8200000`` for a landline.

    Accepts +86, spaces, dashes, brackets and full-width digits.

    Raises:
        Refused: with the reason.

    """
    if text.isascii() and _MOBILE.fullmatch(text):
        return text
    bare = _SPACE.sub("", unicodedata.normalize("NFKC", text))
    bare = _DASH.sub("", bare).replace("(", "").replace(")", "")
    if not bare:
        raise Refused("The telephone number is missing.")
    country = _COUNTRY.match(bare)
    if country:
        bare = bare[country.end() :]
        if not _MOBILE.fullmatch(bare) and not bare.startswith("0"):
            bare = f"0{bare}"  # +86 913 … is dialled 0913 … at home
    if not (bare.isascii() and bare.isdigit()):
        raise Refused("A telephone number holds digits only: one number in a field, no words.")
    if _MOBILE.fullmatch(bare):
        return bare
    landline = _LANDLINE.fullmatch(bare)
    if landline:
        return f"{landline[1]}-{landline[2]}"
    if len(bare) in _SHORT_LENGTHS and bare[0] != "0":
        raise Refused("The area code is missing: write a landline as 0913-8200000.")
    if bare.startswith("1"):
        raise Refused(
            "A mobile number has 11 digits and begins with 13 to 19; this one has %(length)s digits.",
            length=len(bare),
        )
    raise Refused("This is neither a mobile number (11 digits) nor a landline with its area code.")


def check_uscc(text: str) -> str:
    """Return a unified social credit code in its written form.

    Raises:
        Refused: with the reason.

    """
    code = _SPACE.sub("", unicodedata.normalize("NFKC", text)).upper()
    try:
        return str(uscc.validate(code))
    except InvalidChecksum as error:
        raise Refused(
            "The check character of the social credit code is wrong: compare it with the certificate."
        ) from error
    except ValidationError as error:
        raise Refused("A unified social credit code has 18 digits and letters, without I, O, S, V and Z.") from error


def last_four(text: str) -> str:
    """Return the last four digits or letters, for search; empty when there are not four."""
    whole = text if text.isascii() else unicodedata.normalize("NFKC", text)
    bare = whole if whole.isalnum() else "".join(character for character in whole if character.isalnum())
    return bare[-SHOWN_TAIL:].upper() if len(bare) >= SHOWN_TAIL else ""


def masked_id(resident_id: str) -> str:
    """Show county and last four, hide the birth date: ``110105********002X``; hide anything else."""
    if len(resident_id) != ID_LENGTH:
        return "*" * len(resident_id)
    hidden = "*" * (ID_LENGTH - SHOWN_AREA - SHOWN_TAIL)
    return f"{resident_id[:SHOWN_AREA]}{hidden}{resident_id[-SHOWN_TAIL:]}"


def masked_phone(phone: str) -> str:
    """Show ``138****8000`` of a mobile number, ``0913-***0000`` of a landline; hide anything else."""
    if _MOBILE.fullmatch(phone):
        return f"{phone[:3]}****{phone[-SHOWN_TAIL:]}"
    area, dash, number = phone.partition("-")
    if dash and _LANDLINE.fullmatch(area + number):
        return f"{area}-{'*' * (len(number) - SHOWN_TAIL)}{number[-SHOWN_TAIL:]}"
    return "*" * len(phone)


def surname(name: str) -> str:
    """Return the surname of a Chinese name: two characters for a compound one, else the first."""
    name = name.strip()
    length = 2 if name[:2] in _COMPOUND and len(name) > len("欧阳") else 1
    return name[:length]


def masked_name(name: str) -> str:
    """Show the surname and hide the rest: ``张**``, ``欧阳*``. A name of one character is hidden."""
    name = name.strip()
    shown = surname(name)
    return shown + "*" * (len(name) - len(shown)) if len(name) > len(shown) else "*" * len(name)


@lru_cache(maxsize=20_000)
def initials(name: str) -> str:
    """Return the pinyin initials in lower case, as one types them to search: ``zsf``; ``sxx`` for 单小雄.

    Surnames with a reading of their own are read as surnames. Latin words give their first letter; a
    character nobody can read gives none.
    """
    name = unicodedata.normalize("NFKC", name).strip().replace("·", " ")
    head = next((key for key in (name[:2], name[:1]) if key in _SURNAME_INITIALS), "")
    rest = name[len(head) :]
    letters = [_SURNAME_INITIALS.get(head, "")]
    letters += [word[0] if word.isascii() else _first_letters(word) for word in _WORD.findall(rest)]
    return "".join(letters).lower()


def _first_letters(word: str) -> str:
    """Read a name character by character, unless some of them are read otherwise together."""
    parts = (word[first:last] for first in range(len(word)) for last in range(first + 2, len(word) + 1))
    if len(word) > _LONGEST_READ_APART or any(part in PHRASES_DICT for part in parts):
        return _read_together(word)
    return "".join(map(_read_together, word))


@lru_cache(maxsize=20_000)
def _read_together(word: str) -> str:
    """Look readings up; a district's people share far fewer characters than there are names."""
    return "".join(lazy_pinyin(word, style=Style.FIRST_LETTER, errors="ignore"))
