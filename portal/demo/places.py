"""Invented places: a district whose every name says that it is a demonstration.

Codes begin with 99, which no province has, landlines with 0340, which no place has.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

DISTRICT_CODE = "990101"
DISTRICT = "演示区"
CENTRE = "演示区学生资助管理中心"
CENTRE_LANDLINE = "0340-8200000"
ISSUING_MARK = "演资助催"
LENDER = "演示开发银行"
LENDER_CODE = "DEMO"
CHANNELS = "演示银行还款系统、演示银行手机应用、区资助中心POS机（均为虚构，请勿付款）"

_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"  # twelve signs to count by: nobody's places
_NUMERALS = "零一二三四五六七八九十"
_SMALL_BELOW = 600  # borrowers; a test needs no 140 villages
# Share of the people with anything due who are in arrears, by school: from nobody to three times the target.
_RATES_PCT = (9.0, 0.0, 2.0, 12.0, 4.0, 6.0, 15.0, 3.0, 8.0, 5.0, 10.0, 0.0, 7.0, 14.0, 4.5, 11.0, 13.0, 6.5)
_GIVEN = "安平宁和文明正清雅静远思齐知行书言成立新晓春秋冬夏青山川云舟禾田原"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"


@dataclass(frozen=True, slots=True)
class DemoVillage:
    """A village; ``weight`` is its share of the people, ``member`` its keeper ("": nobody yet)."""

    code: str
    name: str
    township: str
    school: str
    member: str
    weight: int


@dataclass(frozen=True, slots=True)
class DemoSchool:
    """A school and its leadership group; ``rate_pct`` is the default rate it is to show."""

    code: str
    name: str
    township: str
    landline: str
    leader: str
    deputy: str
    members: tuple[str, ...]
    rate_pct: float


@dataclass(frozen=True, slots=True)
class DemoDistrict:
    """All places; the first school, its first member and the first township are those of the demo sign-ins."""

    townships: tuple[tuple[str, str], ...]  # code, name
    schools: tuple[DemoSchool, ...]
    villages: tuple[DemoVillage, ...]


def invent(rng: Random, borrowers: int) -> DemoDistrict:
    """Invent the places for a number of borrowers: 12 townships, 140 villages, 18 schools, fewer for a small number."""
    townships_wanted, villages_wanted, schools_wanted = (3, 15, 4) if borrowers < _SMALL_BELOW else (12, 140, 18)
    townships = tuple(
        (f"{DISTRICT_CODE}{number:03d}", f"演示{_BRANCHES[number - 1]}镇") for number in range(1, townships_wanted + 1)
    )
    taken: set[str] = set()
    schools = tuple(
        _school(rng, number, townships[number % townships_wanted][1], taken, is_second=number >= townships_wanted)
        for number in range(schools_wanted)
    )
    villages: list[DemoVillage] = []
    for index, (code, township) in enumerate(townships):
        here = [school for school in schools if school.township == township]
        count = villages_wanted // townships_wanted + (index < villages_wanted % townships_wanted)
        for number in range(1, count + 1):
            school = here[(number - 1) % len(here)]
            turn = (number - 1) // len(here)
            villages.append(
                DemoVillage(
                    code=f"{code}{number:03d}",
                    name=f"{_BRANCHES[index]}{_numeral(number)}村",
                    township=township,
                    school=school.name,
                    member=_keeper(school, turn, is_first=school is schools[0]),
                    weight=_weight(rng, turn, is_first=school is schools[0]),
                )
            )
    return DemoDistrict(townships, schools, tuple(villages))


def person_name(rng: Random, surname: str = "") -> str:
    """Invent a name, of two or three characters."""
    given = "".join(rng.choice(_GIVEN) for _ in range(rng.choice((1, 2, 2))))
    return (surname or rng.choice(_SURNAMES)) + given


def _school(rng: Random, number: int, township: str, taken: set[str], *, is_second: bool) -> DemoSchool:
    people: list[str] = []
    while len(people) < 5:  # noqa: PLR2004  # leader, deputy, three members
        name = person_name(rng)
        if name not in taken:
            taken.add(name)
            people.append(name)
    return DemoSchool(
        code=f"YS{number + 1:03d}",
        name=f"{township}{'第二' if is_second else '中心'}学校",
        township=township,
        landline=f"0340-82{number + 1:02d}000",
        leader=people[0],
        deputy=people[1],
        members=tuple(people[2:]),
        rate_pct=_RATES_PCT[number % len(_RATES_PCT)],
    )


def _keeper(school: DemoSchool, turn: int, *, is_first: bool) -> str:
    """Say which member keeps a school's village: the demo member every second; one village is nobody's yet."""
    if not is_first:
        return school.members[turn % len(school.members)]
    if turn % 2 == 0:
        return school.members[0]
    return "" if turn == 1 else school.members[1]


def _weight(rng: Random, turn: int, *, is_first: bool) -> int:
    return 30 if is_first and turn % 2 == 0 else rng.randint(7, 15)


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("十" if tens else "") + (_NUMERALS[ones] if ones or not tens else "")
