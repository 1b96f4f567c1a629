"""Former pupils on a school's roster become suggestions that a person confirms; of all others nothing is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models.borrowers import Borrower, ContactPoint
from models.database import Database
from models.imports import Destruction, ImportRow
from models.roster_matches import RosterMatch
from models.rules.borrowers import ContactOwner, ContactSource
from models.rules.imports import DestructionCause, ImportKind, RowOutcome
from models.rules.refusals import NotVisible, Refused
from models.rules.roster_matches import MatchedBy, MatchState
from portal.queries import roster_matches as queries
from portal.services import fsck, roster_matches
from portal.services.imports import originals, staging, store
from tests.more_books import school_roster
from tests.services.test_import_undo import undo
from tests.services.test_imports import Desk
from tests.world import NAMES, World, resident_id

PHONE = "13899990001"
TODAY = date(2026, 11, 23)
FILTERS = queries.Filters()


@pytest.fixture
def desk(database: Database, world: World, tmp_path: Path) -> Desk:
    assert world.borrowers
    return Desk(database, tmp_path / "data")


def by_id(world: World, key: str, **other: Any) -> dict[str, Any]:
    return {
        "姓名": NAMES[key], "身份证号": world.id_numbers[key], "学校": "演示高级中学", "班级": "2014届高三(2)班",
        "班主任": "李老师", "家长电话": PHONE,
    } | other  # fmt: skip


def stranger(number: int) -> dict[str, Any]:
    return {"姓名": f"路人{number}", "身份证号": resident_id(700 + number), "学校": "演示高级中学", "家长电话": PHONE}


def load(desk: Desk, *rows: dict[str, Any]) -> Any:
    return desk.load(ImportKind.SCHOOL_ROSTER, school_roster(*rows))


def one_match(desk: Desk) -> RosterMatch:
    with desk.database.reader() as session:
        return session.scalars(select(RosterMatch)).one()


def test_a_pupil_is_matched_by_number_or_by_name_birth_and_village(desk: Desk, world: World) -> None:
    born = date(1996 + 8 % 8, 1, 1)  # of the eighth person of the world
    assert world.id_numbers["colleague"][6:14] == born.strftime("%Y%m%d")
    batch = load(
        desk,
        by_id(world, "overdue"),
        {"姓名": NAMES["colleague"], "出生日期": born, "村": "南坡", "学校": "演示高级中学", "班级": "2014届高三(1)班"},
        {"姓名": NAMES["foreign"], "出生日期": date(1990, 5, 5), "村": "北坪村", "学校": "演示高级中学"},
        stranger(1),
    )
    assert (batch.new, batch.facts["unmatched"], batch.rejected) == (2, 2, 0)
    with desk.database.reader() as session:
        found = session.execute(select(RosterMatch.borrower_id, RosterMatch.matched_by).order_by(RosterMatch.id)).all()
    assert [tuple(one) for one in found] == [
        (world.borrowers["overdue"].id, MatchedBy.ID_NUMBER),
        (world.borrowers["colleague"].id, MatchedBy.NAME_BIRTH_VILLAGE),
    ]


def test_nothing_else_of_the_roster_is_kept(desk: Desk, world: World) -> None:
    batch_id = desk.bring(ImportKind.SCHOOL_ROSTER, school_roster(by_id(world, "overdue"), stranger(1), stranger(2)))
    with desk.database.reader() as session:
        labels = session.scalars(select(ImportRow.label).where(ImportRow.outcome == RowOutcome.UNMATCHED)).all()
    assert labels == ["路**", "路**"]  # named while it waits, by row and masked name
    places = store.Places.of(desk.data_dir)
    sha256 = desk.batch(batch_id).sha256
    assert (places.first / sha256).exists()
    desk.confirm(batch_id)
    assert originals.remove(desk.database, places) == 1
    with desk.database.reader() as session:
        rows = session.scalars(select(ImportRow)).all()
        assert [(row.outcome, row.content, row.changes) for row in rows] == [(RowOutcome.NEW, None, [])]
        assert session.scalars(select(Destruction.cause)).one() is DestructionCause.NOT_KEPT
        assert fsck.copies(session, places) == []
        assert fsck.check(session, TODAY)["imports"] == []
    assert not (places.first / sha256).exists()
    assert not (places.second / sha256).exists()


def test_a_discarded_roster_goes_too_but_not_while_the_same_file_waits(desk: Desk, world: World) -> None:
    content = school_roster(by_id(world, "overdue"))
    first, second = (desk.bring(ImportKind.SCHOOL_ROSTER, content) for _ in range(2))
    places = store.Places.of(desk.data_dir)
    for batch_id, left in ((first, 0), (second, 1)):
        with desk.database.write() as session:
            staging.discard(session, act=desk.act, batch_id=batch_id)
        assert originals.remove(desk.database, places) == left
    assert list(places.first.iterdir()) == []


def test_confirmed_the_parents_number_is_added_and_refused_all_is_wiped(desk: Desk, world: World) -> None:
    load(desk, by_id(world, "overdue"), by_id(world, "overdue_long", 家长电话="13899990002"))
    with desk.database.write() as session:
        first, second = session.scalars(select(RosterMatch.id).order_by(RosterMatch.id)).all()
        roster_matches.confirm(session, act=world.act("member"), match_id=first)
        roster_matches.refuse(session, act=world.act("member"), match_id=second)
    with desk.database.reader() as session:
        point = session.scalars(select(ContactPoint).where(ContactPoint.source == ContactSource.SCHOOL_FILE)).one()
        assert (point.value, point.owner) == (PHONE, ContactOwner.RELATIVE)
        yes, no = session.get_one(RosterMatch, first), session.get_one(RosterMatch, second)
        assert (yes.state, yes.class_name, yes.teacher, yes.phone) == (
            MatchState.CONFIRMED, "2014届高三(2)班", "李老师", None,
        )  # fmt: skip
        assert (no.state, no.class_name, no.teacher, no.phone, no.masked_phone) == (
            MatchState.REFUSED,
            "",
            "",
            None,
            "",
        )
        assert queries.count_waiting(session, world.actor("member"), TODAY) == 0
        told = queries.of_borrower(session, world.borrowers["overdue"].id)
        assert [(one.school, one.teacher) for one in told] == [("演示高级中学", "李老师")]
    with pytest.raises(Refused, match="no longer possible"), desk.database.write() as session:
        roster_matches.refuse(session, act=world.act("member"), match_id=first)


def test_only_who_looks_after_the_borrower_sees_and_answers(desk: Desk, world: World) -> None:
    load(desk, by_id(world, "overdue"))
    match_id = one_match(desk).id
    with desk.database.reader() as session:
        for name, sees in (("member", 1), ("member2", 0), ("deputy", 1), ("member_b", 0), ("centre", 1)):
            assert queries.matches(session, world.actor(name), TODAY, FILTERS).total == sees
    with pytest.raises(NotVisible), desk.database.write() as session:
        roster_matches.confirm(session, act=world.act("member_b"), match_id=match_id)


def test_the_same_roster_suggests_nothing_twice(desk: Desk, world: World) -> None:
    load(desk, by_id(world, "overdue"))
    batch = load(desk, by_id(world, "overdue"), by_id(world, "overdue"))
    assert (batch.new, batch.unchanged) == (0, 2)
    assert desk.one(select(func.count()).select_from(RosterMatch)) == 1


def test_it_is_taken_back_while_nobody_has_answered(desk: Desk, world: World) -> None:
    batch = load(desk, by_id(world, "overdue"))
    undo(desk, batch.id)
    assert desk.one(select(func.count()).select_from(RosterMatch)) == 0
    batch = load(desk, by_id(world, "overdue"))
    with desk.database.write() as session:
        roster_matches.confirm(session, act=world.act("member", desk.at), match_id=one_match(desk).id)
    with pytest.raises(Refused, match="already acted on 1"):
        undo(desk, batch.id)


@pytest.mark.parametrize(
    ("other", "column", "words"),
    [
        ({"姓名": "改名换"}, "身份证号", "another name"),
        ({"身份证号": "990000199701010010"}, "身份证号", "check digit"),
        ({"身份证号": None}, "身份证号", "fits too many people"),
        ({"家长电话": "123"}, "家长电话", "digits"),
        ({"学校": None}, "学校", "empty"),
    ],
)
def test_a_wrong_row_is_named(desk: Desk, world: World, other: dict[str, Any], column: str, words: str) -> None:
    batch_id = desk.bring(
        ImportKind.SCHOOL_ROSTER, school_roster(by_id(world, "current"), by_id(world, "overdue", **other))
    )
    assert [(number, where) for number, where, _ in desk.problems(batch_id)] == [(3, column)]
    assert words in desk.problems(batch_id)[0][2]


def test_namesakes_born_on_one_day_in_one_village_need_the_number(desk: Desk, world: World) -> None:
    with desk.database.write() as session:
        namesake = session.get_one(Borrower, world.borrowers["overdue_long"].id)
        namesake.name = NAMES["overdue"]
        namesake.id_number = world.id_numbers["overdue"][:-1] + "0"  # only its birth date is looked at
    born = world.id_numbers["overdue"][6:14]
    row = {"姓名": NAMES["overdue"], "出生日期": born, "村": "东湾村", "学校": "演示高级中学"}
    batch_id = desk.bring(ImportKind.SCHOOL_ROSTER, school_roster(row))
    assert "Several borrowers" in desk.problems(batch_id)[0][2]
