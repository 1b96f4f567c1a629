from __future__ import annotations

import pytest
from sqlalchemy import select

from models.database import Database
from models.events import Event
from models.organisation import AreaAssignment
from models.rules.refusals import NotVisible, Refused
from portal.queries.scope import visible_borrowers
from portal.services.areas import assign_village
from tests.world import World, moment

NEXT_DAY = moment("2026-11-24 09:00")


def test_a_leader_moves_a_village_within_the_school(database: Database, world: World) -> None:
    village, school = world.villages["东湾"], world.schools["S01"]
    with database.write() as session:
        assign_village(
            session,
            act=world.act("leader", NEXT_DAY),
            village_code=village.code,
            school_id=school.id,
            seat_id=world.seats["member2"].id,
        )
    with database.reader() as session:
        rows = session.scalars(
            select(AreaAssignment).where(AreaAssignment.village_id == village.id).order_by(AreaAssignment.id)
        ).all()
        assert [str(row.to_on) for row in rows] == ["2026-11-24", "None"]
        seen = set(session.scalars(visible_borrowers(world.actor("member2"), NEXT_DAY.date())))
        assert world.borrowers["overdue"].id in seen
        unseen = set(session.scalars(visible_borrowers(world.actor("member"), NEXT_DAY.date())))
        assert world.borrowers["overdue"].id not in unseen
        event = session.scalars(select(Event).where(Event.tag == "area:assigned")).one()
        assert event.facts["member"] == "成员乙"


def test_a_school_neither_takes_nor_gives_to_another(database: Database, world: World) -> None:
    act = world.act("deputy", NEXT_DAY)
    own, other = world.schools["S01"].id, world.schools["S02"].id
    with database.write() as session:
        for village in ("北坪", "石桥"):
            with pytest.raises(NotVisible):
                assign_village(session, act=act, village_code=world.villages[village].code, school_id=own, seat_id=None)
        with pytest.raises(Refused, match="aid centre"):
            assign_village(session, act=act, village_code=world.villages["东湾"].code, school_id=other, seat_id=None)
        with pytest.raises(Refused, match="leadership group"):
            assign_village(
                session,
                act=act,
                village_code=world.villages["东湾"].code,
                school_id=own,
                seat_id=world.seats["member_b"].id,
            )


def test_the_centre_gives_any_village_to_any_school(database: Database, world: World) -> None:
    act = world.act("centre", NEXT_DAY)
    for village in ("石桥", "东湾"):
        with database.write() as session:
            new = assign_village(
                session,
                act=act,
                village_code=world.villages[village].code,
                school_id=world.schools["S02"].id,
                seat_id=world.seats["member_b"].id,
            )
            assert new.from_on == NEXT_DAY.date()


def test_the_same_again_is_refused(database: Database, world: World) -> None:
    with database.write() as session, pytest.raises(Refused, match="already"):
        assign_village(
            session,
            act=world.act("centre"),
            village_code=world.villages["东湾"].code,
            school_id=world.schools["S01"].id,
            seat_id=world.seats["member"].id,
        )
