"""Lists come in: good rows are written, bad ones named, nothing is half loaded."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from config import Settings
from models.borrowers import Borrower, CoBorrower, ContactPoint, contact_index
from models.database import Database
from models.events import Event
from models.handovers import Handover
from models.imports import ImportBatch, ImportRow
from models.loans import ArrearsList, Lender, Loan, Relief, ReliefCorrection, Repayment, Statement
from models.organisation import AreaAssignment, District, GroupSeat, School, Village
from models.rules.borrowers import ContactKind, ContactSource
from models.rules.facts import RepaymentKind
from models.rules.handovers import HandoverState
from models.rules.imports import ImportKind, ImportState, RowOutcome
from models.rules.organisation import Seat
from models.rules.refusals import NotVisible, Refused, StaleData
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from models.tables import METADATA
from portal.actors import Act
from portal.queries.loan_facts import reliefs_in_force
from portal.services import standings
from portal.services.imports import applying, comparing, staging, store
from portal.sheets.sources import whole
from tests import books
from tests.plans import instalments_of

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ACT = Act(None, AT)
WAITING_ROOM = {
    "import_batches",
    "import_rows",
    "import_contents",
    "import_images",
    "events",
    "event_chain",
    "submit_keys",
    "user_sessions",
}


def fingerprint(database: Database, *, without: set[str] = frozenset()) -> str:  # type: ignore[assignment]
    """Return a hash of every row of every table."""
    digest = hashlib.sha256()
    with database.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            if table.name in without:
                continue
            rows = connection.exec_driver_sql(f"SELECT * FROM {table.name}").all()
            digest.update(repr((table.name, sorted(map(repr, rows)))).encode())
    return digest.hexdigest()


class Desk:
    """A clerk's desk: brings lists, confirms them."""

    def __init__(self, database: Database, data_dir: Path) -> None:
        self.database = database
        self.data_dir = data_dir
        self.at = AT

    @property
    def act(self) -> Act:
        return Act(None, self.at)

    def bring(self, kind: ImportKind, content: bytes, **other: Any) -> int:
        self.at += timedelta(minutes=1)
        with self.database.write() as session:
            return staging.receive(
                session,
                act=self.act,
                kind=kind,
                file_name="list.xlsx",
                content=content,
                data_dir=self.data_dir,
                **other,
            ).id

    def confirm(self, batch_id: int) -> None:
        self.at += timedelta(minutes=1)
        with self.database.write() as session:
            batch = session.get(ImportBatch, batch_id)
            if batch is not None and applying.asks(batch):  # the clerk ticks that it is so
                applying.agree_gone(session, act=self.act, batch_id=batch_id, gone=batch.vanished)
            applying.apply(session, act=self.act, batch_id=batch_id, data_dir=self.data_dir)

    def load(self, kind: ImportKind, content: bytes, **other: Any) -> ImportBatch:
        batch_id = self.bring(kind, content, **other)
        self.confirm(batch_id)
        return self.batch(batch_id)

    def batch(self, batch_id: int) -> ImportBatch:
        with self.database.reader() as session:
            return session.get_one(ImportBatch, batch_id)

    def problems(self, batch_id: int) -> list[tuple[int, str, str]]:
        with self.database.reader() as session:
            rows = session.execute(
                select(ImportRow.row_number, ImportRow.problems)
                .where(ImportRow.batch_id == batch_id, ImportRow.outcome == RowOutcome.REJECTED)
                .order_by(ImportRow.row_number)
            ).all()
        return [
            (number, one["column"], one["reason"] % one["values"] if one["values"] else one["reason"])
            for number, problems in rows
            for one in problems
        ]

    def counts(self, batch_id: int) -> tuple[int, int, int, int, int]:
        batch = self.batch(batch_id)
        return batch.rows, batch.new, batch.changed, batch.unchanged, batch.rejected

    def one(self, query: Any) -> Any:
        with self.database.reader() as session:
            return session.scalars(query).one()


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    """A district with its organisation loaded."""
    found = Desk(database, settings.data_dir)
    found.load(ImportKind.ORGANISATION, books.organisation())
    return found


@pytest.fixture
def roster_desk(desk: Desk) -> Desk:
    """And five contracts of five people."""
    desk.load(ImportKind.ROSTER, books.roster(*(books.contract(number) for number in range(1, 6))))
    return desk


# -- the organisation


def test_the_organisation_is_written_and_read_again_as_unchanged(desk: Desk) -> None:
    assert desk.one(select(District.centre_landline)) == "0999-8200000"
    assert desk.one(select(District.is_fictional)) is True
    assert desk.one(select(func.count()).select_from(Village)) == 3
    assert desk.one(select(GroupSeat.person_name).where(GroupSeat.seat == Seat.LEADER)) == "钱组长"
    before = fingerprint(desk.database, without=WAITING_ROOM)
    again = desk.load(ImportKind.ORGANISATION, books.organisation())
    assert (again.new, again.changed, again.unchanged, again.rejected) == (0, 0, 12, 0)
    assert fingerprint(desk.database, without=WAITING_ROOM) == before


def test_looking_at_the_organisation_writes_none_of_it(database: Database, settings: Settings) -> None:
    desk = Desk(database, settings.data_dir)
    before = fingerprint(database, without=WAITING_ROOM)
    batch_id = desk.bring(ImportKind.ORGANISATION, books.organisation())
    assert desk.counts(batch_id) == (12, 12, 0, 0, 0)
    assert fingerprint(database, without=WAITING_ROOM) == before


def test_a_new_leader_follows_the_old_one(desk: Desk) -> None:
    batch = desk.load(ImportKind.ORGANISATION, books.organisation(领导小组=[("东河中学", "周组长", "组长", None)]))
    assert batch.changed == 1
    with desk.database.reader() as session:
        seats = session.execute(
            select(GroupSeat.person_name, GroupSeat.to_on).where(GroupSeat.seat == Seat.LEADER).order_by(GroupSeat.id)
        ).all()
    assert [tuple(one) for one in seats] == [("钱组长", ACT.today), ("周组长", None)]


def test_a_village_moves_to_another_school(desk: Desk) -> None:
    desk.load(ImportKind.ORGANISATION, books.organisation(包联辖区=[("东河镇", "柳湾村", "西坪中学", None)]))
    with desk.database.reader() as session:
        rows = session.execute(
            select(School.name, AreaAssignment.to_on)
            .join(School, School.id == AreaAssignment.school_id)
            .order_by(AreaAssignment.id)
        ).all()
    assert [tuple(one) for one in rows] == [("东河中学", ACT.today), ("西坪中学", None)]


def test_a_list_that_moves_a_village_hands_over_what_is_open_in_it(roster_desk: Desk) -> None:
    """The yearly rota comes in as a list, too; looking at the list opens nothing."""
    moved = books.organisation(包联辖区=[("东河镇", "柳湾村", "东河中学", "孙副组长")])
    batch_id = roster_desk.bring(ImportKind.ORGANISATION, moved)
    assert roster_desk.one(select(func.count()).select_from(Handover)) == 0
    roster_desk.confirm(batch_id)
    found = roster_desk.one(select(Handover))
    assert (found.state, found.opened_by_id, found.summary["borrowers"]) == (HandoverState.OPEN, None, 5)
    assert found.from_assignment_id is not None
    roster_desk.load(ImportKind.ORGANISATION, books.organisation(包联辖区=[("东河镇", "柳湾村", "西坪中学", None)]))
    assert roster_desk.one(select(Handover.state)) is HandoverState.ENDED


def test_wrong_rows_of_the_organisation_are_named_by_sheet(desk: Desk) -> None:
    batch_id = desk.bring(
        ImportKind.ORGANISATION,
        books.organisation(
            行政村=[
                ("990101009001", "无名村", "东河镇"),
                ("9901010010", "短码村", "东河镇"),
                ("990101001009", "新村", "东何镇"),
            ],
            包联辖区=[("东河镇", "石桥村", "东河中学", "路人")],
        ),
    )
    words = " ".join(reason for _, _, reason in desk.problems(batch_id))
    assert "does not begin with the township's code" in words
    assert "has 12 digits" in words
    assert "“东河镇” is the nearest name" in words
    assert "no such member" in words


# -- the roster


def test_a_roster_makes_people_contracts_plans_and_standings(roster_desk: Desk) -> None:
    with roster_desk.database.reader() as session:
        assert session.scalars(select(func.count()).select_from(Loan)).one() == 5
        person = session.scalars(select(Borrower).order_by(Borrower.id).limit(1)).one()
        assert (person.name, person.initials, person.graduation_year) == ("赵测试", "zcs", 2024)
        assert person.id_number == books.person_id(1)
        assert person.masked_id == "990101********" + books.person_id(1)[-4:]
        assert person.village_id == session.scalars(select(Village.id).where(Village.code == "990101001001")).one()
        point = session.scalars(select(ContactPoint).where(ContactPoint.borrower_id == person.id)).one()
        assert (point.value, point.source) == ("13900000001", ContactSource.BANK)
        lender = session.scalars(select(Lender)).one()
        assert lender.name == books.LENDER
        loan = session.scalars(select(Loan).order_by(Loan.id).limit(1)).one()
        plan = session.execute(instalments_of(loan.id)).all()
        assert plan[0].due_on == date(2024, 12, 20)
        assert plan[-1].due_on == date(2039, 9, 20)
        assert sum(one.principal for one in plan) == Decimal(8000)
        assert session.scalars(select(func.count()).select_from(BorrowerStanding)).one() == 5


def test_the_same_roster_again_changes_nothing(desk: Desk) -> None:
    content = books.roster(*(books.contract(number) for number in range(1, 6)))
    desk.load(ImportKind.ROSTER, content)
    before = fingerprint(desk.database, without=WAITING_ROOM)
    again = desk.load(ImportKind.ROSTER, content)
    assert (again.new, again.changed, again.unchanged, again.rejected) == (0, 0, 5, 0)
    assert again.facts["applied_before"] is not None
    assert fingerprint(desk.database, without=WAITING_ROOM) == before


def test_changed_terms_show_old_and_new_and_make_a_new_plan(roster_desk: Desk) -> None:
    batch_id = roster_desk.bring(
        ImportKind.ROSTER, books.roster(books.contract(1, 贷款利率="2.5%", 贷款余额=7000), books.contract(2))
    )
    assert roster_desk.counts(batch_id) == (2, 0, 1, 1, 0)
    changes = roster_desk.one(
        select(ImportRow.changes).where(ImportRow.batch_id == batch_id, ImportRow.row_number == 2)
    )
    assert {(one["field"], one["old"], one["new"]) for one in changes} == {
        ("贷款余额", "8000.00", "7000.00"),
        ("贷款利率", "2.8000", "2.5"),
    }
    loan_id = roster_desk.one(select(Loan.id).where(Loan.contract_no == "HT000001"))
    with roster_desk.database.reader() as session:
        before = session.execute(instalments_of(loan_id)).all()
    roster_desk.confirm(batch_id)
    with roster_desk.database.reader() as session:
        after = session.execute(instalments_of(loan_id)).all()
    assert after[-1].interest < before[-1].interest


@pytest.mark.parametrize(
    ("other", "column", "words"),
    [
        (
            {"身份证号": books.person_id(9)[:-1] + ("1" if books.person_id(9)[-1] != "1" else "2")},
            "身份证号",
            "check digit",
        ),
        ({"身份证号": float(books.person_id(9)[:17] + "0")}, "身份证号", "stored as a figure"),
        ({"身份证号": None}, "身份证号", "missing"),
        ({"合同金额": -8000}, "合同金额", "negative"),
        ({"合同金额": "八千"}, "合同金额", "is not an amount"),
        ({"合同金额": 0, "贷款余额": 0}, "合同金额", "more than 0"),
        ({"贷款余额": 9000}, "贷款余额", "larger than the contract's amount"),
        ({"村": "柳弯村"}, "村", "“柳湾村” is the nearest name"),
        ({"乡镇": "东何镇"}, "乡镇", "“东河镇” is the nearest name"),
        ({"村": "石桥村", "乡镇": "西坪镇"}, "村", "there is one in 东河镇"),
        ({"到期日": date(2020, 9, 20)}, "到期日", "before it was signed"),
        ({"到期日": date(2999, 9, 20)}, "到期日", "2999"),
        ({"到期日": date(2091, 9, 20)}, "到期日", "too far in the future"),
        ({"签订日期": date(2027, 8, 20)}, "签订日期", "signed after the date of the list"),
        ({"结清日期": date(2062, 3, 1)}, "结清日期", "paid off after the date of the list"),
        ({"本金缓还至": date(2081, 12, 20)}, "本金缓还至", "too far in the future"),
        ({"贷款利率": "-2.8%"}, "贷款利率", "interest rate"),
        ({"签订日期": "20210230"}, "签订日期", "There is no day"),
        ({"合同编号": "HT000001"}, "合同编号", "more than once"),
        ({"身份证号": books.person_id(1), "借款学生姓名": "钱另名"}, "借款学生姓名", "another name"),
        ({"贷款银行": books.LENDER + "一"}, "贷款银行", "“示范助学银行” is"),
        ({"共同借款人姓名": "赵大", "共同借款人身份证号": "990101196001010012"}, "共同借款人身份证号", "check digit"),
    ],
)
def test_a_wrong_row_is_named_and_holds_up_no_other(
    roster_desk: Desk, other: dict[str, Any], column: str, words: str
) -> None:
    rows = [books.contract(1), books.contract(6), books.contract(9, **other)]
    before = fingerprint(roster_desk.database, without=WAITING_ROOM)
    batch_id = roster_desk.bring(ImportKind.ROSTER, books.roster(*rows))
    assert fingerprint(roster_desk.database, without=WAITING_ROOM) == before
    named = [one for one in roster_desk.problems(batch_id) if one[0] == 4]
    assert any(where == column and words in reason for _, where, reason in named), named
    with roster_desk.database.reader() as session:
        problems = session.scalars(select(ImportRow.problems).where(ImportRow.batch_id == batch_id)).all()
    for number in (1, 6, 9):
        assert books.person_id(number) not in repr(problems)
    roster_desk.confirm(batch_id)
    assert roster_desk.one(select(func.count()).select_from(Loan).where(Loan.contract_no == "HT000006")) == 1
    assert roster_desk.one(select(func.count()).select_from(Loan).where(Loan.contract_no == "HT000009")) == 0


def test_a_place_may_be_written_without_its_kind(desk: Desk) -> None:
    batch = desk.load(ImportKind.ROSTER, books.roster(books.contract(1, 乡镇="东河", 村="柳湾")))
    assert (batch.new, batch.rejected) == (1, 0)
    code = select(Village.code).join(Borrower, Borrower.village_id == Village.id)
    assert desk.one(code) == "990101001001"


def test_a_contract_twice_in_the_list_rejects_both_rows(desk: Desk) -> None:
    batch_id = desk.bring(
        ImportKind.ROSTER, books.roster(books.contract(1), books.contract(1, 合同金额=6000, 贷款余额=6000))
    )
    assert [(number, column) for number, column, _ in desk.problems(batch_id)] == [(2, "合同编号"), (3, "合同编号")]
    with pytest.raises(Refused, match="No row of this list"):
        desk.confirm(batch_id)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"this is a letter", "not a spreadsheet"),
        (books.roster(books.contract(1), without=("合同金额",)), "“合同金额” is missing"),
        (books.roster(), "no row below the headings"),
        (books.roster(books.contract(1), books.contract(2, 数据日期="2026-11-01")), None),
    ],
)
def test_a_list_refused_as_a_whole_leaves_no_trace(roster_desk: Desk, content: bytes, words: str | None) -> None:
    if words is None:
        batch_id = roster_desk.bring(ImportKind.ROSTER, content)
        assert any("data date is missing" in reason for _, _, reason in roster_desk.problems(batch_id))
        return
    before = fingerprint(roster_desk.database)
    files = sorted((roster_desk.data_dir / "imports").iterdir())
    with pytest.raises(Refused, match=words):
        roster_desk.bring(ImportKind.ROSTER, content)
    assert fingerprint(roster_desk.database) == before
    assert sorted((roster_desk.data_dir / "imports").iterdir()) == files


def test_the_bank_adds_numbers_beside_ours_and_moves_nobody_we_verified(roster_desk: Desk) -> None:
    with roster_desk.database.write() as session:
        person = session.scalars(select(Borrower).order_by(Borrower.id).limit(1)).one()
        person.verified_at = AT
        person.address = "东河镇柳湾村三组"
        person_id, village_id = person.id, person.village_id
    batch = roster_desk.load(
        ImportKind.ROSTER,
        books.roster(books.contract(1, 联系电话="13911112222", 村="石桥村", 户籍地址="别处", 就读高校="另一大学")),
    )
    assert batch.changed == 1
    with roster_desk.database.reader() as session:
        person = session.get_one(Borrower, person_id)
        assert (person.village_id, person.address, person.college) == (village_id, "东河镇柳湾村三组", "另一大学")
        numbers = session.scalars(select(ContactPoint.value).where(ContactPoint.borrower_id == person_id)).all()
    assert sorted(numbers) == ["13900000001", "13911112222"]


def test_a_wrong_phone_is_named_but_the_contract_comes_in(desk: Desk) -> None:
    batch = desk.load(ImportKind.ROSTER, books.roster(books.contract(1, 联系电话="1390000")))
    assert (batch.new, batch.rejected) == (1, 0)
    problems = desk.one(select(ImportRow.problems).where(ImportRow.batch_id == batch.id))
    assert [(one["column"], one["fatal"]) for one in problems] == [("联系电话", False)]
    assert desk.one(select(func.count()).select_from(ContactPoint)) == 0


def test_a_co_borrower_and_a_deferral_come_with_the_contract(desk: Desk) -> None:
    parent = books.person_id(77, born="19700101")
    row = books.contract(
        1,
        共同借款人姓名="赵大",
        共同借款人身份证号=parent,
        共同借款人电话="13800000077",
        与学生关系="父亲",
        本金缓还至=date(2027, 12, 20),
    )
    desk.load(ImportKind.ROSTER, books.roster(row))
    assert desk.one(select(CoBorrower.relation)) == "父亲"
    assert desk.one(
        select(ContactPoint.co_borrower_id).where(
            ContactPoint.value_index == contact_index(ContactKind.PHONE, "13800000077")
        )
    )
    assert desk.one(select(Relief.from_on)) == date(2026, 1, 1)
    again = desk.load(ImportKind.ROSTER, books.roster(row))
    assert (again.changed, again.unchanged) == (0, 1)


def test_another_end_of_a_deferral_is_a_correction_that_names_it(desk: Desk) -> None:
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1, 本金缓还至=date(2027, 12, 20))))
    longer = books.roster(books.contract(1, 本金缓还至=date(2028, 12, 20)))
    batch = desk.load(ImportKind.ROSTER, longer)
    assert desk.one(select(Relief.to_on)) == date(2027, 12, 20)  # what was said first stays
    assert desk.one(select(func.count()).select_from(Relief)) == 1
    with desk.database.reader() as session:
        (correction,) = session.scalars(select(ReliefCorrection)).all()
        assert (correction.from_on, correction.to_on) == (date(2026, 1, 1), date(2028, 12, 20))
        assert (correction.import_batch_id, correction.is_void) == (batch.id, False)
        ((_, fact),) = reliefs_in_force(session, session.scalars(select(Loan.id)).all()).popitem()[1]
    assert fact.to_on == date(2028, 12, 20)
    assert desk.load(ImportKind.ROSTER, longer).unchanged == 1  # said already
    # an end before the deferral began moves its first day as well, since it must end after it begins
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1, 本金缓还至=date(2025, 12, 20))))
    with desk.database.reader() as session:
        newest = session.scalars(select(ReliefCorrection).order_by(ReliefCorrection.id.desc())).first()
    assert newest is not None
    assert (newest.from_on, newest.to_on) == (date(2024, 1, 1), date(2025, 12, 20))


def test_a_balance_of_nothing_is_settled_on_the_day_it_was_first_seen(roster_desk: Desk) -> None:
    content = books.roster(books.contract(1, 贷款余额=0))
    roster_desk.load(ImportKind.ROSTER, content, data_on=date(2026, 11, 1))
    assert roster_desk.one(select(Loan.settled_on).where(Loan.contract_no == "HT000001")) == date(2026, 11, 1)
    again = roster_desk.load(ImportKind.ROSTER, books.roster(books.contract(1, 贷款余额=0), books.contract(2)))
    assert again.unchanged == 2
    assert roster_desk.one(select(Loan.settled_on).where(Loan.contract_no == "HT000001")) == date(2026, 11, 1)


# -- the arrears list


def state_of(desk: Desk, number: int) -> StandingState:
    return desk.one(
        select(BorrowerStanding.state)
        .join(Loan, Loan.borrower_id == BorrowerStanding.borrower_id)
        .where(Loan.contract_no == f"HT{number:06d}")
    )


def test_the_arrears_list_says_who_is_overdue_and_who_is_not(roster_desk: Desk) -> None:
    batch = roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1), books.overdue(2)))
    assert (batch.rows, batch.new, batch.data_on) == (2, 2, date(2026, 11, 20))
    assert [state_of(roster_desk, number) for number in (1, 2, 3)] == [
        StandingState.OVERDUE,
        StandingState.OVERDUE,
        StandingState.CURRENT,
    ]
    assert set(roster_desk.database.reader().scalars(select(Statement.overdue_since))) == {date(2025, 12, 20)}
    later = books.arrears(
        books.overdue(1, 数据日期=date(2026, 11, 22), 逾期利息=200, 罚息=1.5),
        books.overdue(3, 数据日期=date(2026, 11, 22)),
    )
    batch = roster_desk.load(ImportKind.ARREARS, later)
    assert (batch.new, batch.changed, batch.unchanged, batch.vanished) == (1, 1, 0, 1)
    assert [state_of(roster_desk, number) for number in (1, 2, 3)] == [
        StandingState.OVERDUE,
        StandingState.CURRENT,
        StandingState.OVERDUE,
    ]


def test_banks_print_the_due_day_or_the_day_after(roster_desk: Desk) -> None:
    roster_desk.load(
        ImportKind.ARREARS, books.arrears(books.overdue(1, 逾期起始日=date(2025, 12, 20)), books.overdue(2))
    )
    with roster_desk.database.reader() as session:
        assert set(session.scalars(select(Statement.overdue_since))) == {date(2025, 12, 20)}


def test_an_older_list_is_refused_and_one_of_the_same_day_corrects(roster_desk: Desk) -> None:
    roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1), books.overdue(2)))
    before = fingerprint(roster_desk.database)
    with pytest.raises(Refused, match="newer one of 2026-11-20"):
        roster_desk.bring(ImportKind.ARREARS, books.arrears(books.overdue(1, 数据日期=date(2026, 11, 19))))
    assert fingerprint(roster_desk.database) == before
    batch = roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1, 逾期利息=100)))
    assert (batch.changed, batch.vanished) == (1, 1)
    assert roster_desk.one(select(func.count()).select_from(ArrearsList)) == 1
    assert roster_desk.one(select(Statement.overdue_interest)) == Decimal("100.00")


def test_a_wrong_line_does_not_say_that_its_contract_is_paid(roster_desk: Desk) -> None:
    roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1), books.overdue(2)))
    on = {"数据日期": date(2026, 11, 22)}
    batch_id = roster_desk.bring(
        ImportKind.ARREARS, books.arrears(books.overdue(1, 逾期合计=999, **on), books.overdue(2, **on))
    )
    batch = roster_desk.batch(batch_id)
    assert (batch.rejected, batch.vanished, batch.facts["kept"]) == (1, 0, 1)
    roster_desk.confirm(batch_id)
    assert state_of(roster_desk, 1) is StandingState.OVERDUE
    assert (
        roster_desk.one(select(func.count()).select_from(Statement).where(Statement.overdue_interest == Decimal(224)))
        == 4
    )


@pytest.mark.parametrize(
    ("other", "column", "words"),
    [
        ({"合同编号": "HT999999"}, "合同编号", "We hold no contract"),
        ({"逾期本金": -1}, "逾期本金", "negative"),
        ({"逾期合计": 5}, "逾期合计", "add up to 224.00"),
        ({"身份证号": books.person_id(2)}, "身份证号", "another identity number"),
        ({"姓名": "别人"}, "姓名", "another name"),
        ({"逾期起始日": date(2026, 12, 21)}, "逾期起始日", "after the data date"),
        ({"逾期利息": 0}, "逾期本金", "Nothing is overdue"),
        ({"数据日期": date(2026, 11, 1)}, "数据日期", "differs from the other rows"),
        ({"数据日期": None}, "数据日期", "missing"),
    ],
)
def test_a_wrong_line_of_the_arrears_list_is_named(
    roster_desk: Desk, other: dict[str, Any], column: str, words: str
) -> None:
    batch_id = roster_desk.bring(
        ImportKind.ARREARS, books.arrears(books.overdue(3), books.overdue(4), books.overdue(1, **other))
    )
    named = roster_desk.problems(batch_id)
    assert {number for number, _, _ in named} == {4}
    assert any(where == column and words in reason for _, where, reason in named), named


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (books.arrears(books.overdue(1, 数据日期=None)), "The data date is missing"),
        (books.arrears(books.overdue(1, 数据日期=date(2027, 1, 1))), "in the future"),
        (
            books.arrears(books.overdue(1), books.overdue(2, 贷款银行="另一银行"), books.overdue(3)),
            "most rows say “示范助学银行”, row 3 says “另一银行”",
        ),
        (books.arrears(books.overdue(1, 贷款银行="农村信用社")), "We hold no contract of"),
    ],
)
def test_an_arrears_list_that_cannot_be_one_is_refused(roster_desk: Desk, content: bytes, words: str) -> None:
    before = fingerprint(roster_desk.database)
    with pytest.raises(Refused, match=words):
        roster_desk.bring(ImportKind.ARREARS, content)
    assert fingerprint(roster_desk.database) == before


def test_an_empty_arrears_list_says_that_nobody_is_overdue(roster_desk: Desk) -> None:
    roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1)))
    batch = roster_desk.load(ImportKind.ARREARS, books.arrears(), data_on=date(2026, 11, 22))
    assert (batch.rows, batch.vanished) == (0, 1)
    assert state_of(roster_desk, 1) is StandingState.CURRENT


# -- the repayment list


def payment(number: int, **other: Any) -> dict[str, Any]:
    return {
        "合同编号": f"HT{number:06d}",
        "还款日期": date(2026, 11, 21),
        "还款金额": 224,
        "流水号": f"LS{number}",
    } | other


def test_a_payment_cures_and_its_reversal_makes_overdue_again(roster_desk: Desk) -> None:
    roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1)))
    batch = roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1)))
    assert batch.new == 1
    assert state_of(roster_desk, 1) is StandingState.CURRENT
    batch = roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1)))
    assert batch.unchanged == 1
    batch = roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1, 冲正日期=date(2026, 11, 22))))
    assert batch.changed == 1
    assert state_of(roster_desk, 1) is StandingState.OVERDUE
    assert roster_desk.one(select(func.count()).select_from(Repayment)) == 1


@pytest.mark.parametrize(
    ("other", "column", "words"),
    [
        ({"合同编号": "HT999999"}, "合同编号", "We hold no contract"),
        ({"还款金额": -5}, "还款金额", "negative"),
        ({"还款金额": 0}, "还款金额", "more than 0"),
        ({"还款日期": date(2026, 12, 1)}, "还款日期", "after the date of the list"),
        ({"还款日期": date(2020, 1, 1)}, "还款日期", "before the contract was signed"),
        ({"冲正日期": date(2026, 11, 1)}, "冲正日期", "reversed before"),
        ({"流水号": None}, "流水号", "empty"),
        ({"合同编号": "HT000002", "流水号": "LS2"}, "流水号", "more than once"),
        ({"流水号": "OLD"}, "流水号", "ask the bank"),
        ({"流水号": "OLD", "还款金额": 100, "还款类型": "提前还款"}, "还款类型", "hold this payment as “正常还款”"),
        ({"还款类型": "猜的"}, "还款类型", "write one of 正常还款、提前还款、代偿、救助金还款、减免"),
        ({"还款类型": "提前结清", "还款金额": 80_000}, "还款金额", "more than the contract ever lent"),
    ],
)
def test_a_wrong_payment_is_named(roster_desk: Desk, other: dict[str, Any], column: str, words: str) -> None:
    roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1, 流水号="OLD", 还款金额=100)))
    batch_id = roster_desk.bring(ImportKind.REPAYMENTS, books.payments(payment(2), payment(1, **other)))
    named = [one for one in roster_desk.problems(batch_id) if one[0] == 3]
    assert any(where == column and words in reason for _, where, reason in named), named


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (None, RepaymentKind.PAYMENT),
        ("正常 还款", RepaymentKind.PAYMENT),
        ("归还逾期", RepaymentKind.PAYMENT),
        ("部分提前还款", RepaymentKind.EARLY),
        ("提前结清（一次性）", RepaymentKind.EARLY),
        ("服兵役国家资助", RepaymentKind.COMPENSATION),
        ("还款救助", RepaymentKind.RELIEF_PAYOUT),
        ("罚息减免", RepaymentKind.WAIVED),
    ],
)
def test_the_kind_of_a_payment_comes_with_it(roster_desk: Desk, written: str | None, kind: RepaymentKind) -> None:
    batch = roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1, 还款类型=written)))
    assert roster_desk.one(select(Repayment.kind)) is kind
    assert batch.facts["received"] == ("0.00" if kind is RepaymentKind.WAIVED else "224.00")
    again = roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1)))
    assert again.unchanged == 1  # a list that does not say leaves the kind as it is


def test_what_is_repaid_early_lowers_what_falls_due_later(roster_desk: Desk) -> None:
    next_due = select(func.min(BorrowerStanding.next_due_amount))
    before = roster_desk.one(next_due)
    early = {"还款类型": "部分提前还款", "还款日期": date(2026, 9, 10), "还款金额": 4000}
    roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1, **early)))
    after = roster_desk.one(next_due)
    assert (before, after < before) == (Decimal("224.00"), True)


# -- the way of an import


def test_what_came_in_is_kept_sealed_in_two_copies(desk: Desk) -> None:
    content = books.roster(books.contract(1))
    batch = desk.batch(desk.bring(ImportKind.ROSTER, content))
    places = store.Places.of(desk.data_dir)
    copies = [folder / batch.sha256 for _, folder in places.named]
    for copy in copies:
        assert copy.stat().st_mode & 0o077 == 0
        assert content[:40] not in copy.read_bytes()
    assert list(store.faults(places, batch.sha256)) == []
    copies[0].unlink()
    assert whole(store.open_kept(places, batch.sha256)) == content
    copies[0].write_bytes(b"damaged")
    assert whole(store.open_kept(places, batch.sha256)) == content
    assert list(store.faults(places, batch.sha256)) == ["the first copy of its file is not the file that came in"]
    copies[1].unlink()
    assert len(list(store.faults(places, batch.sha256))) == 2
    with pytest.raises(FileNotFoundError):
        store.open_kept(places, batch.sha256)


def test_confirming_twice_and_confirming_a_discarded_list_are_refused(desk: Desk) -> None:
    batch_id = desk.bring(ImportKind.ROSTER, books.roster(books.contract(1)))
    desk.confirm(batch_id)
    with pytest.raises(Refused, match="no longer waits"):
        desk.confirm(batch_id)
    other = desk.bring(ImportKind.ROSTER, books.roster(books.contract(2)))
    with desk.database.write() as session:
        staging.discard(session, act=desk.act, batch_id=other)
    assert desk.batch(other).state is ImportState.DISCARDED
    assert desk.one(select(func.count()).select_from(ImportRow).where(ImportRow.batch_id == other)) == 0
    with pytest.raises(Refused, match="no longer waits"):
        desk.confirm(other)
    with pytest.raises(NotVisible):
        desk.confirm(999)


def test_a_list_compared_before_another_was_applied_is_compared_again(desk: Desk) -> None:
    first = desk.bring(ImportKind.ROSTER, books.roster(books.contract(1)))
    second = desk.bring(ImportKind.ROSTER, books.roster(books.contract(1), books.contract(2)))
    desk.confirm(first)
    with pytest.raises(StaleData):
        desk.confirm(second)
    desk.at += timedelta(minutes=1)
    with desk.database.write() as session:
        found = comparing.compare(session, act=desk.act, batch_id=second, data_dir=desk.data_dir)
        staging.put(session, act=desk.act, batch_id=second, found=found)
    assert desk.counts(second) == (2, 1, 0, 1, 0)
    desk.confirm(second)


def test_a_fault_in_the_middle_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    batch_id = desk.bring(ImportKind.ROSTER, books.roster(*(books.contract(number) for number in range(1, 6))))
    before = fingerprint(desk.database)

    def fault(*_args: object, **_facts: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(standings, "recompute", fault)
    with pytest.raises(OSError, match="disk is full"):
        desk.confirm(batch_id)
    assert fingerprint(desk.database) == before
    monkeypatch.undo()
    desk.confirm(batch_id)
    assert desk.one(select(func.count()).select_from(Loan)) == 5


def test_an_import_is_recorded_without_numbers_of_persons(roster_desk: Desk) -> None:
    with roster_desk.database.reader() as session:
        events = session.scalars(select(Event).where(Event.tag.like("import:%"))).all()
    assert {event.tag for event in events} == {"import:received", "import:applied"}
    applied = [event for event in events if event.tag == "import:applied"][-1]
    assert applied.facts["new"] == 5
    assert books.person_id(1) not in repr([event.facts for event in events])


def test_a_list_of_headings_only_is_refused_for_its_rows(desk: Desk) -> None:
    with pytest.raises(Refused, match="There is no row below the headings"):
        desk.bring(ImportKind.ARREARS, books.arrears())
