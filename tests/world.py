"""A small fictional district: two townships, three schools, people of every role, borrowers in every standing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from models.accounts import User
from models.borrowers import (
    Borrower,
    CoBorrower,
    ContactPoint,
    contact_index,
    contact_last_four_index,
    id_index,
    id_last_four_index,
)
from models.loans import ArrearsList, Lender, Loan, Relief, Repayment, Statement
from models.organisation import AreaAssignment, District, GroupSeat, LeadershipGroup, School, Township, Village
from models.rules import identity
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.facts import ReliefKind, ReliefScope
from models.rules.interest import DayCount
from models.rules.organisation import Seat
from models.rules.permissions import Role
from portal.actors import Act, Actor
from portal.services import standings
from tests.plans import plan_of

PASSWORD = "village-school-2026"
DATA_ON = date(2026, 11, 1)


@cache
def _password_hash() -> str:
    """Cheap parameters: the tests' time belongs to the portal."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass
class World:
    """What was built, by name."""

    at: datetime
    district: District
    townships: dict[str, Township] = field(default_factory=dict)
    villages: dict[str, Village] = field(default_factory=dict)
    schools: dict[str, School] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    seats: dict[str, GroupSeat] = field(default_factory=dict)
    borrowers: dict[str, Borrower] = field(default_factory=dict)
    loans: dict[str, Loan] = field(default_factory=dict)  # "name/1"
    lender: Lender = None  # type: ignore[assignment]
    arrears_list: ArrearsList = None  # type: ignore[assignment]
    id_numbers: dict[str, str] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)

    def actor(self, name: str) -> Actor:
        """Return a person as services know them."""
        user = self.users[name]
        return Actor(user.id, user.name, user.role, user.school_id, user.township_id)

    def act(self, name: str | None, at: datetime | None = None) -> Act:
        """Return an act by a person of this district, or by the portal itself."""
        return Act(self.actor(name) if name else None, at or self.at)


# name: (village, kind of standing). Villages: 东湾 and 西岭 are looked after by `member`, 南坡 by `member2` of the same
# school, 北坪 by the other school's `member_b`, 石桥 by nobody.
_PEOPLE = {
    "overdue": ("东湾", "overdue"),
    "overdue_long": ("东湾", "overdue_long"),
    "paid_after_list": ("东湾", "paid_after_list"),
    "current": ("西岭", "current"),
    "studying": ("西岭", "studying"),
    "deferred": ("西岭", "deferred"),
    "settled": ("西岭", "settled"),
    "colleague": ("南坡", "overdue"),
    "foreign": ("北坪", "overdue"),
    "nobody": ("石桥", "overdue"),
}
NAMES = {
    "overdue": "甲一鸣",
    "overdue_long": "甲二平",
    "paid_after_list": "甲三思",
    "current": "乙一凡",
    "studying": "乙二学",
    "deferred": "乙三缓",
    "settled": "乙四清",
    "colleague": "丙一山",
    "foreign": "丁一水",
    "nobody": "戊一桥",
}


def resident_id(number: int) -> str:
    """Return a well-formed resident ID of nobody: the area code 990000 does not exist."""
    body = f"990000{1996 + number % 8}0101{number:03d}"
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def build(session: Session, at: datetime) -> World:
    """Write the district and judge every borrower's standing."""
    world = World(at=at, district=_organisation(session))
    _areas(session, world)
    _people(session, world, at)
    world.lender = Lender(
        code="cdb",
        name="演示开发银行",
        day_count=DayCount.HYBRID_360,
        tolerance=Decimal("1.00"),
        official_channels="演示渠道",
    )
    session.add(world.lender)
    session.flush()
    world.arrears_list = ArrearsList(lender_id=world.lender.id, data_on=DATA_ON, applied_at=at)
    session.add(world.arrears_list)
    session.flush()
    for number, (key, (village, kind)) in enumerate(_PEOPLE.items(), 1):
        _borrower(session, world, number, key, village, kind)
    standings.recompute(session, act=Act(None, at), borrower_ids=[row.id for row in world.borrowers.values()])
    session.flush()
    return world


def _organisation(session: Session) -> District:
    district = District(
        code="990101",
        name="演示区",
        centre_name="演示区学生资助管理中心",
        centre_landline="0999-1234567",
        issuing_mark="演示助催",
        is_fictional=True,
    )
    session.add(district)
    session.flush()
    return district


def _areas(session: Session, world: World) -> None:
    for code, name in (("990101101", "山前镇"), ("990101102", "河口乡")):
        world.townships[name] = Township(code=code, name=name, district_id=world.district.id)
    session.add_all(world.townships.values())
    session.flush()
    places = (("东湾", "山前镇"), ("西岭", "山前镇"), ("南坡", "山前镇"), ("北坪", "河口乡"), ("石桥", "河口乡"))
    for number, (name, township) in enumerate(places, 201):
        parent = world.townships[township]
        world.villages[name] = Village(code=f"{parent.code}{number}", name=f"{name}村", township_id=parent.id)
    for code, name, township in (("S01", "山前镇中心学校", "山前镇"), ("S02", "河口乡中心学校", "河口乡")):
        world.schools[code] = School(
            code=code, name=name, township_id=world.townships[township].id, landline="0999-7654321"
        )
    session.add_all([*world.villages.values(), *world.schools.values()])
    session.flush()


def _people(session: Session, world: World, at: datetime) -> None:
    first, second = world.schools["S01"].id, world.schools["S02"].id
    township, other_township = (row.id for row in world.townships.values())
    rows = (
        ("member", "成员甲", Role.MEMBER, first, None),
        ("member2", "成员乙", Role.MEMBER, first, None),
        ("deputy", "副组长甲", Role.DEPUTY, first, None),
        ("leader", "组长甲", Role.LEADER, first, None),
        ("member_b", "成员丙", Role.MEMBER, second, None),
        ("deputy_b", "副组长乙", Role.DEPUTY, second, None),
        ("leader_b", "组长乙", Role.LEADER, second, None),
        ("centre", "中心甲", Role.CENTRE, None, None),
        ("centre2", "中心乙", Role.CENTRE, None, None),
        ("township", "乡镇甲", Role.TOWNSHIP, None, township),
        ("township_b", "乡镇乙", Role.TOWNSHIP, None, other_township),
        ("admin", "管理员", Role.ADMIN, None, None),
        ("auditor", "审计员", Role.AUDITOR, None, None),
    )
    for username, name, role, school_id, township_id in rows:
        world.users[username] = User(
            username=username,
            name=name,
            role=role,
            school_id=school_id,
            township_id=township_id,
            password_hash=_password_hash(),
            created_at=at,
        )
    session.add_all(world.users.values())
    session.flush()
    for school_id, seats in (
        (first, ("member", "member2", "deputy", "leader")),
        (second, ("member_b", "deputy_b", "leader_b")),
    ):
        group = LeadershipGroup(school_id=school_id, started_on=date(2026, 9, 1))
        session.add(group)
        session.flush()
        for username in seats:
            user = world.users[username]
            world.seats[username] = GroupSeat(
                group_id=group.id,
                user_id=user.id,
                person_name=user.name,
                seat=Seat(user.role.value),
                from_on=date(2026, 9, 1),
            )
    session.add_all(world.seats.values())
    session.flush()
    looked_after = (
        ("东湾", first, "member"),
        ("西岭", first, "member"),
        ("南坡", first, "member2"),
        ("北坪", second, "member_b"),
    )
    for village, school_id, seat in looked_after:
        session.add(
            AreaAssignment(
                village_id=world.villages[village].id,
                school_id=school_id,
                seat_id=world.seats[seat].id,
                from_on=date(2026, 9, 1),
            )
        )


def _borrower(session: Session, world: World, number: int, key: str, village: str, kind: str) -> None:
    name, id_number = NAMES[key], resident_id(number)
    phone = f"1330000{number:04d}"
    world.id_numbers[key], world.phones[key] = id_number, phone
    row = Borrower(
        name=name,
        initials=identity.initials(name),
        id_number=id_number,
        id_index=id_index(id_number),
        id_last_four_index=id_last_four_index(id_number[-4:]),
        masked_id=identity.masked_id(id_number),
        village_id=world.villages[village].id,
        address=f"{village}村{number}号",
        school_name="演示高级中学",
        college="演示大学",
        graduation_year=2020,
    )
    session.add(row)
    session.flush()
    world.borrowers[key] = row
    parent_id = resident_id(500 + number)
    session.add(
        CoBorrower(
            borrower_id=row.id,
            name=f"{name[0]}父",
            relation="父亲",
            id_number=parent_id,
            id_index=id_index(parent_id),
            masked_id=identity.masked_id(parent_id),
        )
    )
    session.add(
        ContactPoint(
            borrower_id=row.id,
            owner=ContactOwner.BORROWER,
            kind=ContactKind.PHONE,
            value=phone,
            value_index=contact_index(ContactKind.PHONE, phone),
            last_four_index=contact_last_four_index(phone[-4:]),
            masked=identity.masked_phone(phone),
            source=ContactSource.BANK,
            added_on=DATA_ON,
        )
    )
    _loan(session, world, key, kind)


def _loan(session: Session, world: World, key: str, kind: str) -> None:
    studying = kind == "studying"
    graduation = 2028 if studying else 2020
    loan = Loan(
        borrower_id=world.borrowers[key].id,
        lender_id=world.lender.id,
        contract_no=f"DEMO-{key}-1",
        signed_on=date(2024, 9, 1) if studying else date(2016, 9, 1),
        principal=Decimal(8000),
        balance=Decimal(0) if kind == "settled" else Decimal(8000),
        rate_percent=Decimal("2.8"),
        subsidy_ends_on=date(graduation, 8, 31),
        graduation_year=graduation,
        grace_years=3,
        matures_on=date(graduation + 9, 9, 20),
        settled_on=date(2025, 12, 20) if kind == "settled" else None,
    )
    session.add(loan)
    session.flush()
    world.loans[f"{key}/1"] = loan
    if studying:
        loan.plan_id = plan_of(session, [(date(2028, 12, 20), 0, "69.07")])
        session.flush()
        return
    loan.plan_id = plan_of(session, [(date(year, 12, 20), 1000, 140) for year in range(2023, 2029)])
    session.flush()
    _facts(session, world, loan, kind)


def _facts(session: Session, world: World, loan: Loan, kind: str) -> None:
    paid_until = {"overdue": 2024, "overdue_long": 2023, "paid_after_list": 2024}.get(kind, 2025)
    for year in range(2023, paid_until + 1):
        session.add(
            Repayment(
                loan_id=loan.id,
                paid_on=date(year, 12, 20),
                amount=Decimal("1140.00"),
                bank_reference=f"R{loan.id}-{year}",
            )
        )
    if kind == "deferred":
        session.add(
            Relief(
                loan_id=loan.id,
                kind=ReliefKind.DEFERRAL,
                scope=ReliefScope.ALL,
                from_on=date(2026, 10, 1),
                to_on=date(2027, 10, 1),
            )
        )
    if kind in {"overdue", "overdue_long", "paid_after_list"}:
        years = 2 if kind == "overdue_long" else 1
        session.add(
            Statement(
                arrears_list_id=world.arrears_list.id,
                loan_id=loan.id,
                overdue_principal=Decimal(1000 * years),
                overdue_interest=Decimal(140 * years),
                penalty=Decimal("31.50") * years,
                overdue_since=date(2026 - years, 12, 20),
            )
        )
    if kind == "paid_after_list":
        session.add(
            Repayment(
                loan_id=loan.id,
                paid_on=date(2026, 11, 10),
                amount=Decimal("1171.50"),
                bank_reference=f"R{loan.id}-late",
            )
        )


def moment(text: str) -> datetime:
    """Return a moment given in the county's time, e.g. ``2026-11-23 10:00``."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)
