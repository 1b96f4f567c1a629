"""Long lists go through in pieces: what a piece writes is what the toolkit would, and no border shows."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

import pytest
from sqlalchemy import Table, func, insert, select, update

from models.borrowers import Borrower, CoBorrower, ContactPoint
from models.database import Database
from models.imports import ImportRow
from models.loans import Lender, Loan
from models.rules import schedule
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.imports import ImportKind, RowOutcome
from models.rules.interest import DayCount
from models.rules.interest_rates import contract_rates, interest_year
from portal.queries.interest_rates import rate_table
from portal.services import standings
from portal.services.imports import applying, arrears_reading, repayments, roster_plans
from portal.services.imports.bulk import insert_tuples
from portal.services.imports.holdings import PIECE, pieces
from portal.services.imports.roster_rows import RosterRow
from portal.services.imports.rows import StagedRow, other_rows
from portal.services.imports.spool import Spool, good_rows
from tests import books
from tests.plans import instalments_of, rates_of
from tests.services.test_imports import Desk, desk, roster_desk  # noqa: F401  # fixtures
from tests.staged import rows_of


def test_tuples_are_stored_as_the_toolkit_stores_them(roster_desk: Desk) -> None:  # noqa: F811
    with roster_desk.database.write() as session:
        person = session.scalars(select(Borrower.id).limit(1)).one()
        lender = session.scalars(select(Lender.id)).one()
        rows: list[tuple[type[Any], dict[str, Any]]] = [
            (
                ContactPoint,
                {
                    "borrower_id": person,
                    "co_borrower_id": None,
                    "owner": ContactOwner.BORROWER,
                    "kind": ContactKind.PHONE,
                    "value": "13911110000",
                    "value_index": "one",
                    "last_four_index": "four",
                    "masked": "139****0000",
                    "source": ContactSource.BANK,
                    "added_on": date(2026, 11, 23),
                },
            ),
            (
                Loan,
                {
                    "borrower_id": person,
                    "lender_id": lender,
                    "contract_no": "one",
                    "signed_on": date(2021, 8, 20),
                    "principal": Decimal("8000.00"),
                    "balance": Decimal("7999.99"),
                    "rate_percent": Decimal("2.8125"),
                    "subsidy_ends_on": date(2025, 8, 31),
                    "graduation_year": 2025,
                    "grace_years": 5,
                    "matures_on": date(2040, 9, 20),
                    "settled_on": None,
                },
            ),
        ]
        for table, row in rows:
            other = row | {("contract_no" if table is Loan else "value_index"): "other"}
            session.execute(insert(cast("Table", table.__table__)), [row])
            insert_tuples(session, table, tuple(other), [tuple(other.values())])
            kept = [
                dict(one)
                for one in session.execute(
                    select(table.__table__).order_by(table.id.desc()).limit(2)  # type: ignore[attr-defined]
                ).mappings()
            ]
            passed_over = {"id", "contract_no", "value_index"}
            assert {k: v for k, v in kept[0].items() if k not in passed_over} == {
                k: v for k, v in kept[1].items() if k not in passed_over
            }
            assert {row.get("contract_no") or row["value_index"] for row in kept} == {"one", "other"}


def test_the_newest_contract_leads_wherever_it_stands(desk: Desk) -> None:  # noqa: F811
    young, old = {"签订日期": date(2022, 8, 20), "就读高校": "新大学"}, {"就读高校": "旧大学"}
    first, second = books.person_id(1), books.person_id(2)
    far = [books.contract(number, 身份证号=_other(number)) for number in range(10, PIECE + 10)]
    content = books.roster(
        books.contract(1, 身份证号=first, **old),
        books.contract(2, 身份证号=second, **young),
        books.contract(3, 身份证号=first, **old),
        *far,
        books.contract(4, 身份证号=first, **young),
        books.contract(5, 身份证号=second, **old),
    )
    batch = desk.load(ImportKind.ROSTER, content)
    assert (batch.new, batch.rejected, batch.facts["new_borrowers"]) == (PIECE + 5, 0, PIECE + 2)
    with desk.database.reader() as session:
        found = session.execute(
            select(Loan.contract_no, Borrower.college)
            .join(Borrower, Borrower.id == Loan.borrower_id)
            .where(Loan.contract_no.in_(("HT000001", "HT000002")))
        )
        assert {number: college for number, college in found} == {  # noqa: C416  # dict() of rows is untyped
            "HT000001": "新大学",
            "HT000002": "新大学",
        }
    again = desk.load(ImportKind.ROSTER, content)
    assert (again.unchanged, again.changed, again.new) == (PIECE + 5, 0, 0)


def test_a_contract_twice_is_found_across_pieces(desk: Desk) -> None:  # noqa: F811
    far = [books.contract(number, 身份证号=_other(number)) for number in range(10, PIECE + 10)]
    batch_id = desk.bring(ImportKind.ROSTER, books.roster(books.contract(1), *far, books.contract(1)))
    assert [number for number, _, _ in desk.problems(batch_id)] == [2, PIECE + 3]
    assert desk.one(select(func.count()).select_from(ImportRow).where(ImportRow.batch_id == batch_id)) == PIECE + 2


@pytest.mark.parametrize("remembered", [20_000, 1])  # all of them, and none from one piece to the next
def test_plans_that_are_remembered_are_the_plans_of_the_terms(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    remembered: int,
) -> None:
    monkeypatch.setattr(applying, "PIECE", 5)
    monkeypatch.setattr(roster_plans, "_REMEMBERED", remembered)
    rows = [
        books.contract(
            number,
            合同金额=6000 + 100 * (number % 3),
            贷款余额=6000,
            签订日期=date(2021, 8, 20 + number % 2),
            贷款利率=("2.8%", "3.1%")[number % 2],
        )
        for number in range(1, 13)
    ]
    desk.load(ImportKind.ROSTER, books.roster(*rows))
    with desk.database.reader() as session:
        loans = session.execute(select(Loan)).scalars().all()
        assert len({(loan.principal, loan.rate_percent) for loan in loans}) == 6
        for loan in loans:
            terms = schedule.Terms(
                principal=loan.principal,
                signed_on=loan.signed_on,
                graduation_year=loan.graduation_year,
                subsidy_ends_on=loan.subsidy_ends_on,
                matures_on=loan.matures_on,
                grace_years=loan.grace_years,
                rate_pct=loan.rate_percent,
                day_count=DayCount.HYBRID_360,
            )
            plan = session.execute(instalments_of(loan.id))
            periods = session.execute(rates_of(loan.id))
            given = {interest_year(from_on): rate for from_on, rate in periods}
            assert given[max(given)] == loan.rate_percent
            years = range(loan.subsidy_ends_on.year, interest_year(loan.matures_on) + 1)
            rates = contract_rates(rate_table(session), signed_on=loan.signed_on, given=given, years=years)
            wanted = [(one.due_on, one.principal, one.interest) for one in schedule.plan(replace(terms, rates=rates))]
            assert [tuple(one) for one in plan] == wanted
            assert loan.principal == sum(one.principal for one in schedule.plan(replace(terms)))


@pytest.mark.parametrize("deferred_until", [None, date(2028, 12, 20)])
def test_a_row_comes_back_as_it_was_staged_today_or_with_every_value_named(deferred_until: date | None) -> None:
    row = RosterRow(
        contract_no="HT1", lender="国家开发银行", name="赵一", id_number=books.person_id(1), village_id=7,
        address="1组1号", school_name="示范中学", college="示范大学", graduation_year=2025, signed_on=date(2021, 8, 20),
        principal=Decimal("8000.00"), balance=Decimal("0.00"), rate_percent=Decimal("2.80"),
        subsidy_ends_on=date(2025, 8, 31), grace_years=5, matures_on=date(2040, 9, 20), settled_on=date(2026, 1, 5),
        deferred_until=deferred_until, phones=["13900000001"], co_name="赵大", co_id_number=books.person_id(2),
        co_phones=[], relation="父亲", settled_is_assumed=True, leads=False,
    )  # fmt: skip
    staged = json.loads(json.dumps(row.content()))
    assert staged["id_number"] == row.id_number  # by which the people of a list are found again
    assert RosterRow.from_content(staged) == row
    named = json.loads(json.dumps(asdict(row), default=str))  # as rows were staged before
    assert RosterRow.from_content(named) == row


@pytest.mark.parametrize("rows", [3, 30_000])  # in memory, and on disk
def test_a_spool_gives_back_what_it_was_given(database: Database, rows: int) -> None:
    given = [
        StagedRow(number, RowOutcome.REJECTED if number % 3 else RowOutcome.NEW, "HT 赵**", {"written": ["赵", "=1+1"]})
        for number in range(rows)
    ]
    spool = Spool(given)
    assert (len(spool), spool.count(RowOutcome.NEW)) == (rows, len(range(0, rows, 3)))
    for _ in range(2):
        blocks = list(spool.blocks())
        records = [record for block in blocks for record in block.records]
        assert [one[1] for one in records] == list(range(rows))
        assert all((one[4] is None) == (one[2] == RowOutcome.NEW.value) for one in records)
        assert "赵" not in "".join(one[4] or "" for one in records) + "".join(block.content for block in blocks)
        good = [one for block in blocks for one in good_rows(block)]
        assert good == [("new", {"written": ["赵", "=1+1"]})] * spool.count(RowOutcome.NEW)
        assert sum(block.good for block in blocks) == len(good)


@pytest.mark.parametrize("rows", [1, 499, 501, 9_001])
def test_some_rows_of_a_spool_are_compared_again(database: Database, rows: int) -> None:
    spool = Spool(
        StagedRow(number, RowOutcome.REJECTED if number % 7 == 3 else RowOutcome.NEW, "HT", {"clean": number})
        for number in range(rows)
    )
    again = {number for number in range(rows) if number % 7 != 3 and (number % 11 == 0 or 600 < number < 700)}
    asked: list[int] = []

    def compare(contents: list[dict[str, Any]]) -> list[Any]:
        asked.extend(one["clean"] for one in contents)
        return [({"clean": -one["clean"]}, RowOutcome.CHANGED, [{"field": "x"}]) for one in contents]

    done = spool.replaced(again, compare)
    assert asked == sorted(again)
    assert (len(done), done.count(RowOutcome.CHANGED)) == (rows, len(again))
    records = [record for block in done.blocks() for record in block.records]
    assert [one[2] for one in records] == [
        "changed" if number in again else "rejected" if number % 7 == 3 else "new" for number in range(rows)
    ]
    assert [one[5] for one in records] == ['[{"field": "x"}]' if number in again else "[]" for number in range(rows)]
    good = [content["clean"] for block in done.blocks() for _, content in good_rows(block)]
    assert good == [-number if number in again else number for number in range(rows) if number % 7 != 3]
    assert [record for block in spool.blocks() for record in block.records if record[2] == "changed"] == []


def test_of_very_many_rows_only_some_are_named() -> None:
    assert other_rows([3, 8, 12], 8) == "3、12"
    assert other_rows(range(1, 100_000), 1) == "2、3、4、5、6、7、8、9、10、11…"


def test_co_borrowers_and_their_numbers_come_with_every_piece(desk: Desk) -> None:  # noqa: F811
    parent = {"共同借款人姓名": "赵大", "共同借款人电话": "13800000077"}
    rows = [
        books.contract(number, 身份证号=_other(number), 共同借款人身份证号=_other(number, 1970), **parent)
        for number in range(1, 4)
    ]
    desk.load(ImportKind.ROSTER, books.roster(*rows))
    assert desk.one(select(func.count()).select_from(CoBorrower)) == 3
    owned = select(func.count()).select_from(ContactPoint).where(ContactPoint.co_borrower_id.is_not(None))
    assert desk.one(owned) == 3


def _other(number: int, year: int = 1999) -> str:
    born = datetime(year, 1, 1, tzinfo=UTC).toordinal() + number // 999
    return books.person_id(number % 999, born=date.fromordinal(born).strftime("%Y%m%d"))


def test_many_standings_judged_by_the_database_are_those_of_the_rules(desk: Desk) -> None:  # noqa: F811
    """Every fifth of three hundred pays: in full, in part, twice; what the rules say of all of them changes nothing."""
    numbers = range(1, 301)
    desk.load(ImportKind.ROSTER, books.roster(*(books.contract(n, 身份证号=_other(n)) for n in numbers)))
    desk.load(ImportKind.ARREARS, books.arrears(*(books.overdue(n) for n in numbers)))
    paid = [
        {
            "合同编号": f"HT{n:06d}",
            "还款日期": date(2026, 11, 22),
            "还款金额": 224 if n % 2 else 100,
            "流水号": f"LS{n}",
        }
        for n in range(1, 301, 5)
    ]
    batch = desk.load(ImportKind.REPAYMENTS, books.payments(*paid))
    assert batch.new == len(paid)
    with desk.database.write() as session:
        ids = session.scalars(select(Borrower.id)).all()
        assert standings.recompute(session, act=desk.act, borrower_ids=ids) == 0


def test_no_border_shows_in_arrears_and_payments(roster_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """Lines are compared a piece at a time: one row a piece says the same of every row, wrong ones and all."""
    roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1), books.overdue(4)))
    first = {"还款日期": date(2026, 11, 21), "还款金额": 224}
    roster_desk.load(
        ImportKind.REPAYMENTS, books.payments(*({"合同编号": "HT000001", "流水号": f"LS{n}"} | first for n in (0, 1)))
    )
    wrong: dict[str, Any] = {"逾期合计": 999}
    arrears = books.arrears(
        books.overdue(1, 逾期利息=200), books.overdue(2), books.overdue(2), books.overdue(4, **wrong), books.overdue(5),
        books.overdue(3, 合同编号="HT999999"),
    )  # fmt: skip
    payments = books.payments(
        *({"合同编号": f"HT{n:06d}", "流水号": f"LS{n}"} | first for n in (1, 2, 2, 999_999, 4)),
        {"合同编号": "HT000001", "流水号": "LS0"} | first | {"还款金额": 5},
    )
    for kind, content in ((ImportKind.ARREARS, arrears), (ImportKind.REPAYMENTS, payments)):
        at_once = _staged(roster_desk, roster_desk.bring(kind, content))
        with monkeypatch.context() as patched:
            for room in (arrears_reading, repayments):
                patched.setattr(room, "pieces", lambda rows: pieces(rows, 1))
            one_by_one = _staged(roster_desk, roster_desk.bring(kind, content))
        assert len({row[1] for row in at_once[0]}) == 3  # new, wrong, and changed or as it was
        assert one_by_one == at_once


def test_what_a_roster_was_found_to_leave_alone_it_leaves_alone(roster_desk: Desk) -> None:  # noqa: F811
    """A row confirmed as changing nothing changes nothing, whatever somebody has entered about its person since."""
    rows = [books.contract(1), books.contract(2), books.contract(3, 就读高校="另一大学"), books.contract(6)]
    batch_id = roster_desk.bring(ImportKind.ROSTER, books.roster(*rows))
    batch = roster_desk.batch(batch_id)
    assert (batch.unchanged, batch.changed, batch.new) == (2, 1, 1)
    person = select(Loan.borrower_id).where(Loan.contract_no == "HT000001").scalar_subquery()
    with roster_desk.database.write() as session:
        session.execute(update(Borrower).where(Borrower.id == person).values(college="改正大学"))
    roster_desk.confirm(batch_id)
    colleges = select(Loan.contract_no, Borrower.college).join(Borrower, Borrower.id == Loan.borrower_id)
    with roster_desk.database.reader() as session:
        found = dict(map(tuple, session.execute(colleges)))
    was = books.contract(2)["就读高校"]
    assert [found[f"HT{n:06d}"] for n in (1, 2, 3)] == ["改正大学", was, "另一大学"]
    assert "HT000006" in found


def _staged(desk: Desk, batch_id: int) -> tuple[list[tuple[Any, ...]], dict[str, Any]]:  # noqa: F811
    """Return the rows of a list as they wait, and what it would do."""
    with desk.database.reader() as session:
        rows = rows_of(session, batch_id)
    return [(row.row_number, row.outcome, row.content, row.changes, row.problems) for row in rows], desk.batch(
        batch_id
    ).facts
