"""Reliefs entered, corrected and voided: what they do, what is refused, and that a refusal stores nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from models.casework import Case
from models.database import Database
from models.events import Event
from models.loans import Relief, ReliefCorrection
from models.rates import Backdating
from models.rules.facts import PauseCause, ReliefKind, ReliefScope
from models.rules.refusals import NotVisible, Refused
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal.queries.loan_facts import facts_of
from portal.services import reliefs
from tests.world import World

PAUSE, DEFERRAL, WAIVER = ReliefKind.PAUSE, ReliefKind.DEFERRAL, ReliefKind.WAIVER


def enter(database: Database, world: World, who: str, key: str = "overdue", **changes: Any) -> int:
    told: dict[str, Any] = {
        "loan_id": world.loans[f"{key}/1"].id,
        "kind": PAUSE,
        "scope": ReliefScope.ALL,
        "from_on": date(2026, 11, 20),
        "to_on": date(2026, 12, 20),
        "cause": PauseCause.CLAIMS_PAID,
        "reason": "",
    }
    with database.write() as session:
        return reliefs.enter(session, act=world.act(who), **(told | changes)).id


def correct(database: Database, world: World, who: str, relief_id: int, from_on: date, to_on: date | None) -> None:
    with database.write() as session:
        reliefs.correct(
            session, act=world.act(who), relief_id=relief_id, from_on=from_on, to_on=to_on, reason="银行名单已更新"
        )


def void(database: Database, world: World, who: str, relief_id: int) -> None:
    with database.write() as session:
        reliefs.void(session, act=world.act(who), relief_id=relief_id, reason="录错合同")


def standing(database: Database, world: World, key: str = "overdue") -> BorrowerStanding:
    with database.reader() as session:
        return session.get_one(BorrowerStanding, world.borrowers[key].id)


def spans(database: Database, world: World, key: str = "overdue") -> list[tuple[date, date | None]]:
    borrower_id = world.borrowers[key].id
    with database.reader() as session:
        loan = facts_of(session, [borrower_id], date(2026, 11, 23))[borrower_id].loans[0]
    return [(one.from_on, one.to_on) for one in loan.reliefs]


def stored(database: Database) -> tuple[int, ...]:
    with database.reader() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Relief, ReliefCorrection, Event, Backdating)
        )


@pytest.mark.parametrize("who", ["deputy", "leader", "centre"])
def test_a_pause_stops_the_days_and_keeps_the_money(database: Database, world: World, who: str) -> None:
    relief_id = enter(database, world, who)
    row = standing(database, world)
    assert (row.overdue_total, row.clock_stopped, row.days_removed) == (Decimal("1171.50"), True, 3)
    with database.reader() as session:
        relief = session.get_one(Relief, relief_id)
        assert (relief.cause, relief.by_id, relief.recorded_at) == (
            PauseCause.CLAIMS_PAID,
            world.users[who].id,
            world.at,
        )
        event = session.scalars(select(Event).where(Event.tag == "relief:entered")).one()
        assert (event.subject, event.facts["from_on"]) == (f"relief/{relief_id}", "2026-11-20")
        noted = session.scalars(select(Backdating)).one()
        assert (noted.effective_on, noted.subject, noted.borrowers) == (date(2026, 11, 20), f"relief/{relief_id}", 1)


def test_a_waiver_ends_the_arrears_and_voiding_it_brings_them_back(database: Database, world: World) -> None:
    relief_id = enter(
        database,
        world,
        "centre",
        kind=WAIVER,
        from_on=date(2025, 12, 1),
        to_on=date(2027, 1, 1),
        cause=None,
        reason="当年利息减免",
    )
    assert standing(database, world).overdue_total == 0
    with database.reader() as session:
        cases = select(Case.closed_on).where(Case.borrower_id == world.borrowers["overdue"].id)
        assert session.scalars(cases).all() == [date(2026, 11, 23)]
    void(database, world, "centre", relief_id)
    row = standing(database, world)
    assert (row.state, row.overdue_total, row.overdue_since) == (
        StandingState.OVERDUE,
        Decimal("1171.50"),
        date(2025, 12, 20),
    )
    assert spans(database, world) == []


def test_the_newest_correction_holds_and_nothing_entered_is_changed(database: Database, world: World) -> None:
    relief_id = enter(database, world, "deputy")
    correct(database, world, "deputy", relief_id, date(2026, 11, 18), date(2026, 12, 20))
    correct(database, world, "centre", relief_id, date(2026, 11, 18), date(2026, 11, 22))
    assert spans(database, world) == [(date(2026, 11, 18), date(2026, 11, 22))]
    row = standing(database, world)
    assert (row.days_removed, row.clock_stopped) == (4, False)
    with database.reader() as session:
        relief = session.get_one(Relief, relief_id)
        assert (relief.from_on, relief.to_on) == (date(2026, 11, 20), date(2026, 12, 20))
        effective = session.scalars(select(Backdating.effective_on).order_by(Backdating.id)).all()
    # What a correction changes begins where the two first differ.
    assert effective == [date(2026, 11, 20), date(2026, 11, 18), date(2026, 11, 22)]


def test_published_fineract_effective_pauses_after_one_is_resumed(database: Database, world: World) -> None:
    """DelinquencyEffectivePauseHelperTest: 10–20 resumed on the 11th, 13–14, 15–20 January."""
    january = [date(2026, 1, day) for day in (10, 11, 13, 14, 15, 20)]
    first = enter(database, world, "centre", from_on=january[0], to_on=january[5])
    with pytest.raises(Refused, match="overlap"):
        enter(database, world, "centre", from_on=january[2], to_on=january[3])
    correct(database, world, "centre", first, january[0], january[1])
    enter(database, world, "centre", from_on=january[2], to_on=january[3])
    enter(database, world, "centre", from_on=january[4], to_on=january[5])
    assert spans(database, world) == [
        (january[0], january[1]),
        (january[2], january[3]),
        (january[4], january[5]),
    ]
    assert standing(database, world).days_removed == 1 + 1 + 5


def test_published_fineract_a_pause_may_start_when_another_ends_and_in_the_past(
    database: Database, world: World
) -> None:
    enter(database, world, "centre", from_on=date(2026, 11, 1), to_on=date(2026, 11, 10))
    enter(database, world, "centre", from_on=date(2026, 11, 10), to_on=None)
    assert standing(database, world).days_removed == 22


FAR = date(2057, 1, 1)


@pytest.mark.parametrize(
    ("who", "key", "changes", "sentence"),
    [
        ("centre", "overdue", {"from_on": date(2016, 8, 31)}, "before the contract was signed"),
        ("centre", "overdue", {"to_on": date(2026, 11, 20)}, "end after the day it starts"),
        ("centre", "overdue", {"to_on": date(2026, 11, 19)}, "end after the day it starts"),
        ("centre", "overdue", {"to_on": FAR}, "too far in the future"),
        ("centre", "overdue", {"from_on": FAR, "to_on": None}, "too far in the future"),
        ("centre", "overdue", {"to_on": date(2201, 1, 1)}, "too far in the future"),
        ("centre", "overdue", {"cause": None}, "why the count of days is paused"),
        ("centre", "overdue", {"cause": PauseCause.OTHER}, "in a few words why"),
        ("centre", "overdue", {"scope": ReliefScope.INTEREST}, "cannot cover a part"),
        ("centre", "overdue", {"reason": "长" * 201}, "too long"),
        ("centre", "settled", {}, "paid off since 2025-12-20"),
        ("centre", "overdue", {"kind": WAIVER, "reason": "减免"}, "Only a pause has a cause"),
        ("centre", "overdue", {"kind": WAIVER, "cause": None}, "in a few words why"),
        (
            "centre",
            "overdue",
            {"kind": DEFERRAL, "cause": None, "reason": "缓还", "to_on": date(2026, 11, 20)},
            "end after the day it starts",
        ),
        (
            "centre",
            "overdue",
            {"kind": DEFERRAL, "cause": None, "reason": "缓还", "from_on": date(2016, 1, 1)},
            "before the contract was signed",
        ),
        ("deputy", "overdue", {"kind": WAIVER, "cause": None, "reason": "减免"}, "entered by the aid centre"),
        ("leader", "overdue", {"kind": DEFERRAL, "cause": None, "reason": "缓还"}, "entered by the aid centre"),
        ("member", "overdue", {}, "entered by the aid centre"),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_stored_nowhere(
    database: Database, world: World, who: str, key: str, changes: dict[str, Any], sentence: str
) -> None:
    before = stored(database), standing(database, world).overdue_total
    with pytest.raises(Refused, match=sentence):
        enter(database, world, who, key, **changes)
    assert (stored(database), standing(database, world).overdue_total) == before


def test_the_same_relief_twice_and_overlapping_pauses_are_refused(database: Database, world: World) -> None:
    same: dict[str, Any] = {"kind": DEFERRAL, "cause": None, "reason": "缓还"}
    enter(database, world, "centre", **same)
    with pytest.raises(Refused, match="entered already"):
        enter(database, world, "centre", **same)
    first = enter(database, world, "centre")
    second = enter(database, world, "centre", from_on=date(2026, 12, 20), to_on=None)
    before = stored(database)
    with pytest.raises(Refused, match="overlap"):
        enter(database, world, "deputy", from_on=date(2026, 12, 19), to_on=date(2026, 12, 25))
    with pytest.raises(Refused, match="overlap"):
        correct(database, world, "centre", second, date(2026, 12, 19), None)
    with pytest.raises(Refused, match="says already"):
        correct(database, world, "centre", first, date(2026, 11, 20), date(2026, 12, 20))
    with pytest.raises(Refused, match="end after the day it starts"):
        correct(database, world, "centre", first, date(2026, 11, 20), date(2026, 11, 20))
    assert stored(database) == before


def test_what_is_void_stays_void(database: Database, world: World) -> None:
    relief_id = enter(database, world, "deputy")
    void(database, world, "deputy", relief_id)
    before = stored(database)
    with pytest.raises(Refused, match="void"):
        void(database, world, "centre", relief_id)
    with pytest.raises(Refused, match="void"):
        correct(database, world, "centre", relief_id, date(2026, 11, 1), None)
    assert stored(database) == before
    enter(database, world, "deputy")  # and makes room for another


def test_a_school_corrects_only_the_pause_it_entered_itself(database: Database, world: World) -> None:
    by_centre = enter(database, world, "centre")
    for who in ("deputy", "leader"):
        with pytest.raises(Refused, match="Only the aid centre"):
            void(database, world, who, by_centre)
        with pytest.raises(Refused, match="Only the aid centre"):
            correct(database, world, who, by_centre, date(2026, 11, 20), date(2027, 6, 1))


def test_other_peoples_contracts_and_unknown_ones_look_missing(database: Database, world: World) -> None:
    foreign = enter(database, world, "centre", "foreign")
    before = stored(database)
    with pytest.raises(NotVisible):
        enter(database, world, "deputy", "foreign", from_on=date(2027, 1, 1), to_on=None)
    with pytest.raises(NotVisible):
        void(database, world, "deputy", foreign)
    with pytest.raises(NotVisible):
        enter(database, world, "centre", loan_id=999_999)
    with pytest.raises(NotVisible):
        void(database, world, "centre", 999_999)
    assert stored(database) == before


def test_a_preview_says_what_will_be_and_writes_nothing(database: Database, world: World) -> None:
    told: dict[str, Any] = {
        "loan_id": world.loans["overdue/1"].id,
        "kind": WAIVER,
        "scope": ReliefScope.ALL,
        "from_on": date(2025, 12, 1),
        "to_on": date(2027, 1, 1),
        "cause": None,
    }
    before = stored(database)
    with database.reader() as session:
        shown = reliefs.preview_enter(session, act=world.act("centre"), **told)
    assert stored(database) == before
    assert (shown.before.overdue_total, shown.after.overdue_total) == (Decimal("1171.50"), 0)
    relief_id = enter(database, world, "centre", **told, reason="减免")
    assert standing(database, world).overdue_total == shown.after.overdue_total
    with database.reader() as session:
        back = reliefs.preview_void(session, act=world.act("centre"), relief_id=relief_id)
        later = reliefs.preview_correct(
            session, act=world.act("centre"), relief_id=relief_id, from_on=date(2026, 12, 1), to_on=date(2027, 1, 1)
        )
    assert back.after.overdue_total == later.after.overdue_total == Decimal("1171.50")
