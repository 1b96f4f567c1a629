"""Two sources, one truth: lists held against the ledger, again and again with one result."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from config import Settings
from models.database import Database
from models.events import Event
from models.imports import ImportBatch
from models.jobs import Job
from models.loans import ArrearsList, Loan, Repayment, Statement
from models.reconciliations import Difference, Reconciliation
from models.rules.imports import ImportKind, ImportState
from models.rules.jobs import JobState
from models.rules.reconciliation import DifferenceCause
from models.rules.refusals import NotVisible
from portal.jobs.registry import PLANS
from portal.jobs.runner import Runner
from portal.services import reconciliations
from tests.conftest import NOW
from tests.world import World

AT = NOW + timedelta(hours=1)
NEXT = date(2026, 11, 20)  # nineteen days after the list of the small district


def next_list(session: Session, world: World, lines: dict[str, tuple[str, str, str]]) -> int:
    """Write a list of 20 November: principal, interest and penalty by borrower; whoever is not named is not on it."""
    made = ArrearsList(lender_id=world.lender.id, data_on=NEXT, applied_at=AT)
    session.add(made)
    session.flush()
    for key, (principal, interest, penalty) in lines.items():
        session.add(
            Statement(
                arrears_list_id=made.id,
                loan_id=world.loans[f"{key}/1"].id,
                overdue_principal=Decimal(principal),
                overdue_interest=Decimal(interest),
                penalty=Decimal(penalty),
                overdue_since=date(2025, 12, 20),
            )
        )
    return made.id


AGREEING = {
    **dict.fromkeys(("overdue", "colleague", "foreign", "nobody"), ("1000.00", "140.00", "33.42")),
    "overdue_long": ("2000.00", "280.00", "66.84"),
}


def compare(database: Database, list_id: int, made_at: datetime = AT) -> None:
    with database.reader() as session:
        parts = reconciliations.ranges(session, list_id)
    for part in parts:
        with database.write() as session:
            reconciliations.compare_range(session, arrears_list_id=list_id, part=part, made_at=made_at)


def differences(database: Database) -> dict[int, Difference]:
    with database.reader() as session:
        return {row.loan_id: row for row in session.scalars(select(Difference))}


def test_a_list_that_goes_on_from_the_one_before_agrees(database: Database, world: World) -> None:
    with database.write() as session:
        list_id = next_list(session, world, AGREEING)
    compare(database, list_id)
    with database.reader() as session:
        made = session.get_one(Reconciliation, list_id)
        contracts = session.scalar(select(func.count()).select_from(Loan))
        assert (made.contracts, made.agreeing) == (contracts, contracts)
        total = sum(sum(map(Decimal, line)) for line in AGREEING.values())
        # Paid on 10 November was what the list of the 1st said: nine days' penalty are left, within the tolerance.
        assert (made.ours_total, made.theirs_total) == (total + Decimal("0.91"), total)
    assert differences(database) == {}


def test_each_difference_is_written_with_its_cause_and_both_sides(database: Database, world: World) -> None:
    lines = AGREEING | {
        "foreign": ("1000.00", "140.00", "40.00"),
        "paid_after_list": ("1000.00", "140.00", "33.42"),  # paid on 10 November: settled in December
        "current": ("300.00", "0.00", "0.00"),
    }
    del lines["colleague"]
    with database.write() as session:
        list_id = next_list(session, world, lines)
    compare(database, list_id)
    found = differences(database)
    assert {key: found[world.loans[f"{key}/1"].id].cause for key in ("foreign", "paid_after_list", "current")} == {
        "foreign": DifferenceCause.PENALTY,
        "paid_after_list": DifferenceCause.LATE_POSTING,
        "current": DifferenceCause.UNKNOWN,
    }
    gone = found[world.loans["colleague/1"].id]
    assert gone.cause is DifferenceCause.UNREPORTED_PAYMENT
    assert (gone.ours_principal, gone.ours_interest, gone.ours_penalty) == (
        Decimal("1000.00"),
        Decimal("140.00"),
        Decimal("33.42"),
    )
    assert (gone.theirs_principal, gone.theirs_interest, gone.theirs_penalty) == (Decimal(0),) * 3
    assert len(found) == 4
    with database.reader() as session:
        made = session.get_one(Reconciliation, list_id)
        assert made.contracts - made.agreeing == 4


def test_a_range_done_twice_counts_once(database: Database, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciliations, "_BORROWERS", 3)
    with database.write() as session:
        list_id = next_list(session, world, AGREEING | {"current": ("300.00", "0.00", "0.00")})
    with database.reader() as session:
        parts = reconciliations.ranges(session, list_id)
    assert len(parts) == 4
    assert [part.before for part in parts] == [0, 3, 6, 9]
    for part in (parts[0], *parts, parts[-1]):
        with database.write() as session:
            reconciliations.compare_range(session, arrears_list_id=list_id, part=part, made_at=AT)
    with database.reader() as session:
        made = session.get_one(Reconciliation, list_id)
        assert (made.contracts, made.agreeing) == (10, 9)
        first = (made.ours_total, made.theirs_total)
    monkeypatch.undo()
    compare(database, list_id, AT + timedelta(hours=1))  # whole, in one range
    with database.reader() as session:
        made = session.get_one(Reconciliation, list_id)
        assert (made.contracts, made.agreeing, made.ours_total, made.theirs_total) == (10, 9, *first)
    assert len(differences(database)) == 1


def test_one_overtaken_by_a_newer_comparison_does_nothing(database: Database, world: World) -> None:
    with database.write() as session:
        list_id = next_list(session, world, AGREEING)
    compare(database, list_id, AT + timedelta(hours=1))
    with database.write() as session:
        session.execute(delete(Statement).where(Statement.arrears_list_id == list_id))
    compare(database, list_id, AT)
    with database.reader() as session:
        assert session.get_one(Reconciliation, list_id).made_at == AT + timedelta(hours=1)
    assert differences(database) == {}


def test_what_a_clerk_wrote_stays_while_the_figures_do(database: Database, world: World) -> None:
    with database.write() as session:
        list_id = next_list(session, world, AGREEING | {"current": ("300.00", "0.00", "0.00")})
    compare(database, list_id)
    loan_id = world.loans["current/1"].id
    with database.write() as session:
        reconciliations.note(
            session,
            act=world.act("centre"),
            difference_id=differences(database)[loan_id].id,
            text="  another  borrower's contract ",
            is_explained=True,
        )
    compare(database, list_id, AT + timedelta(hours=1))
    kept = differences(database)[loan_id]
    assert (kept.note, kept.settled_on) == ("another borrower's contract", date(2026, 11, 23))
    with database.write() as session:  # the list is replaced on the same day
        line = session.get_one(Statement, (list_id, loan_id))
        line.overdue_principal = Decimal("400.00")
    compare(database, list_id, AT + timedelta(hours=2))
    kept = differences(database)[loan_id]
    assert (kept.note, kept.settled_on) == ("another borrower's contract", None)
    assert kept.theirs_principal == Decimal("400.00")
    with database.write() as session:
        session.execute(delete(Statement).where(Statement.arrears_list_id == list_id, Statement.loan_id == loan_id))
    compare(database, list_id, AT + timedelta(hours=3))
    assert differences(database) == {}
    with database.reader() as session:
        events = session.scalars(select(Event).where(Event.tag == "reconciliation:noted")).all()
        assert [event.borrower_id for event in events] == [world.borrowers["current"].id]


def test_nobody_writes_on_a_difference_they_do_not_see(database: Database, world: World) -> None:
    with database.write() as session:
        list_id = next_list(session, world, AGREEING | {"foreign": ("900.00", "140.00", "33.42")})
    compare(database, list_id)
    difference_id = differences(database)[world.loans["foreign/1"].id].id
    with pytest.raises(NotVisible), database.write() as session:
        reconciliations.note(
            session, act=world.act("deputy"), difference_id=difference_id, text="x", is_explained=False
        )


def _applied(session: Session, world: World, kind: ImportKind) -> ImportBatch:
    batch = ImportBatch(
        kind=kind,
        state=ImportState.APPLIED,
        file_name="list.xlsx",
        sha256="0" * 64,
        size=1,
        lender_id=world.lender.id,
        data_on=NEXT,
        received_at=AT,
        facts={},
    )
    session.add(batch)
    session.flush()
    return batch


def test_the_job_compares_what_an_import_brought(database: Database, world: World, settings: Settings) -> None:
    """Asked for when a list is applied, and again when repayments are; done by the worker's runner."""
    with database.write() as session:
        list_id = next_list(session, world, {key: line for key, line in AGREEING.items() if key != "overdue"})
        for kind in (ImportKind.ROSTER, ImportKind.ARREARS, ImportKind.ARREARS):
            reconciliations.ask_after_import(session, act=world.act("centre", AT), batch=_applied(session, world, kind))
    with database.reader() as session:
        asked = session.scalars(select(Job).order_by(Job.id)).all()
    assert [job.arguments for job in asked] == [{"arrears_list_id": list_id}] * 2  # two imports, one list
    runner = Runner(database, settings, PLANS, lambda: AT + timedelta(minutes=5))
    runner.drive(asked[0].key, 1)
    vanished = differences(database)[world.loans["overdue/1"].id]
    assert vanished.cause is DifferenceCause.UNREPORTED_PAYMENT
    with database.write() as session:
        session.add(
            Repayment(
                loan_id=world.loans["overdue/1"].id,
                paid_on=date(2026, 11, 12),
                amount=Decimal("1173.00"),
                bank_reference="LATE",
            )
        )
        batch = _applied(session, world, ImportKind.REPAYMENTS)
        reconciliations.ask_after_import(session, act=world.act("centre", AT), batch=batch)
    with database.reader() as session:
        newest = session.scalars(select(Job).order_by(Job.id.desc())).first()
    assert newest is not None
    Runner(database, settings, PLANS, lambda: AT + timedelta(minutes=9)).drive(newest.key, 1)
    assert differences(database) == {}
    with database.reader() as session:
        job = session.scalars(select(Job).where(Job.key == newest.key)).one()
        assert (job.state, job.done, job.failed) == (JobState.DONE, 10, 0)
        assert job.result_url == f"/reconciliations/{list_id}"


def test_without_repayments_or_an_earlier_list_there_is_nothing_to_compare(database: Database, world: World) -> None:
    with database.write() as session:
        session.execute(delete(Repayment))
        batch = _applied(session, world, ImportKind.ARREARS)
        reconciliations.ask_after_import(session, act=world.act("centre", AT), batch=batch)
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_the_first_list_opens_the_ledger_of_what_was_paid_before_it(database: Database, world: World) -> None:
    """No list before: who is not on it owes nothing for all we know; what it asks beyond our ledger is a difference."""
    with database.write() as session:
        session.execute(delete(Statement))
        session.execute(delete(ArrearsList))
        list_id = next_list(session, world, {"current": ("300.00", "0.00", "0.00")})
    compare(database, list_id)
    assert {loan_id: one.cause for loan_id, one in differences(database).items()} == {
        world.loans["current/1"].id: DifferenceCause.UNKNOWN
    }
    with database.reader() as session:
        made = session.get_one(Reconciliation, list_id)
        assert (made.contracts - made.agreeing, made.theirs_total - made.ours_total) == (1, Decimal(300))


def test_a_slower_lender_is_believed_longer(database: Database, world: World) -> None:
    """The posting days of the profile decide what a list can show."""
    lines = {key: line for key, line in AGREEING.items() if key != "overdue"}
    lines["overdue"] = ("1000.00", "140.00", "33.42")
    with database.write() as session:
        list_id = next_list(session, world, lines)
        session.add(
            Repayment(
                loan_id=world.loans["overdue/1"].id,
                paid_on=date(2026, 11, 3),
                amount=Decimal("1140.00"),
                bank_reference="SLOW",
            )
        )
        lender = session.merge(world.lender)
        lender.settlement_day, lender.unsettled_month, lender.posting_days = 5, None, 2
    compare(database, list_id)
    loan_id = world.loans["overdue/1"].id
    assert differences(database)[loan_id].cause is DifferenceCause.UNKNOWN
    with database.write() as session:
        session.merge(world.lender).posting_days = 30
    compare(database, list_id, AT + timedelta(hours=1))
    assert differences(database)[loan_id].cause is DifferenceCause.LATE_POSTING
