"""People in arrears by the thousand, as a centre has them: one to four contracts of eleven instalments, one missed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.borrowers import Borrower, CoBorrower
from models.loans import Loan, Repayment, Statement
from models.organisation import Village
from portal.services import standings
from tests.plans import plan_of
from tests.world import World, resident_id

FEW = 100
_SURNAMES = "丁周王李张刘陈杨赵黄吴徐孙胡朱高林何郭马"
_GIVEN = "大田春华秋实志远文静建国晓梅德明玉兰海波雪峰"
_FIRST = 10_000  # ids below belong to the small district itself


def people_in_arrears(session: Session, world: World, count: int, most_contracts: int = 4) -> tuple[str, str]:
    """Add people one instalment behind: ``FEW`` in one new village, the rest in another; return the villages' codes."""
    township = world.townships["山前镇"]
    villages = [
        Village(code=f"{township.code}{number}", name=name, township_id=township.id)
        for number, name in ((301, "前湾村"), (302, "后湾村"))
    ]
    session.add_all(villages)
    session.flush()
    rows: dict[type, list[dict[str, Any]]] = {table: [] for table in (Borrower, CoBorrower, Loan, Repayment, Statement)}
    plan_id = plan_of(session, [(date(year, 12, 20), 700, 140) for year in range(2023, 2034)])
    for number in range(count):
        _one(rows, world, number, villages[number >= FEW].id, most_contracts)
    for loan in rows[Loan]:
        loan["plan_id"] = plan_id
    for table, its in rows.items():
        session.execute(insert(table), its)
    ids = [row["id"] for row in rows[Borrower]]
    standings.recompute(session, act=world.act(None), borrower_ids=ids)
    return villages[0].code, villages[1].code


def _one(rows: dict[type, list[dict[str, Any]]], world: World, number: int, village_id: int, most: int) -> None:
    who = _FIRST + number
    name = _SURNAMES[number % len(_SURNAMES)] + _GIVEN[number // 20 % len(_GIVEN)] + _GIVEN[number % 7]
    id_number = resident_id(number % 1000)
    rows[Borrower].append(
        {
            "id": who,
            "name": name,
            "initials": "x",
            "id_number": id_number,
            "id_index": f"bench{number}",
            "id_last_four_index": "x",
            "masked_id": f"{id_number[:6]}********{id_number[-4:]}",
            "village_id": village_id,
            "address": f"{number % 9 + 1}组{number % 200 + 1}号",
            "school_name": "演示高级中学",
            "college": "演示大学",
            "graduation_year": 2020,
        }
    )
    rows[CoBorrower].append(
        {
            "borrower_id": who,
            "name": f"{name[0]}大山",
            "relation": "父亲",
            "id_number": id_number,
            "id_index": f"bench-co{number}",
            "masked_id": f"{id_number[:6]}********{id_number[-4:]}",
        }
    )
    for place in range(number % most + 1):
        _contract(rows, world, who, place)


def _contract(rows: dict[type, list[dict[str, Any]]], world: World, who: int, place: int) -> None:
    loan = who * 10 + place
    rows[Loan].append(
        {
            "id": loan,
            "borrower_id": who,
            "lender_id": world.lender.id,
            "contract_no": f"9900{2014 + place}{loan:09d}",
            "signed_on": date(2014 + place, 9, 1),
            "principal": Decimal(8000),
            "balance": Decimal(7000),
            "rate_percent": Decimal("2.8"),
            "subsidy_ends_on": date(2020, 8, 31),
            "graduation_year": 2020,
            "grace_years": 3,
            "matures_on": date(2033, 9, 20),
        }
    )
    rows[Repayment] += [
        {
            "loan_id": loan,
            "paid_on": date(year, 12, 20),
            "amount": Decimal("840.00"),
            "bank_reference": f"R{loan}-{year}",
        }
        for year in (2023, 2024)
    ]
    rows[Statement].append(
        {
            "arrears_list_id": world.arrears_list.id,
            "loan_id": loan,
            "overdue_principal": Decimal(700),
            "overdue_interest": Decimal(140),
            "penalty": Decimal(f"{20 + place}.50"),
            "overdue_since": date(2025, 12, 20),
        }
    )
