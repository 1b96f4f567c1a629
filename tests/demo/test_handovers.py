from __future__ import annotations

from sqlalchemy import select

from models.database import Database
from models.handovers import Handover
from models.organisation import AreaAssignment
from models.rules.handovers import HandoverState
from portal.demo.handovers import hand_over
from tests.world import World


def test_a_colleagues_village_goes_to_the_demo_member(database: Database, world: World) -> None:
    with database.write() as session:
        hand_over(session, act=world.act("leader"), receiver=world.actor("member"))
    with database.reader() as session:
        found = session.scalars(select(Handover)).one()
        assert found.village_id == world.villages["南坡"].id  # of the same school, with somebody in arrears
        assert session.get_one(AreaAssignment, found.assignment_id).seat_id == world.seats["member"].id
        assert found.state is HandoverState.OPEN
        assert (found.summary["overdue"], found.summary["questions"]) == (1, 1)


def test_where_no_colleague_has_a_village_nothing_is_told(database: Database, world: World) -> None:
    """A very small district is such a one."""
    with database.write() as session:
        hand_over(session, act=world.act("leader"), receiver=world.actor("member"))
        hand_over(session, act=world.act("leader"), receiver=world.actor("member"))
        assert len(session.scalars(select(Handover)).all()) == 1
