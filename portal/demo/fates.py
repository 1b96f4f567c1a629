"""What became of each invented person, and what the bank says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random

from models.rules.buckets import BUCKETS, bucket_of
from models.rules.calendar import due_day
from models.rules.interest import DayCount, penalty
from portal.demo import dates, places
from portal.demo.dates import Days, Missed
from portal.demo.people import Contract, Person, Registry
from portal.demo.places import DemoDistrict, DemoSchool, DemoVillage

_NIL = Decimal("0.00")
_DAY = timedelta(days=1)
_BUCKET_WEIGHTS = {"1-30": 4, "31-90": 10, "91-180": 7, "181-365": 7, "365+": 24}
_LAST_DECEMBER_WEIGHT = 50  # most who are behind missed the last yearly due day
_OF_MEMBER = 12  # people behind in the demo member's villages, at the least, where there are so many
_CYCLE = 14  # of so many behind, one has paid since the list and one has paid a part
_PAYS_AHEAD = 0.1


class Fate(StrEnum):
    """What became of a person by the day of the list."""

    STUDYING = "studying"
    FRESH = "fresh"
    CURRENT = "current"
    SETTLED = "settled"
    PUT_OFF = "put_off"
    BEHIND = "behind"
    PAID_SINCE = "paid_since"  # behind on the list, paid in full after it
    PAID_PART = "paid_part"


IN_LIST = frozenset({Fate.BEHIND, Fate.PAID_SINCE, Fate.PAID_PART})
_WEIGHTS = {Fate.STUDYING: 24, Fate.FRESH: 7, Fate.CURRENT: 58, Fate.SETTLED: 8, Fate.PUT_OFF: 3}


@dataclass(frozen=True, slots=True)
class Payment:
    """Money the bank received, yuan."""

    contract_no: str
    paid_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the arrears list, yuan; ``since`` is the first day overdue."""

    principal: Decimal
    interest: Decimal
    penalty: Decimal
    since: date

    @property
    def total(self) -> Decimal:
        """Everything overdue under the contract."""
        return self.principal + self.interest + self.penalty


@dataclass(slots=True)
class Told:
    """What the bank tells of one contract."""

    contract: Contract
    balance: Decimal
    settled_on: date | None = None
    put_off_until: date | None = None
    line: Line | None = None


@dataclass(slots=True)
class Life:
    """A person, what became of them, and what the bank tells."""

    person: Person
    fate: Fate
    bucket: str = ""
    told: list[Told] = field(default_factory=list)


@dataclass(slots=True)
class Demo:
    """The whole invented district with the content of every file of the bank."""

    days: Days
    district: DemoDistrict
    lives: list[Life] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)

    @property
    def payments_by_list(self) -> list[Payment]:
        """What was received up to the data date."""
        return [payment for payment in self.payments if payment.paid_on <= self.days.data_on]

    @property
    def payments_since(self) -> list[Payment]:
        """What was received after the data date."""
        return [payment for payment in self.payments if payment.paid_on > self.days.data_on]


def invent(borrowers: int, seed: int, as_of: date) -> Demo:
    """Invent the district: the same arguments, the same people, amounts and days.

    Args:
        borrowers: how many people, 1 or more.
        seed: any whole number.
        as_of: the day the district is shown on.

    """
    rng = Random(f"{seed}:district")  # noqa: S311  # invents people, guards nothing
    days = dates.find(as_of)
    district = places.invent(rng, borrowers)
    demo = Demo(days, district)
    story = _Story(rng, demo)
    homes = rng.choices(district.villages, [village.weight for village in district.villages], k=borrowers)
    by_school: dict[str, list[DemoVillage]] = {school.name: [] for school in district.schools}
    for home in homes:
        by_school[home.school].append(home)
    for school in district.schools:
        story.tell(school, by_school[school.name])
    demo.payments.sort(key=lambda payment: (payment.paid_on, payment.contract_no))
    return demo


class _Story:
    """Gives every person a fate, school by school."""

    def __init__(self, rng: Random, demo: Demo) -> None:
        self._rng = rng
        self._demo = demo
        self._days = demo.days
        self._registry = Registry(rng, demo.days)
        self._behind = 0
        since = bucket_of((self._days.as_of - self._days.last_december).days)
        self._weights = _BUCKET_WEIGHTS | {since.key if since else "": _LAST_DECEMBER_WEIGHT}

    def tell(self, school: DemoSchool, homes: list[DemoVillage]) -> None:
        """Tell what became of the people of one school's villages, so that its rate comes out as wanted."""
        fates = self._rng.choices(tuple(_WEIGHTS), tuple(_WEIGHTS.values()), k=len(homes))
        due = [at for at, fate in enumerate(fates) if fate not in {Fate.STUDYING, Fate.FRESH}]
        wanted = round(school.rate_pct * len(due) / 100)
        chosen = self._rng.sample(due, wanted)
        if school is self._demo.district.schools[0]:
            own = [at for at in due if homes[at].member == school.members[0]]
            chosen = own[:_OF_MEMBER] + [at for at in chosen if at not in own[:_OF_MEMBER]]
            chosen = chosen[: max(wanted, min(_OF_MEMBER, len(own)))]
        for at in chosen:
            fates[at] = Fate.BEHIND
        for at, home in enumerate(homes):
            self._demo.lives.append(self._life(home, fates[at]))

    def _life(self, home: DemoVillage, fate: Fate) -> Life:
        registry = self._registry
        if fate is Fate.BEHIND:
            return self._fall_behind(home)
        if fate is Fate.STUDYING:
            person = registry.studying(home)
        elif fate is Fate.FRESH:
            person = registry.fresh(home)
        elif fate is Fate.PUT_OFF:
            person = registry.repaying_principal(home)
        else:
            person = registry.repaying(home)
        life = Life(person, fate)
        settled_on = self._settling_day(person) if fate is Fate.SETTLED else None
        pays_ahead = fate is Fate.CURRENT and self._rng.random() < _PAYS_AHEAD
        for contract in person.contracts:
            life.told.append(self._orderly(contract, fate, settled_on))
            if pays_ahead:
                self._pay_ahead(contract)
        return life

    def _fall_behind(self, home: DemoVillage) -> Life:
        keys = [bucket.key for bucket in BUCKETS]
        turn = self._behind
        self._behind += 1
        bucket = (
            keys[turn]
            if turn < len(keys)
            else self._rng.choices(tuple(self._weights), tuple(self._weights.values()))[0]
        )
        missed = self._rng.choice(self._days.missed[bucket])
        life = Life(self._registry.behind(home, missed), Fate.BEHIND, bucket)
        life.told = [self._in_arrears(contract, missed) for contract in life.person.contracts]
        listed = [told for told in life.told if told.line]
        if not listed or self._days.as_of == self._days.data_on:
            return life
        if turn % _CYCLE == len(keys) + 1:
            life.fate = Fate.PAID_SINCE
            on = self._since_the_list()
            for told in listed:
                self._pay(told.contract, on, told.line.total if told.line else _NIL)
        elif turn % _CYCLE == len(keys) + 2:
            life.fate = Fate.PAID_PART
            total = listed[0].line.total if listed[0].line else _NIL
            self._pay(listed[0].contract, self._since_the_list(), round(total * 2 / 5) + _NIL)
        return life

    def _orderly(self, contract: Contract, fate: Fate, settled_on: date | None) -> Told:
        """Tell of a contract on which nothing is overdue."""
        last = self._days.last_december
        told = Told(contract, contract.principal)
        ends_on = contract.matures_on if settled_on is None else min(settled_on, contract.matures_on)
        for due in contract.plan:
            if due.due_on >= self._days.data_on or (due.due_on >= ends_on and ends_on != contract.matures_on):
                break
            put_off = fate is Fate.PUT_OFF and due.due_on == last and due.principal > 0
            if put_off:
                told.put_off_until = self._days.next_december
            paid = _NIL if put_off else due.principal
            told.balance -= paid
            self._pay_on_time(contract, due.due_on, paid + due.interest)
        if ends_on < self._days.data_on:
            if told.balance > 0 and ends_on >= self._days.window_from:
                self._pay(contract, ends_on, told.balance)
            told.balance = _NIL
            told.settled_on = ends_on
        return told

    def _in_arrears(self, contract: Contract, missed: Missed) -> Told:
        """Tell of a contract of somebody who paid nothing from the missed day on."""
        data_on = self._days.data_on
        told = Told(contract, contract.principal)
        owed: list[tuple[date, Decimal, Decimal]] = []
        december = due_day(missed.on.year if missed.on > due_day(missed.on.year) else missed.on.year - 1)
        for due in contract.plan:
            if due.due_on >= data_on:
                break
            if missed.is_put_off and due.due_on == december and due.principal > 0:
                if missed.on < data_on:
                    owed.append((missed.on, due.principal, _NIL))
                else:
                    told.put_off_until = missed.on
                self._pay_on_time(contract, due.due_on, due.interest)
            elif due.due_on >= missed.on:
                owed.append((due.due_on, due.principal, due.interest))
            else:
                told.balance -= due.principal
                self._pay_on_time(contract, due.due_on, due.principal + due.interest)
        if owed:
            told.line = Line(
                principal=sum((principal for _, principal, _ in owed), _NIL),
                interest=sum((interest for _, _, interest in owed), _NIL),
                penalty=sum(
                    (
                        penalty(principal, contract.rate_pct, (data_on - on).days, DayCount.HYBRID_360)
                        for on, principal, _ in owed
                    ),
                    _NIL,
                ),
                since=min(on for on, _, _ in owed) + _DAY,
            )
        elif contract.matures_on < data_on:
            told.settled_on = contract.matures_on
        return told

    def _settling_day(self, person: Person) -> date:
        """Return the 20th of a month in which somebody paid everything off, after the study and before the list."""
        earliest = max(date(person.graduation_year, 9, 20), date(self._days.last_december.year - 1, 1, 20))
        months = (self._days.data_on.year - earliest.year) * 12 + self._days.data_on.month - earliest.month
        year, month = divmod(earliest.month - 1 + self._rng.randrange(max(1, months)), 12)
        return date(earliest.year + year, month + 1, 20)

    def _pay_ahead(self, contract: Contract) -> None:
        """Pay the next December's instalment in the weeks in which the bank takes it."""
        opens = self._days.next_december.replace(month=11, day=1)
        room = (min(self._days.as_of, self._days.next_december) - opens).days
        if room >= 0:
            for due in contract.plan:
                if due.due_on == self._days.next_december:
                    on = opens + timedelta(days=self._rng.randint(0, room))
                    self._pay(contract, on, due.principal + due.interest)

    def _pay_on_time(self, contract: Contract, due_on: date, amount: Decimal) -> None:
        if due_on >= self._days.window_from:
            self._pay(contract, due_on - timedelta(days=self._rng.randint(0, 40)), amount)

    def _pay(self, contract: Contract, on: date, amount: Decimal) -> None:
        if amount > 0:
            self._demo.payments.append(Payment(contract.contract_no, on, amount))

    def _since_the_list(self) -> date:
        return self._days.data_on + timedelta(days=self._rng.randint(1, (self._days.as_of - self._days.data_on).days))
