"""Invented people and their contracts, on the terms of the year each was signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from stdnum.cn import ric

from models.rules import schedule
from models.rules.calendar import due_day
from models.rules.interest_rates import DEFAULTS, interest_year
from models.rules.schedule import PlannedInstalment, Terms
from portal.demo import places
from portal.demo.dates import Days, Missed
from portal.demo.places import DemoVillage

_CAPS = ((2024, 20_000), (2023, 16_000), (2021, 12_000), (2014, 8_000), (0, 6_000))  # yearly limit by year of signing
_COLLEGES = (
    "演示大学",
    "演示师范学院",
    "演示理工学院",
    "演示农业大学",
    "演示医学院",
    "演示职业技术学院",
    "演示财经学院",
)
_HIGH_SCHOOLS = ("演示区第一中学", "演示区第二中学", "演示区职业教育中心")
_HOUSE = "演示组"
_EARLIEST_GRADUATION = 2013  # the table of rates begins before


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract with its plan; amounts in yuan, rate in per cent a year."""

    contract_no: str
    signed_on: date
    principal: Decimal
    rate_pct: Decimal
    graduation_year: int
    subsidy_ends_on: date
    grace_years: int
    matures_on: date
    plan: tuple[PlannedInstalment, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A borrower with contracts and the parent who signed too."""

    name: str
    id_number: str
    village: DemoVillage
    address: str
    phone: str
    co_name: str
    co_id_number: str
    co_phone: str
    relation: str
    high_school: str
    college: str
    enrolment_year: int
    graduation_year: int
    contracts: tuple[Contract, ...]


class Registry:
    """Invents people, giving out no number twice."""

    def __init__(self, rng: Random, days: Days) -> None:
        self._rng = rng
        self._days = days
        self._ids: set[str] = set()
        self._phones = 0
        self._contracts = 0

    def studying(self, village: DemoVillage) -> Person:
        """Invent somebody who still studies."""
        study = self._study_years()
        return self._person(village, self._days.studying_until + self._rng.randrange(study), study)

    def fresh(self, village: DemoVillage) -> Person:
        """Invent somebody whose study ended last summer."""
        return self._person(village, self._days.studying_until - 1, self._study_years())

    def repaying(self, village: DemoVillage) -> Person:
        """Invent somebody in repayment for one to eleven years."""
        ago = self._rng.choice((1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 11))
        return self._person(village, self._days.last_december.year - ago + 1, self._study_years())

    def repaying_principal(self, village: DemoVillage) -> Person:
        """Invent somebody whose grace is over and whose contracts run on."""
        year = self._days.last_december.year - self._rng.randint(6, 9)
        return self._person(village, year, self._study_years(), alive_on=self._days.next_december)

    def behind(self, village: DemoVillage, missed: Missed) -> Person:
        """Invent somebody with an instalment due on the day missed."""
        if missed.is_put_off:
            return self.repaying_principal(village)
        year = missed.on.year
        if missed.on == due_day(year):
            return self._person(village, year - self._rng.randint(0, 5), self._study_years(), alive_on=self._days.as_of)
        return self._person(village, year - self._rng.randint(7, 9), 4, first_matures=missed.on, alive_on=missed.on)

    def _study_years(self) -> int:
        return self._rng.choices((3, 4, 5), (40, 55, 5))[0]

    def _person(
        self,
        village: DemoVillage,
        graduation_year: int,
        study: int,
        *,
        first_matures: date | None = None,
        alive_on: date = date.min,
    ) -> Person:
        rng = self._rng
        graduation_year = max(graduation_year, _EARLIEST_GRADUATION)
        enrolment_year = graduation_year - study
        born = date(enrolment_year - rng.choice((18, 18, 19)), 1, 1) + timedelta(days=rng.randrange(365))
        father = rng.random() < 0.6  # noqa: PLR2004
        name = places.person_name(rng)
        parent_born = born - timedelta(days=rng.randint(22 * 365, 34 * 365))
        years = [enrolment_year + turn for turn in range(study)]
        years = [year for year in years if date(year, 8, 31) <= self._days.as_of]
        wanted = min(len(years), rng.choices((1, 2, 3, 4, 5), (20, 27, 33, 19, 1))[0])
        first = rng.randrange(len(years) - wanted + 1)
        contracts = tuple(
            self._contract(year, graduation_year, first_matures if turn == 0 else None, alive_on)
            for turn, year in enumerate(years[first : first + wanted])
        )
        return Person(
            name=name,
            id_number=self._id_number(born, is_male=rng.random() < 0.5),  # noqa: PLR2004
            village=village,
            address=f"{places.DISTRICT}{village.township}{village.name}{_HOUSE}{rng.randint(1, 99)}号",
            phone=self._phone() if rng.random() < 0.94 else "",  # noqa: PLR2004
            co_name=places.person_name(rng, name[0] if father else ""),
            co_id_number=self._id_number(parent_born, is_male=father),
            co_phone=self._phone() if rng.random() < 0.85 else "",  # noqa: PLR2004
            relation="父亲" if father else "母亲",
            high_school=rng.choice(_HIGH_SCHOOLS),
            college=rng.choice(_COLLEGES),
            enrolment_year=enrolment_year,
            graduation_year=graduation_year,
            contracts=contracts,
        )

    def _contract(self, year: int, graduation_year: int, matures_on: date | None, alive_on: date) -> Contract:
        rng = self._rng
        self._contracts += 1
        signed_on = date(year, 8, rng.randint(1, 28))
        cap = next(yuan for since, yuan in _CAPS if since <= year)
        principal = Decimal(rng.randint(cap // 200, cap // 100) * 100)
        grace = schedule.grace_years(signed_on)
        if matures_on is None:
            latest = schedule.latest_maturity(signed_on, graduation_year)
            matures_on = latest.replace(year=max(latest.year - rng.choice((0, 0, 0, 1, 2, 4)), graduation_year + grace))
            if matures_on <= alive_on:
                matures_on = date(alive_on.year + 1, 9, 20)
        rates = DEFAULTS.over(range(graduation_year, matures_on.year + 1), signed_on)
        rate = DEFAULTS.rate_pct(interest_year(max(self._days.data_on, signed_on)), signed_on)
        subsidy_ends_on = date(graduation_year, 8, 31)
        terms = Terms(
            principal=principal,
            signed_on=signed_on,
            graduation_year=graduation_year,
            subsidy_ends_on=subsidy_ends_on,
            matures_on=matures_on,
            grace_years=grace,
            rate_pct=rate,
            rates=rates,
        )
        return Contract(
            contract_no=f"YS{year}{self._contracts:06d}",
            signed_on=signed_on,
            principal=principal,
            rate_pct=rate,
            graduation_year=graduation_year,
            subsidy_ends_on=subsidy_ends_on,
            grace_years=grace,
            matures_on=matures_on,
            plan=schedule.plan(terms),
        )

    def _id_number(self, born: date, *, is_male: bool) -> str:
        while True:
            sequence = self._rng.randrange(0, 1000, 2) + is_male
            body = f"{places.DISTRICT_CODE}{born:%Y%m%d}{sequence:03d}"
            number = body + ric.calc_check_digit(body + "0")
            if number not in self._ids:
                self._ids.add(number)
                return number

    def _phone(self) -> str:
        """Return a number of the range 154, which no operator has."""
        self._phones += 1
        return f"154{self._phones * 7919 % 100_000_000:08d}"
