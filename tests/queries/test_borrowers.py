from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.borrowers import ContactPoint
from models.database import Database
from models.notices import Notice
from models.rules.casework import CaseStage
from models.rules.contacts import ContactMethod, Outcome, Reached
from models.rules.standing import StandingState
from portal.queries.borrower_filters import Filters, Since
from portal.queries.borrowers import BorrowerList, borrower_list, search
from portal.services.contacts import ContactFacts, log
from tests.world import World, moment

TODAY = date(2026, 11, 23)


def names(database: Database, world: World, who: str, filters: Filters) -> set[str]:
    with database.reader() as session:
        return {row.name for row in borrower_list(session, world.actor(who), TODAY, filters).rows}


def test_longest_overdue_first(database: Database, world: World) -> None:
    with database.reader() as session:
        rows = borrower_list(session, world.actor("centre"), TODAY, Filters()).rows
    assert rows[0].name == "甲二平"
    assert [row.days_past_due for row in rows] == sorted((row.days_past_due for row in rows), reverse=True)
    assert rows[0].days_past_due == (TODAY - date(2024, 12, 20)).days


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_keyset_pages_hold_everybody_once(database: Database, world: World, limit: int) -> None:
    seen: list[int] = []
    after = ""
    with database.reader() as session:
        while True:
            page: BorrowerList = borrower_list(
                session, world.actor("centre"), TODAY, Filters(), after=after, limit=limit
            )
            assert page.total == len(world.borrowers)
            seen += [row.id for row in page.rows]
            after = page.after
            if not after:
                break
    assert sorted(seen) == sorted(row.id for row in world.borrowers.values())
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("nonsense", ["x", "2026-13-40.1", "2026-01-01.", "'; DROP TABLE borrowers"])
def test_a_place_that_is_none_begins_at_the_top(database: Database, world: World, nonsense: str) -> None:
    with database.reader() as session:
        page = borrower_list(session, world.actor("centre"), TODAY, Filters(), after=nonsense)
    assert len(page.rows) == len(world.borrowers)


def test_filters(database: Database, world: World) -> None:
    centre = ("centre",)
    assert names(database, world, *centre, Filters(state=StandingState.DEFERRED)) == {"乙三缓"}
    assert names(database, world, *centre, Filters(bucket="365+")) == {"甲二平"}
    assert names(database, world, *centre, Filters(school="S02")) == {"丁一水"}
    assert names(database, world, *centre, Filters(area=world.villages["南坡"].code)) == {"丙一山"}
    township = world.townships["河口乡"].code
    assert names(database, world, *centre, Filters(area=township)) == {"丁一水", "戊一桥"}
    assert "甲一鸣" in names(database, world, *centre, Filters(stage=CaseStage.NEW))


def test_days_since_last_contact(database: Database, world: World) -> None:
    borrower = world.borrowers["overdue"].id
    with database.write() as session:
        point = session.query(ContactPoint).filter_by(borrower_id=borrower).one()
        log(
            session,
            act=world.act("member", moment("2026-11-14 12:00")),
            borrower_id=borrower,
            facts=ContactFacts(
                at=moment("2026-11-14 10:00"),
                method=ContactMethod.CALL,
                reached=Reached.BORROWER,
                outcome=Outcome.INFORMED,
                point_id=point.id,
            ),
        )
    member = "member"
    assert "甲一鸣" not in names(database, world, member, Filters(since=Since.NEVER))
    assert "甲二平" in names(database, world, member, Filters(since=Since.NEVER))
    assert "甲一鸣" in names(database, world, member, Filters(since=Since.WEEK))
    assert "甲一鸣" not in names(database, world, member, Filters(since=Since.MONTH))
    assert "甲一鸣" not in names(database, world, member, Filters(stage=CaseStage.NEW))
    assert names(database, world, member, Filters(stage=CaseStage.CONTACTED)) == {"甲一鸣"}


def test_filters_of_an_address_ignore_nonsense() -> None:
    told = {"area": "99'--", "bucket": "x", "state": "y", "stage": "", "since": "8", "school": "S01", "name": "甲"}
    assert Filters.of(told) == Filters(school="S01")
    full = Filters(area="990101101", bucket="1-30", state=StandingState.OVERDUE, since=Since.WEEK)
    assert Filters.of(full.address) == full
    assert full.without("area") == {"bucket": "1-30", "state": "overdue", "since": "7"}


def test_search_by_whole_numbers(database: Database, world: World) -> None:
    with database.reader() as session:
        actor = world.actor("member")
        for number in (world.id_numbers["overdue"], world.phones["overdue"]):
            assert [row.name for row in search(session, actor, TODAY, number).rows] == ["甲一鸣"]
        assert search(session, actor, TODAY, world.id_numbers["foreign"]).rows == ()
        assert search(session, actor, TODAY, "   ").rows == ()
        assert search(session, actor, TODAY, "%").rows == ()
        assert len(search(session, world.actor("centre"), TODAY, "一").rows) >= 5


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("DEMO-overdue-1", {"甲一鸣"}),
        ("demo-OVERDUE-1", {"甲一鸣"}),
        ("erdue-1", {"甲一鸣"}),
        ("rdue", set()),  # too short to be the end of one contract
        ("DEMO-foreign-1", set()),  # another school's
        ("甲 一鸣", {"甲一鸣"}),
        ("一 鸣", {"甲一鸣"}),
    ],
)
def test_search_by_contract_and_by_a_name_with_spaces(
    database: Database, world: World, question: str, found: set[str]
) -> None:
    with database.reader() as session:
        assert {row.name for row in search(session, world.actor("member"), TODAY, question).rows} == found


def test_search_by_village_finds_its_people_in_reach(database: Database, world: World) -> None:
    with database.reader() as session:
        village = world.villages["南坡"].name
        there = {row.name for row in search(session, world.actor("centre"), TODAY, village).rows}
        assert there == names(database, world, "centre", Filters(area=world.villages["南坡"].code))
        assert "丙一山" in there
        assert search(session, world.actor("member"), TODAY, village).rows == ()  # another member's village


def test_search_by_what_stands_on_a_notice(database: Database, world: World) -> None:
    with database.write() as session:
        session.add(
            Notice(
                borrower_id=world.borrowers["overdue"].id,
                year=2026,
                number=17,
                serial="示资助催〔2026〕000017号",
                check_code="WRH9-YRQG-R9FG",
                issued_on=TODAY,
                issued_by_id=world.users["member"].id,
                pay_by=TODAY,
                total=Decimal(1),
                data_on=TODAY,
                wording_version="1",
                content="{}",
                sha256="0" * 64,
            )
        )
    with database.reader() as session:
        for typed in ("示资助催〔2026〕000017号", "WRH9-YRQG-R9FG", "wrh9 yrqg r9fg", "wrh9yrqgr9fg", "000017"):
            assert [row.name for row in search(session, world.actor("member"), TODAY, typed).rows] == ["甲一鸣"]
            assert search(session, world.actor("member2"), TODAY, typed).rows == ()
