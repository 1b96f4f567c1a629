"""A whole database has no findings; each kind of damage has its own."""

from __future__ import annotations

import pytest
from sqlalchemy import text, update

from models.casework import Case
from models.database import Database
from models.events import EventChain
from models.jobs import Job
from models.loans import Loan
from models.notices import NoticeNumber, NoticeSerial
from models.papers import PaperBatch, PaperBatchItem, PaperNumber, PaperSerial
from models.rules.jobs import JobKind
from models.rules.notices import NumberState
from models.rules.papers import PaperKind
from models.standings import BorrowerStanding
from portal.services import fsck, jobs
from tests.world import World


def _findings(database: Database, world: World) -> dict[str, set[str]]:
    with database.reader() as session:
        found = fsck.check(session, world.at.date())
    assert list(found) == list(fsck.RULES)
    return {rule: {finding.subject for finding in findings} for rule, findings in found.items() if findings}


def test_a_whole_database_has_no_findings(database: Database, world: World) -> None:
    with database.write() as session:
        jobs.ask(session, act=world.act("member"), kind=JobKind.IMPORT, key="import:1", title="", arguments={})
    assert _findings(database, world) == {}


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (update(BorrowerStanding).where(BorrowerStanding.overdue_total > 0).values(overdue_total=1), "standings"),
        (text("DELETE FROM standing_changes WHERE borrower_id = 1"), "histories"),
        (update(Case).where(Case.closed_on.is_(None)).values(closed_on=Case.opened_on), "cases"),
        (update(EventChain).values(head="0" * 64), "events"),
        (update(EventChain).values(head="f" * 64), "events"),
        (text("UPDATE event_chain SET head = (SELECT hash FROM events ORDER BY id LIMIT 1)"), "events"),
        (
            text(
                "INSERT INTO import_batches (kind, state, file_name, sha256, size, refusal, received_at, rows, new, changed, unchanged, rejected, vanished, facts) VALUES ('roster', 'staged', 'a', 'b', 1, '', '2026-11-23 02:00:00', 1, 1, 0, 0, 0, 0, '{}')"
            ),
            "imports",
        ),
    ],
)
def test_damage_is_found(database: Database, world: World, damage: object, rule: str) -> None:
    with database.write() as session:
        session.execute(damage)  # type: ignore[call-overload]  # an update
    assert rule in _findings(database, world)


def test_a_changed_event_is_found(database: Database, world: World) -> None:
    with database.write() as session:
        if database.is_sqlite:
            session.execute(text("DROP TRIGGER events_no_update"))
        else:
            session.execute(text("ALTER TABLE events DISABLE TRIGGER events_no_change"))
        session.execute(text("UPDATE events SET actor_name = 'somebody else' WHERE id = 1"))
    assert _findings(database, world) == {"events": {"event/1"}}


def test_a_changed_plan_is_found(database: Database, world: World) -> None:
    with database.write() as session:
        plan_id = session.get_one(Loan, world.loans["overdue/1"].id).plan_id
        if database.is_sqlite:
            session.execute(text("DROP TRIGGER instalments_no_update"))
        else:
            session.execute(text("ALTER TABLE instalments DISABLE TRIGGER instalments_no_update"))
        session.execute(text("UPDATE instalments SET interest = interest + 1 WHERE plan_id = :id"), {"id": plan_id})
    assert f"plan/{plan_id}" in _findings(database, world)["plans"]


def test_a_gap_in_the_numbers_is_found(database: Database, world: World) -> None:
    with database.write() as session:
        session.add(NoticeSerial(year=2026, last=2))
        session.add(
            NoticeNumber(
                year=2026,
                number=2,
                borrower_id=world.borrowers["overdue"].id,
                check_code="X",
                state=NumberState.USED,
                reserved_at=world.at,
            )
        )
    assert _findings(database, world) == {"serials": {"notice-number/2026-1", "notice-number/2026-2"}}


def test_a_job_that_counts_too_much_is_found(database: Database, world: World) -> None:
    with database.write() as session:
        jobs.ask(session, act=world.act(None), kind=JobKind.IMPORT, key="import:1", title="", arguments={})
        session.execute(update(Job).values(done=5))
    assert _findings(database, world) == {"jobs": {"job/1"}}


def test_a_gap_in_the_numbers_of_a_kind_of_paper_is_found(database: Database, world: World) -> None:
    with database.write() as session:
        session.add(PaperSerial(kind=PaperKind.REMINDER, year=2026, last=2))
        session.add(
            PaperNumber(
                kind=PaperKind.REMINDER,
                year=2026,
                number=2,
                held_for="borrower/1",
                check_code="X",
                state=NumberState.USED,
                reserved_at=world.at,
            )
        )
    found = {"paper-number/reminder-2026-1", "paper-number/reminder-2026-2"}
    assert _findings(database, world) == {"serials": found}


def test_a_finished_batch_in_which_somebody_waits_is_found(database: Database, world: World) -> None:
    with database.write() as session:
        batch = PaperBatch(
            kind=PaperKind.REMINDER,
            title="东湾村",
            created_at=world.at,
            created_by_id=world.users["centre"].id,
            as_of=world.at.date(),
            finished_at=world.at,
        )
        session.add(batch)
        session.flush()
        session.add(PaperBatchItem(batch_id=batch.id, position=1, borrower_id=world.borrowers["current"].id))
    assert _findings(database, world) == {"paper batches": {f"paper-batch/{batch.id}"}}
