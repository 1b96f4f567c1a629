"""Papers that are no notices: what each needs to be true, one number each, stored once, seen by whom it may."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from models.casework import Promise
from models.database import Database
from models.loans import ArrearsList, Relief, Repayment, Statement
from models.papers import IssuedPaper
from models.rules.facts import PauseCause, ReliefKind
from models.rules.papers import PaperKind
from models.rules.refusals import NotVisible, Refused, StaleData
from notices import kinds
from notices.content import NoticeContent
from portal.queries import checks, summaries
from portal.queries import papers as reads
from portal.services import notices, papers, standings
from portal.services.notices import Terms
from tests.world import World, moment

TODAY = date(2026, 11, 23)
TERMS = Terms("https://portal.example.cn", 35)


def issue(database: Database, world: World, key: str, kind: PaperKind, by: str = "member", at: str = "") -> IssuedPaper:
    act = world.act(by, moment(at) if at else None)
    with database.write() as session:
        return papers.issue_to_borrower(session, act=act, borrower_id=world.borrowers[key].id, kind=kind, terms=TERMS)


def said(row: IssuedPaper) -> Any:
    return kinds.read(row.kind, row.content)


def test_a_reminder_names_what_falls_due_and_no_more(database: Database, world: World) -> None:
    row = issue(database, world, "current", PaperKind.REMINDER)
    found = said(row)
    assert row.serial == "演示助提〔2026〕000001号"
    assert (found.round, found.due_on, found.total) == (1, date(2026, 12, 20), Decimal("1140.00"))
    assert [line.contract_no for line in found.lines] == ["DEMO-current-1"]
    assert hashlib.sha256(row.pdf).hexdigest() == row.sha256
    assert row.pdf.startswith(b"%PDF")


def test_the_second_reminder_is_the_one_of_the_last_two_weeks(database: Database, world: World) -> None:
    assert said(issue(database, world, "current", PaperKind.REMINDER, at="2026-12-05 10:00")).round == 2


@pytest.mark.parametrize(
    ("key", "kind", "sentence"),
    [
        ("overdue", PaperKind.REMINDER, "overdue already"),
        ("settled", PaperKind.REMINDER, "Nothing falls due"),
        ("studying", PaperKind.REMINDER, "within 60 days"),
        ("overdue", PaperKind.THANKS, "still overdue"),
        ("studying", PaperKind.THANKS, "No payment is known"),
        ("current", PaperKind.ACKNOWLEDGEMENT, "Nothing is overdue any more"),
        ("deferred", PaperKind.PROMISE, "deferred"),
    ],
)
def test_a_paper_that_would_not_be_true_is_not_made(
    database: Database, world: World, key: str, kind: PaperKind, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        issue(database, world, key, kind)
    with database.reader() as session:
        assert session.scalars(select(IssuedPaper)).all() == []


def test_statements_are_not_made_from_old_data(database: Database, world: World) -> None:
    with pytest.raises(StaleData):
        issue(database, world, "overdue", PaperKind.ACKNOWLEDGEMENT, at="2027-01-20 10:00")


def test_an_acknowledgement_prints_what_a_notice_would(database: Database, world: World) -> None:
    borrower = world.borrowers["overdue"].id
    with database.write() as session:
        notice = notices.issue(session, act=world.act("member"), borrower_id=borrower, terms=TERMS)
        printed = NoticeContent.from_json(notice.content)
    found = said(issue(database, world, "overdue", PaperKind.ACKNOWLEDGEMENT))
    assert (found.contracts, found.total, found.data_on) == (printed.contracts, printed.total, printed.data_on)


def test_a_promise_on_file_stands_in_the_plan(database: Database, world: World) -> None:
    with database.write() as session:
        session.add(
            Promise(
                borrower_id=world.borrowers["overdue"].id,
                made_on=TODAY,
                promised_for=TODAY + timedelta(days=20),
                amount=Decimal("500.00"),
                recorded_by_id=world.users["member"].id,
            )
        )
    found = said(issue(database, world, "overdue", PaperKind.PROMISE))
    assert [(line.by, line.amount) for line in found.plan] == [(TODAY + timedelta(days=20), Decimal("500.00"))]


def test_thanks_name_the_next_due_date_or_that_all_is_paid_off(database: Database, world: World) -> None:
    assert [line.due_on for line in said(issue(database, world, "current", PaperKind.THANKS)).lines] == [
        date(2026, 12, 20)
    ]
    with database.write() as session:
        session.execute(
            text("INSERT INTO repayments (loan_id, paid_on, amount, kind, bank_reference) "
                 "VALUES (:loan, '2025-12-20', 800000, 'payment', 'last')"),
            {"loan": world.loans["settled/1"].id},
        )  # fmt: skip
    assert said(issue(database, world, "settled", PaperKind.THANKS)).lines == ()


@pytest.mark.parametrize(
    ("paid", "at", "due_on", "total"),
    [
        ("1140.00", "", date(2027, 12, 20), Decimal("1140.00")),
        ("1200.00", "", date(2027, 12, 20), Decimal("1080.00")),
        ("1000.00", "", date(2026, 12, 20), Decimal("140.00")),
        ("1000.00", "2026-12-20 10:00", date(2026, 12, 20), Decimal("140.00")),
    ],
)
def test_whoever_paid_ahead_is_told_what_is_to_be_paid_after_it(
    database: Database, world: World, paid: str, at: str, due_on: date, total: Decimal
) -> None:
    with database.write() as session:
        loan = world.loans["current/1"]
        session.add(Repayment(loan_id=loan.id, paid_on=TODAY, amount=Decimal(paid), bank_reference="ahead"))
        session.flush()
        standings.recompute(session, act=world.act(None), borrower_ids=[loan.borrower_id])
    (line,) = said(issue(database, world, "current", PaperKind.THANKS, at=at)).lines
    assert (line.due_on, line.principal + line.interest) == (due_on, total)


def test_a_co_borrower_reads_the_figures_of_the_notice(database: Database, world: World) -> None:
    with database.write() as session:
        notice = notices.issue(session, act=world.act("member"), borrower_id=world.borrowers["overdue"].id, terms=TERMS)
        row = papers.issue_to_co_borrower(session, act=world.act("member"), notice_id=notice.id, place=0, terms=TERMS)
        printed, found = NoticeContent.from_json(notice.content), said(row)
        assert (found.contracts, found.total, found.pay_by) == (printed.contracts, printed.total, printed.pay_by)
        assert (found.co_borrower_name, found.notice_serial) == ("甲父", notice.serial)
        with pytest.raises(Refused, match=row.serial):
            papers.issue_to_co_borrower(session, act=world.act("member"), notice_id=notice.id, place=0, terms=TERMS)
        with pytest.raises(NotVisible):
            papers.issue_to_co_borrower(session, act=world.act("member"), notice_id=notice.id, place=1, terms=TERMS)
        answer = checks.check(session, row.check_code or "")
        assert answer is not None
        assert (answer.surname, answer.called_back, answer.level) == ("甲", False, None)
        notices.call_back(session, act=world.act("member"), notice_id=notice.id, reason="试")
        answer = checks.check(session, row.check_code or "")
        assert answer is not None
        assert answer.called_back
        with pytest.raises(Refused, match="called back"):
            papers.issue_to_co_borrower(session, act=world.act("member"), notice_id=notice.id, place=0, terms=TERMS)


@pytest.mark.parametrize("username", ["member2", "member_b", "deputy_b", "leader_b"])
def test_others_neither_make_nor_see_it(database: Database, world: World, username: str) -> None:
    row = issue(database, world, "overdue", PaperKind.RELIEF_INFORMATION)
    with pytest.raises(NotVisible):
        issue(database, world, "overdue", PaperKind.RELIEF_INFORMATION, by=username)
    with database.reader() as session:
        assert reads.papers(session, world.actor(username), TODAY).rows == ()
        with pytest.raises(NotVisible):
            reads.paper(session, world.actor(username), TODAY, row.id)
        with pytest.raises(NotVisible):
            reads.pdf(session, world.actor(username), TODAY, row.id)


def test_numbers_run_by_kind_without_a_gap(database: Database, world: World) -> None:
    made = [issue(database, world, key, PaperKind.RELIEF_INFORMATION) for key in ("overdue", "current", "overdue")]
    with pytest.raises(Refused):
        issue(database, world, "overdue", PaperKind.REMINDER)
    made.append(issue(database, world, "current", PaperKind.REMINDER))
    assert [row.number for row in made] == [1, 2, 3, 1]


def test_a_reminder_is_sent_once_for_each_round(database: Database, world: World) -> None:
    first = issue(database, world, "current", PaperKind.REMINDER)
    with pytest.raises(Refused, match=f"sent already as {first.serial}"):
        issue(database, world, "current", PaperKind.REMINDER, by="centre", at="2026-11-30 10:00")
    second = issue(database, world, "current", PaperKind.REMINDER, at="2026-12-06 10:00")
    with pytest.raises(Refused, match=f"sent already as {second.serial}"):
        issue(database, world, "current", PaperKind.REMINDER, at="2026-12-06 11:00")
    assert (first.number, second.number) == (1, 2)
    with pytest.raises(IntegrityError), database.write() as session:  # the database itself allows no second one
        session.execute(text("UPDATE paper_numbers SET held_for = (SELECT max(held_for) FROM paper_numbers)"))


@pytest.mark.parametrize(
    ("at", "sentence"), [("2026-12-08 10:00", "No reminder on data of 2026-11-01"), ("2026-10-30 10:00", "no list")]
)
def test_no_reminder_on_old_data_or_on_none(database: Database, world: World, at: str, sentence: str) -> None:
    with pytest.raises(StaleData, match=sentence):
        issue(database, world, "current", PaperKind.REMINDER, at=at)


def test_no_reminder_while_something_is_looked_into(database: Database, world: World) -> None:
    with database.write() as session:
        session.add(_pause(world, "current"))
    with pytest.raises(Refused, match="looked into"):
        issue(database, world, "current", PaperKind.REMINDER)


def _pause(world: World, key: str) -> Relief:
    return Relief(
        loan_id=world.loans[f"{key}/1"].id,
        kind=ReliefKind.PAUSE,
        cause=PauseCause.DISPUTE,
        from_on=date(2026, 11, 20),
        reason="金额有争议",
    )


def _paid(world: World, amount: str) -> Repayment:
    return Repayment(
        loan_id=world.loans["overdue/1"].id, paid_on=date(2026, 11, 22), amount=Decimal(amount), bank_reference="x"
    )


def _less(world: World) -> ArrearsList:
    return ArrearsList(lender_id=world.lender.id, data_on=date(2026, 11, 20), applied_at=world.at)


@pytest.mark.parametrize("what", ["paid", "part", "disputed", "less"])
def test_a_co_borrower_is_asked_for_nothing_that_is_not_owed_any_more(
    database: Database, world: World, what: str
) -> None:
    with database.write() as session:
        notice = notices.issue(session, act=world.act("member"), borrower_id=world.borrowers["overdue"].id, terms=TERMS)
        if what in {"paid", "part"}:
            session.add(_paid(world, "1171.50" if what == "paid" else "100.00"))
        elif what == "disputed":
            session.add(_pause(world, "overdue"))
        else:
            newer = _less(world)
            session.add(newer)
            session.flush()
            session.add(
                Statement(
                    arrears_list_id=newer.id,
                    loan_id=world.loans["overdue/1"].id,
                    overdue_principal=Decimal(500),
                    overdue_interest=Decimal(0),
                    penalty=Decimal(0),
                    overdue_since=date(2025, 12, 20),
                )
            )
    sentence = {"paid": "Nothing is overdue", "part": "Money came in", "disputed": "disputed", "less": "Less is owed"}
    with pytest.raises(Refused, match=sentence[what]), database.write() as session:
        papers.issue_to_co_borrower(session, act=world.act("member"), notice_id=notice.id, place=0, terms=TERMS)


def test_kinds_that_belong_elsewhere_are_not_made_here(database: Database, world: World) -> None:
    for kind in (PaperKind.NOTICE, PaperKind.ESCALATION, PaperKind.SUMMARY, PaperKind.CO_BORROWER):
        with pytest.raises(NotVisible):
            issue(database, world, "overdue", kind)


def test_the_first_print_is_the_paper_and_the_next_a_reprint(database: Database, world: World) -> None:
    row = issue(database, world, "current", PaperKind.REMINDER)
    with database.write() as session:
        assert not papers.record_print(session, act=world.act("member"), paper_id=row.id)
        assert papers.record_print(session, act=world.act("member"), paper_id=row.id)


@pytest.mark.parametrize("statement", ["UPDATE issued_papers SET serial = 'x'", "DELETE FROM issued_papers"])
def test_an_issued_paper_is_never_changed(database: Database, world: World, statement: str) -> None:
    issue(database, world, "current", PaperKind.REMINDER)
    with pytest.raises(DBAPIError, match="never changed"), database.write() as session:
        session.execute(text(statement))


def test_everybody_sees_the_leaflet_and_only_the_school_its_summary(database: Database, world: World) -> None:
    with database.write() as session:
        leaflet = papers.issue_leaflet(session, act=world.act("member"))
        school = world.schools["S01"].id
        facts = summaries.summary(session, school, date(2026, 9, 1), TODAY)
        summary = papers.issue_summary(session, act=world.act("deputy"), school_id=school, facts=facts)
    seen = {
        "member_b": {leaflet.id}, "deputy_b": {leaflet.id}, "member2": {leaflet.id, summary.id},
        "centre": {leaflet.id, summary.id},
    }  # fmt: skip
    with database.reader() as session:
        for username, ids in seen.items():
            assert {row.id for row in reads.papers(session, world.actor(username), TODAY).rows} == ids, username


def test_a_summary_counts_heads_papers_and_yuan(database: Database, world: World) -> None:
    with database.write() as session:
        notices.issue(session, act=world.act("member"), borrower_id=world.borrowers["overdue"].id, terms=TERMS)
        found = summaries.summary(session, world.schools["S01"].id, date(2026, 11, 1), TODAY)
    by_village = {line.village: line for line in found["lines"]}
    bay, ridge = by_village["山前镇东湾村"], by_village["山前镇西岭村"]
    assert (bay.borrowers, bay.overdue, bay.issued, bay.served) == (3, 2, 1, 0)
    assert bay.overdue_yuan == Decimal("3514.50")
    assert bay.repaid_yuan == Decimal("1171.50")
    assert (ridge.borrowers, ridge.overdue, ridge.overdue_yuan) == (4, 0, Decimal("0.00"))
    assert found["total"].borrowers == 8
    assert found["total"].overdue_yuan == sum(line.overdue_yuan for line in found["lines"])


def test_a_summary_needs_a_period_and_a_village(database: Database, world: World) -> None:
    with database.write() as session:
        with pytest.raises(Refused, match="begins after today"):
            summaries.summary(session, world.schools["S01"].id, TODAY + timedelta(days=1), TODAY)
        with pytest.raises(NotVisible):
            summaries.summary(session, 999_999, TODAY, TODAY)
