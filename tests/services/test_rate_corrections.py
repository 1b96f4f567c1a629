"""A fact learnt late leaves what was published as it is, and lists what it would be now."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.database import Database
from models.events import Event
from models.imports import ImportBatch
from models.loans import Relief, Repayment
from models.organisation import AreaAssignment
from models.rates import Backdating, RateCorrection, RateSnapshot
from models.rules.default_rate import DEFINITIONS, OFFICIAL, Rate
from models.rules.facts import ReliefKind, ReliefScope
from models.rules.imports import ImportKind, ImportState
from portal.jobs.nightly import in_foreground
from portal.queries.area_figures import Level, figures
from portal.queries.area_judgement import judged_by_area
from portal.queries.rate_corrections import Cause, corrections
from portal.queries.rates import rate_on
from portal.services import backdatings, rates, standings
from tests.world import World, moment

PUBLISHED = date(2026, 12, 21)  # the day after the due day
LEARNT = moment("2026-12-23 10:00")
NIGHT = date(2026, 12, 24)


def snapshots(database: Database) -> list[tuple[Any, ...]]:
    with database.reader() as session:
        return [tuple(row) for row in session.execute(select(RateSnapshot.__table__).order_by(RateSnapshot.id))]


def learn_of_a_payment(database: Database, world: World, key: str, *, at: datetime = LEARNT) -> None:
    """Bring a payment of 15 December that covers the old arrears and the instalment of the 20th."""
    act = world.act("centre", at)
    with database.write() as session:
        session.add(
            Repayment(
                loan_id=world.loans[f"{key}/1"].id,
                paid_on=date(2026, 12, 15),
                amount=Decimal("2311.50"),
                bank_reference=f"LATE-{key}",
            )
        )
        standings.recompute(session, act=act, borrower_ids=[world.borrowers[key].id])
        backdatings.note(session, act=act, effective_on=date(2026, 12, 15), borrowers=1, subject="import/12")


def found(database: Database) -> dict[str, tuple[RateSnapshot, RateCorrection]]:
    with database.reader() as session:
        rows = session.execute(
            select(RateSnapshot, RateCorrection)
            .join(RateCorrection, RateCorrection.snapshot_id == RateSnapshot.id)
            .where(RateSnapshot.definition == OFFICIAL)
            .order_by(RateCorrection.id)
        ).all()
    return {snapshot.area_code: (snapshot, correction) for snapshot, correction in rows}


def test_a_payment_learnt_late_is_a_correction_beside_the_snapshot(database: Database, world: World) -> None:
    in_foreground(database, PUBLISHED)
    before = snapshots(database)
    assert before
    learn_of_a_payment(database, world, "overdue")
    changed = in_foreground(database, NIGHT)
    assert changed["corrections"] > 0
    assert [row for row in snapshots(database) if row[1] == PUBLISHED] == before
    listed = found(database)
    # 东湾 village, its township, the district, and the school that looks after it; nobody else.
    assert set(listed) == {"990101101201", "990101101", "990101", "S01"}
    for area, (published, correction) in listed.items():
        assert correction.heads_bad == published.heads_bad - 1, area
        assert correction.heads_all == published.heads_all
        assert correction.fen_bad == published.fen_bad - 114000  # of this season: the instalment of 20 December
        assert correction.fen_all == published.fen_all
        assert (correction.found_on, correction.causes) == (NIGHT, ["import/12"])
        with database.reader() as session:
            heads, money = rate_on(session, as_of=PUBLISHED, area=area, definition=DEFINITIONS[OFFICIAL])
        assert heads == Rate(correction.heads_bad, correction.heads_all)
        assert money == Rate(correction.fen_bad, correction.fen_all)
    with database.reader() as session:
        assert session.scalars(select(Backdating.checked_on)).all() == [NIGHT]
        event = session.scalars(select(Event).where(Event.tag == "rate:corrected")).one()
        assert event.facts["areas"] == 4


def test_the_same_night_again_changes_nothing(database: Database, world: World) -> None:
    in_foreground(database, PUBLISHED)
    learn_of_a_payment(database, world, "overdue")
    in_foreground(database, NIGHT)
    before = found(database)
    assert in_foreground(database, NIGHT)["corrections"] == 0
    assert {area: row[1].id for area, row in found(database).items()} == {
        area: row[1].id for area, row in before.items()
    }


def test_what_changes_nothing_is_no_correction(database: Database, world: World) -> None:
    in_foreground(database, PUBLISHED)
    act = world.act("centre", LEARNT)
    with database.write() as session:
        backdatings.note(session, act=act, effective_on=date(2026, 12, 1), borrowers=3, subject="import/7")
    in_foreground(database, NIGHT)
    assert found(database) == {}
    with database.reader() as session:
        assert session.scalars(select(Backdating.checked_on)).all() == [NIGHT]


def test_a_second_finding_is_held_against_the_first(database: Database, world: World) -> None:
    """A later night lists only what is new; the first correction stays."""
    in_foreground(database, PUBLISHED)
    learn_of_a_payment(database, world, "overdue")
    in_foreground(database, NIGHT)
    learn_of_a_payment(database, world, "foreign", at=moment("2026-12-24 10:00"))
    in_foreground(database, date(2026, 12, 25))
    with database.reader() as session:
        rows = session.execute(
            select(RateSnapshot.area_code, RateCorrection.found_on, RateCorrection.heads_bad - RateSnapshot.heads_bad)
            .join(RateCorrection, RateCorrection.snapshot_id == RateSnapshot.id)
            .order_by(RateCorrection.id)
        ).all()
    later = date(2026, 12, 25)
    assert ("990101", NIGHT, -1) in rows
    assert ("990101", later, -2) in rows
    assert ("S02", later, -1) in rows
    assert not [row for row in rows if row[0] == "S01" and row[1] == later]


@pytest.mark.parametrize("day", [date(2026, 12, 19), date(2026, 12, 22)])
def test_only_days_that_are_observed_are_looked_at_again(database: Database, world: World, day: date) -> None:
    in_foreground(database, day)
    learn_of_a_payment(database, world, "overdue")
    in_foreground(database, NIGHT)
    assert found(database) == {}


def test_what_was_published_before_the_fact_took_effect_is_left_alone(database: Database, world: World) -> None:
    in_foreground(database, date(2026, 11, 21))
    learn_of_a_payment(database, world, "overdue")
    in_foreground(database, NIGHT)
    assert found(database) == {}


def test_a_fact_of_the_same_day_is_not_late(database: Database, world: World) -> None:
    act = world.act("centre", LEARNT)
    with database.write() as session:
        backdatings.note(session, act=act, effective_on=act.today, borrowers=1, subject="import/1")
        backdatings.note(session, act=act, effective_on=date(2026, 12, 1), borrowers=0, subject="import/2")
        session.flush()
        assert session.scalar(select(func.count()).select_from(Backdating)) == 0


def test_every_area_judged_anew_is_what_the_kept_standings_say(database: Database, world: World) -> None:
    """The two ways to count give one figure, for every area and definition."""
    day = world.act(None).today
    with database.reader() as session:
        judged = judged_by_area(session, as_of=day, definitions=list(DEFINITIONS.values()))
        counted = 0
        for definition in DEFINITIONS.values():
            for level in Level:
                for area in figures(session, select(Borrower.id), level, as_of=day, definition=definition):
                    kept = (area.heads.bad, area.heads.all, area.money.bad, area.money.all)
                    assert judged[definition.key, area.code].numbers == kept, (definition.key, area.code)
                    counted += 1
        assert counted == len(judged)


def test_a_school_counts_whom_it_looked_after_then(database: Database, world: World) -> None:
    """A village handed to another school since does not move what was published of the first."""
    in_foreground(database, PUBLISHED)
    with database.write() as session:
        village = world.villages["东湾"].id
        held = session.scalars(select(AreaAssignment).where(AreaAssignment.village_id == village)).one()
        held.to_on = date(2026, 12, 23)
        session.flush()
        session.add(
            AreaAssignment(
                village_id=village,
                school_id=world.schools["S02"].id,
                seat_id=world.seats["member_b"].id,
                from_on=date(2026, 12, 23),
            )
        )
        act = world.act("centre", LEARNT)
        backdatings.note(session, act=act, effective_on=date(2026, 12, 1), borrowers=1, subject="import/3")
    in_foreground(database, NIGHT)
    assert found(database) == {}


def test_a_relief_entered_late_takes_its_part_out_of_the_due(database: Database, world: World) -> None:
    in_foreground(database, PUBLISHED)
    act = world.act("centre", LEARNT)
    with database.write() as session:
        session.add(
            Relief(
                loan_id=world.loans["foreign/1"].id,
                kind=ReliefKind.WAIVER,
                scope=ReliefScope.ALL,
                from_on=date(2026, 12, 1),
                to_on=date(2027, 12, 1),
            )
        )
        standings.recompute(session, act=act, borrower_ids=[world.borrowers["foreign"].id])
        backdatings.note(session, act=act, effective_on=date(2026, 12, 1), borrowers=1, subject="relief/1")
    in_foreground(database, NIGHT)
    published, correction = found(database)["S02"]
    assert (published.heads_bad, correction.heads_bad) == (1, 0)
    assert correction.fen_all < published.fen_all


def test_who_reads_what(database: Database, world: World) -> None:
    in_foreground(database, PUBLISHED)
    learn_of_a_payment(database, world, "overdue")
    learn_of_a_payment(database, world, "foreign")
    in_foreground(database, NIGHT)

    def areas(session: Session, name: str) -> set[str]:
        return {row.area_code for row in corrections(session, world.actor(name), DEFINITIONS[OFFICIAL])}

    with database.reader() as session:
        everything = areas(session, "centre")
        assert {"990101", "990101101", "990101102", "S01", "S02"} < everything
        assert areas(session, "deputy_b") == {"990101", "S02"}
        row = next(
            one
            for one in corrections(session, world.actor("deputy_b"), DEFINITIONS[OFFICIAL])
            if one.area_code == "S02"
        )
        assert (row.area, row.as_of, row.found_on) == ("河口乡中心学校", PUBLISHED, NIGHT)
        assert row.causes == (Cause("import", "12"),)
        assert row.heads.bad - row.heads_now.bad == 1


def _batch(session: Session, world: World, kind: ImportKind, data_on: date | None = None) -> ImportBatch:
    batch = ImportBatch(
        kind=kind,
        state=ImportState.STAGED,
        file_name="list.xlsx",
        sha256="0" * 64,
        size=1,
        lender_id=world.lender.id,
        data_on=data_on,
        received_at=LEARNT,
        facts={},
    )
    session.add(batch)
    session.flush()
    return batch


def test_imports_are_noted_from_the_day_they_take_effect(database: Database, world: World) -> None:
    act = world.act("centre", LEARNT)
    with database.write() as session:
        overdue = {world.borrowers["overdue"].id}
        arrears = _batch(session, world, ImportKind.ARREARS, date(2026, 12, 21))
        backdatings.note_import(session, act=act, batch=arrears, touched=overdue)
        payments = _batch(session, world, ImportKind.REPAYMENTS)
        for day in (date(2026, 12, 2), date(2026, 11, 5)):
            session.add(
                Repayment(
                    loan_id=world.loans["overdue/1"].id,
                    paid_on=day,
                    amount=Decimal("1.00"),
                    bank_reference=f"R-{day}",
                    import_batch_id=payments.id,
                )
            )
        backdatings.note_import(session, act=act, batch=payments, touched=overdue)
        roster = _batch(session, world, ImportKind.ROSTER, date(2026, 12, 20))
        backdatings.note_import(session, act=act, batch=roster, touched=overdue)
        studying = _batch(session, world, ImportKind.ROSTER, date(2026, 12, 20))
        backdatings.note_import(session, act=act, batch=studying, touched={world.borrowers["studying"].id})
        session.flush()
        noted = {row.subject: row.effective_on for row in session.scalars(select(Backdating))}
        assert noted == {
            f"import/{arrears.id}": date(2026, 12, 21),
            f"import/{payments.id}": date(2026, 11, 5),
            f"import/{roster.id}": date(2020, 9, 1),  # nothing falls due before the study ends
        }


def test_a_snapshot_taken_late_agrees_with_a_judgement(database: Database, world: World) -> None:
    """What a night publishes is what judging the same day anew says: no correction without a fact."""
    in_foreground(database, PUBLISHED)
    with database.write() as session:
        assert rates.take_snapshot(session, act=world.act(None, LEARNT), as_of=PUBLISHED) == 0
    with database.reader() as session:
        judged = judged_by_area(session, as_of=PUBLISHED, definitions=[DEFINITIONS[OFFICIAL]])
        for row in session.scalars(select(RateSnapshot).where(RateSnapshot.as_of == PUBLISHED)):
            kept = (row.heads_bad, row.heads_all, row.fen_bad, row.fen_all)
            assert judged[OFFICIAL, row.area_code].numbers == kept
