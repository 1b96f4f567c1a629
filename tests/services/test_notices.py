"""Issuing, calling back, numbers without gaps: on SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from models.casework import Case
from models.database import Database
from models.events import Event
from models.jobs import Job
from models.loans import Relief, Repayment
from models.notices import Notice, NoticeBatchItem, NoticeNumber, NoticePaper
from models.organisation import Holiday
from models.rules.casework import CaseStage
from models.rules.facts import ReliefKind, ReliefScope
from models.rules.notices import NumberState
from models.rules.refusals import NotVisible, Refused, StaleData
from models.rules.workflows import NoticeState
from notices import layout
from notices.content import NoticeContent
from notices.refusals import NoticeNotRendered
from portal.queries import notice_batches as batch_reads
from portal.services import notice_batches, notices, standings
from portal.services.notices import Terms
from tests.crowd import crowd
from tests.world import World

TERMS = Terms("https://loans.example", 35)


@pytest.fixture
def quick_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where paper is not the question, a short stand-in that still differs by content."""
    monkeypatch.setattr(layout, "render", lambda said, **_: f"%PDF {said.to_json()}".encode())


def _issue(database: Database, world: World, who: str, person: str = "member") -> Notice:
    with database.write() as session:
        return notices.issue(session, act=world.act(person), borrower_id=world.borrowers[who].id, terms=TERMS)


def _refusal(database: Database, world: World, who: str, terms: Terms = TERMS) -> Refused:
    with pytest.raises(Refused) as caught, database.write() as session:
        notices.issue(session, act=world.act("centre"), borrower_id=world.borrowers[who].id, terms=terms)
    return caught.value


def test_a_notice_says_what_the_bank_says_and_its_paper_is_kept(database: Database, world: World) -> None:
    issued = _issue(database, world, "overdue_long")
    with database.reader() as session:
        row = session.get_one(Notice, issued.id)
        said = NoticeContent.from_json(row.content)
        pdf = session.get_one(NoticePaper, row.id).pdf
        case = session.scalars(select(Case).where(Case.borrower_id == row.borrower_id)).one()
        events = session.scalars(select(Event).where(Event.tag == "notice:issued")).all()
    assert row.serial == "演示助催〔2026〕000001号"
    assert (row.state, row.total, row.data_on) == (NoticeState.ISSUED, Decimal("2343.00"), date(2026, 11, 1))
    assert said.contracts[0].overdue_principal == Decimal(2000)
    assert said.contracts[0].due_on == date(2024, 12, 20)
    assert said.borrower_name == "甲二平"
    assert "*" in said.masked_id
    assert said.co_borrowers[0].name == "甲父"
    assert said.school_name == "山前镇中心学校"
    assert said.check_url == f"https://loans.example/check/{row.check_code}"
    assert pdf.startswith(b"%PDF")
    assert hashlib.sha256(pdf).hexdigest() == row.sha256
    assert pdf == layout.render(said)
    assert case.stage is CaseStage.NOTICE_ISSUED
    assert [event.facts["serial"] for event in events] == [row.serial]


def test_payment_is_asked_for_within_ten_working_days(database: Database, world: World, quick_paper: None) -> None:
    with database.write() as session:
        session.add(Holiday(day=date(2026, 11, 30), is_working=False, name="演示假日"))
    assert _issue(database, world, "overdue").pay_by == date(2026, 12, 8)  # ten from Monday the 23rd, one day off


def test_paper_is_never_changed(database: Database, world: World, quick_paper: None) -> None:
    issued = _issue(database, world, "overdue")
    with pytest.raises(DBAPIError), database.write() as session:
        session.get_one(NoticePaper, issued.id).pdf = b"another"


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("studying", "still studying"),
        ("deferred", "deferred"),
        ("settled", "paid off"),
        ("current", "Nothing is overdue"),
        ("paid_after_list", "Nothing is overdue"),
    ],
)
def test_who_owes_nothing_now_gets_no_notice(database: Database, world: World, who: str, words: str) -> None:
    assert words in _refusal(database, world, who).sentence
    with database.reader() as session:
        assert session.scalars(select(func.count()).select_from(NoticeNumber)).one() == 0


def test_no_notice_on_old_data(database: Database, world: World, quick_paper: None) -> None:
    stale = _refusal(database, world, "overdue", replace(TERMS, fresh_days=21))
    assert isinstance(stale, StaleData)
    assert "2026-11-01" in str(stale)
    assert _issue(database, world, "overdue").data_on == date(2026, 11, 1)  # 22 days are within 35


def test_no_notice_when_money_came_in_after_the_list(database: Database, world: World) -> None:
    with database.write() as session:
        session.add(
            Repayment(
                loan_id=world.loans["overdue/1"].id,
                paid_on=date(2026, 11, 12),
                amount=Decimal("100.00"),
                bank_reference="part",
            )
        )
    refused = _refusal(database, world, "overdue")
    assert isinstance(refused, StaleData)
    assert "Money came in" in refused.sentence


def test_a_second_notice_waits_until_the_first_is_closed(database: Database, world: World, quick_paper: None) -> None:
    first = _issue(database, world, "overdue")
    assert "open already" in _refusal(database, world, "overdue").sentence
    with database.write() as session:
        notices.call_back(session, act=world.act("member"), notice_id=first.id, reason="地址有误")
    second = _issue(database, world, "overdue")
    assert second.number == first.number + 1
    assert second.level is first.level  # the first was never served


def test_only_who_looks_after_the_borrower_may_issue(database: Database, world: World, quick_paper: None) -> None:
    for who in ("colleague", "foreign", "nobody"):
        with pytest.raises(NotVisible):
            _issue(database, world, who, "member")
    assert _issue(database, world, "colleague", "deputy").number == 1
    with pytest.raises(NotVisible), database.write() as session:
        notices.call_back(session, act=world.act("member"), notice_id=1, reason="x")


def test_a_failed_paper_makes_its_number_void_with_the_reason(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(said: NoticeContent, **_: object) -> bytes:
        raise NoticeNotRendered("%(serial)s was not made: no face for it.", serial=said.serial)

    monkeypatch.setattr(layout, "render", fail)
    act = world.act("member")
    with database.write() as session:
        draft = notices.reserve(session, act=act, borrower_id=world.borrowers["overdue"].id, terms=TERMS)
    with pytest.raises(NoticeNotRendered):
        notices.complete(database, act=act, draft=draft)
    monkeypatch.setattr(layout, "render", lambda *_a, **_k: b"%PDF")
    assert _issue(database, world, "overdue").number == 2
    with database.reader() as session:
        rows = session.execute(
            select(NoticeNumber.number, NoticeNumber.state, NoticeNumber.void_reason).order_by(NoticeNumber.number)
        ).all()
    assert [(number, state) for number, state, _ in rows] == [(1, NumberState.VOID), (2, NumberState.USED)]
    assert "no face for it" in rows[0].void_reason


def test_a_number_left_by_a_crash_is_taken_over_by_the_same_borrower(
    database: Database, world: World, quick_paper: None
) -> None:
    act = world.act("member")
    with database.write() as session:
        lost = notices.reserve(session, act=act, borrower_id=world.borrowers["overdue"].id, terms=TERMS)
    issued = _issue(database, world, "overdue")
    assert issued.number == lost.number
    with pytest.raises(Refused):  # the former claim is worth nothing now
        notices.complete(database, act=act, draft=lost)
    with database.reader() as session:
        assert session.scalars(select(NoticeNumber.state)).all() == [NumberState.USED]


def test_a_number_nobody_takes_over_becomes_void_after_an_hour(
    database: Database, world: World, quick_paper: None
) -> None:
    with database.write() as session:
        notices.reserve(session, act=world.act("member"), borrower_id=world.borrowers["overdue"].id, terms=TERMS)
    later = world.act("member", world.at + timedelta(hours=2))
    with database.write() as session:
        notices.issue(session, act=later, borrower_id=world.borrowers["overdue_long"].id, terms=TERMS)
    with database.reader() as session:
        states = session.execute(select(NoticeNumber.state).order_by(NoticeNumber.number)).scalars().all()
    assert states == [NumberState.VOID, NumberState.USED]


def test_figures_that_change_while_the_paper_is_made_stop_it(
    database: Database, world: World, quick_paper: None
) -> None:
    act = world.act("member")
    with database.write() as session:
        draft = notices.reserve(session, act=act, borrower_id=world.borrowers["overdue"].id, terms=TERMS)
    with database.write() as session:
        session.add(
            Relief(
                loan_id=world.loans["overdue/1"].id,
                kind=ReliefKind.DEFERRAL,
                scope=ReliefScope.ALL,
                from_on=date(2025, 10, 1),
                to_on=date(2027, 10, 1),
            )
        )
    with pytest.raises(Refused):
        notices.complete(database, act=act, draft=draft)
    with database.reader() as session:
        assert session.scalars(select(func.count()).select_from(Notice)).one() == 0
        assert session.scalars(select(NoticeNumber.state)).all() == [NumberState.VOID]


def test_a_payment_calls_the_notice_back(database: Database, world: World, quick_paper: None) -> None:
    issued = _issue(database, world, "overdue")
    with database.write() as session:
        session.add(
            Repayment(
                loan_id=world.loans["overdue/1"].id,
                paid_on=date(2026, 11, 22),
                amount=Decimal("1171.50"),
                bank_reference="all",
            )
        )
        standings.recompute(session, act=world.act(None), borrower_ids=[issued.borrower_id])
    with database.reader() as session:
        assert session.get_one(Notice, issued.id).state is NoticeState.CALLED_BACK


def test_two_issue_to_one_borrower_at_once(database: Database, world: World, quick_paper: None) -> None:
    def one(person: str) -> str:
        act = world.act(person)
        try:
            with database.write() as session:
                draft = notices.reserve(session, act=act, borrower_id=world.borrowers["overdue"].id, terms=TERMS)
            return notices.complete(database, act=act, draft=draft).serial
        except Refused:
            return ""

    with ThreadPoolExecutor(6) as pool:
        serials = list(pool.map(one, ["member", "deputy", "leader", "centre", "centre2", "member"]))
    assert len([serial for serial in serials if serial]) == 1
    with database.reader() as session:
        assert session.scalars(select(func.count()).select_from(Notice)).one() == 1
        numbers = session.execute(select(NoticeNumber.number, NoticeNumber.state)).all()
    assert sorted(number for number, _ in numbers) == list(range(1, len(numbers) + 1))
    assert [state for _, state in numbers].count(NumberState.RESERVED) == 0


def test_twenty_at_once_get_twenty_numbers_without_a_gap(database: Database, world: World, quick_paper: None) -> None:
    with database.write() as session:
        ids = crowd(session, world, 20)

    def one(borrower_id: int) -> int:
        act = world.act("member")
        with database.write() as session:
            draft = notices.reserve(session, act=act, borrower_id=borrower_id, terms=TERMS)
        return notices.complete(database, act=act, draft=draft).number

    with ThreadPoolExecutor(10) as pool:
        numbers = list(pool.map(one, ids))
    assert sorted(numbers) == list(range(1, 21))
    with database.reader() as session:
        assert session.scalars(select(func.count(func.distinct(Notice.serial)))).one() == 20


def test_a_batch_takes_who_is_due_and_keeps_why_others_drop_out(
    database: Database, world: World, quick_paper: None
) -> None:
    _issue(database, world, "overdue_long")
    with database.write() as session:
        where = batch_reads.place(session, area_code=world.townships["山前镇"].code)
        batch = notice_batches.create_batch(session, act=world.act("deputy"), where=where, terms=TERMS)
    with database.reader() as session:
        items = batch_reads.items(session, world.actor("deputy"), world.act("deputy").today, batch.id)
        job = session.scalars(select(Job)).one()
        waiting = batch_reads.waiting(session, batch.id)
    assert {item.name: bool(item.dropped_reason) for item in items} == {
        "甲一鸣": False,
        "甲二平": True,  # has one open
        "甲三思": True,  # paid since the list
        "丙一山": False,
    }
    assert [item.village for item in items] == sorted([item.village for item in items], key=["东湾村", "南坡村"].index)
    assert (job.key, job.total, job.arguments) == (f"notice-batch:{batch.id}", 2, {"batch_id": batch.id})
    for _ in range(2):  # the second time changes nothing
        assert not notice_batches.issue_items(
            database, act=world.act("deputy"), batch_id=batch.id, borrower_ids=waiting, terms=TERMS
        )
    with database.reader() as session:
        assert session.scalars(select(func.count()).select_from(Notice)).one() == 3
        assert not batch_reads.waiting(session, batch.id)


def test_a_member_batches_own_villages_only(database: Database, world: World, quick_paper: None) -> None:
    with database.write() as session:
        where = batch_reads.place(session, school_code="S01")
        batch = notice_batches.create_batch(session, act=world.act("member"), where=where, terms=TERMS)
    with database.reader() as session:
        names = session.scalars(select(NoticeBatchItem.borrower_id).where(NoticeBatchItem.batch_id == batch.id)).all()
    assert world.borrowers["colleague"].id not in names
    with database.reader() as session:
        other = batch_reads.place(session, area_code=world.villages["北坪"].code)
    with pytest.raises(Refused), database.write() as session:
        notice_batches.create_batch(session, act=world.act("member"), where=other, terms=TERMS)


def test_who_pays_while_the_batch_runs_drops_out(database: Database, world: World, quick_paper: None) -> None:
    with database.write() as session:
        where = batch_reads.place(session, area_code=world.villages["东湾"].code)
        batch = notice_batches.create_batch(session, act=world.act("member"), where=where, terms=TERMS)
        session.add(
            Repayment(
                loan_id=world.loans["overdue/1"].id,
                paid_on=date(2026, 11, 22),
                amount=Decimal("1171.50"),
                bank_reference="all",
            )
        )
    who = world.borrowers["overdue"].id
    reasons = notice_batches.issue_items(
        database, act=world.act("member"), batch_id=batch.id, borrower_ids=[who], terms=TERMS
    )
    assert {who: str(why) for who, why in reasons.items()} == {who: "Nothing is overdue any more: no notice is issued."}
    with database.reader() as session:
        assert world.borrowers["overdue"].id not in batch_reads.waiting(session, batch.id)
