from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from models.database import Database
from models.rules.refusals import NotVisible
from portal.queries.area_figures import Level
from portal.queries.areas import area_choices, area_page, school_choices, seat_choices
from tests.world import World

TODAY = date(2026, 11, 23)


def test_the_district_from_the_centre(database: Database, world: World) -> None:
    with database.reader() as session:
        page = area_page(session, world.actor("centre"), TODAY, None)
        counted = session.execute(
            text("SELECT count(*), sum(overdue_total) FROM borrower_standings WHERE state = 'overdue'")
        ).one()
    assert (page.level, page.name) == (Level.DISTRICT, "演示区")
    assert [row.name for row in page.rows] == ["山前镇", "河口乡"]
    assert [row.figures.borrowers for row in page.rows] == [8, 2]
    assert page.figures.borrowers == 10
    assert page.figures.in_arrears == counted[0]
    assert page.figures.overdue_total == Decimal(counted[1]) / 100
    assert [row.unkept for row in page.rows] == [0, 1]


def test_a_township_lists_its_villages_and_who_looks_after_them(database: Database, world: World) -> None:
    with database.reader() as session:
        page = area_page(session, world.actor("centre"), TODAY, world.townships["河口乡"].code)
    assert page.level is Level.TOWNSHIP
    assert [(row.name, row.keeper.member, row.unkept) for row in page.rows] == [
        ("北坪村", "成员丙", 0),
        ("石桥村", "", 1),
    ]
    assert page.has_unkept


def test_a_village(database: Database, world: World) -> None:
    with database.reader() as session:
        page = area_page(session, world.actor("member"), TODAY, world.villages["东湾"].code)
    assert page.level is Level.VILLAGE
    assert [name for _code, name in page.steps] == ["演示区", "山前镇", "东湾村"]
    assert page.figures.borrowers == 3
    assert page.keeper.school == "山前镇中心学校"


def test_a_member_sees_own_villages_only(database: Database, world: World) -> None:
    with database.reader() as session:
        actor = world.actor("member")
        top = area_page(session, actor, TODAY, None)
        assert [row.name for row in top.rows] == ["山前镇"]
        assert top.figures.borrowers == 7
        township = area_page(session, actor, TODAY, world.townships["山前镇"].code)
        assert [row.name for row in township.rows] == ["东湾村", "西岭村"]
        for code in (world.townships["河口乡"].code, world.villages["南坡"].code, "9901", "x", "99010110120"):
            with pytest.raises(NotVisible):
                area_page(session, actor, TODAY, code)
        assert [name for _code, name in area_choices(session, actor)] == [
            "山前镇",
            "山前镇 · 东湾村",
            "山前镇 · 西岭村",
        ]
        assert school_choices(session, actor) == ()


def test_somebody_without_villages_gets_an_empty_page(database: Database, world: World) -> None:
    with database.write() as session:
        session.execute(text("DELETE FROM area_assignments"))
    with database.reader() as session:
        page = area_page(session, world.actor("member"), TODAY, None)
    assert page.rows == ()
    assert page.figures.borrowers == 0


def test_who_may_be_given_a_village(database: Database, world: World) -> None:
    with database.reader() as session:
        assert seat_choices(session, world.actor("member")) == ()
        assert {one.school for one in seat_choices(session, world.actor("leader"))} == {"山前镇中心学校"}
        assert len({one.school for one in seat_choices(session, world.actor("centre"))}) == 2
