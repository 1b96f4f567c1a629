"""Publicity on record: whose it is, what is refused, void without a trace lost, and what each school did."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from models.database import Database
from models.events import Event
from models.publicity import PublicityEvent, PublicityPhoto
from models.rules.publicity import PublicityKind, PublicityTopic
from models.rules.refusals import NotVisible, Refused
from portal.queries import publicity as reads
from portal.queries import today as desk
from portal.queries.publicity import PublicityFilters
from portal.services import fsck, publicity
from portal.services.publicity import Told
from tests.conftest import NOW
from tests.services.test_service_of_notice import photo
from tests.world import World

TODAY = date(2026, 11, 23)
TALK = Told(
    held_on=TODAY - timedelta(days=2),
    kind=PublicityKind.CLASS_TALK,
    held_by="成员甲",
    people=40,
    leaflets=38,
    topics=frozenset({PublicityTopic.FRAUD_WARNING, PublicityTopic.POLICY}),
    place="学校礼堂",
)


def record(database: Database, world: World, who: str = "member", **changes: object) -> int:
    with database.write() as session:
        return publicity.record(session, act=world.act(who), told=replace(TALK, **changes)).id  # type: ignore[arg-type]


def test_what_was_done_is_kept_whole_and_on_record(database: Database, world: World) -> None:
    picture = photo("green")
    told = replace(TALK, village_id=world.villages["南坡"].id, note=" 多问还款日 ")
    with database.write() as session:
        made = publicity.record(session, act=world.act("member"), told=told, photo=picture).id
    with database.reader() as session:
        found = reads.event(session, world.actor("leader"), made)
        assert (found.row.people, found.row.leaflets, found.row.school) == (40, 38, "山前镇中心学校")
        assert (found.row.village, found.row.place, found.note) == ("山前镇 南坡村", "学校礼堂", "多问还款日")
        assert found.row.topics == (PublicityTopic.POLICY, PublicityTopic.FRAUD_WARNING)  # in the order of the list
        assert (found.recorded_by, found.is_own, found.has_photo) == ("成员甲", True, True)
        assert reads.photo(session, world.actor("centre"), made) == picture.jpeg
        event = session.scalars(select(Event).where(Event.tag == "publicity:recorded")).one()
        assert event.subject == f"publicity/{made}"
        assert "成员甲" not in str(event.facts)


@pytest.mark.parametrize(
    "changes",
    [
        {"held_on": TODAY + timedelta(days=1)},
        {"held_on": TODAY - timedelta(days=61)},
        {"people": 0, "leaflets": 0},
        {"people": 5_001},
        {"place": "  "},
        {"held_by": " "},
        {"topics": frozenset()},
    ],
)
def test_what_does_not_do_is_refused_and_leaves_nothing(
    database: Database, world: World, changes: dict[str, object]
) -> None:
    with pytest.raises(Refused):
        record(database, world, **changes)
    with database.reader() as session:
        assert session.scalars(select(PublicityEvent)).all() == []


def test_a_village_of_another_school_is_none_of_ours(database: Database, world: World) -> None:
    for village in ("北坪", "石桥"):
        with pytest.raises(NotVisible):
            record(database, world, village_id=world.villages[village].id)
    assert record(database, world, "centre", village_id=world.villages["石桥"].id)
    with database.reader() as session:
        assert len(reads.village_choices(session, world.actor("member"))) == 3
        assert len(reads.village_choices(session, world.actor("centre"))) == 5


def test_each_sees_their_own_and_the_centre_all(database: Database, world: World) -> None:
    ours, theirs, centres = (record(database, world, who) for who in ("member", "member_b", "centre"))
    sees = {
        "member2": {ours}, "leader": {ours}, "deputy_b": {theirs}, "centre2": {ours, theirs, centres},
        "township": set(), "admin": set(), "auditor": set(),
    }  # fmt: skip
    with database.reader() as session:
        for who, ids in sees.items():
            actor = world.actor(who)
            assert {row.id for row in reads.events(session, actor, PublicityFilters()).rows} == ids, who
            for one in {ours, theirs, centres} - ids:
                with pytest.raises(NotVisible):
                    reads.event(session, actor, one)
        without_a_school = replace(world.actor("member"), school_id=None)  # is not the centre by that
        assert reads.events(session, without_a_school, PublicityFilters()).total == 0
        assert not reads.event(session, world.actor("centre"), ours).is_own


def test_void_stays_readable_counts_no_longer_and_is_final(database: Database, world: World) -> None:
    made = record(database, world)
    for who in ("member_b", "centre", "township"):
        with pytest.raises(NotVisible), database.write() as session:
            publicity.void(session, act=world.act(who), event_id=made, reason="not mine")
    with pytest.raises(Refused), database.write() as session:
        publicity.void(session, act=world.act("leader"), event_id=made, reason="  ")
    with database.write() as session:
        publicity.void(session, act=world.act("leader"), event_id=made, reason="记错日期")
    with pytest.raises(Refused), database.write() as session:
        publicity.void(session, act=world.act("leader"), event_id=made, reason="again")
    with database.reader() as session:
        found = reads.event(session, world.actor("member"), made)
        assert (found.row.is_void, found.void_reason, found.voided_by) == (True, "记错日期", "组长甲")
        assert not reads.has_any(session, world.schools["S01"].id, 2025)
        assert [one.events for one in reads.by_school(session, world.actor("centre"), 2025)] == [0, 0]
        tags = session.scalars(select(Event.tag).where(Event.subject == f"publicity/{made}").order_by(Event.id)).all()
        assert tags == ["publicity:recorded", "publicity:voided"]


def test_the_same_photo_proves_one_occasion_until_that_is_void(database: Database, world: World) -> None:
    with database.write() as session:
        first = publicity.record(session, act=world.act("member"), told=TALK, photo=photo()).id
    with pytest.raises(Refused), database.write() as session:
        publicity.record(session, act=world.act("member_b"), told=TALK, photo=photo())
    with database.write() as session:
        publicity.void(session, act=world.act("member"), event_id=first, reason="记错日期")
        publicity.record(session, act=world.act("member"), told=TALK, photo=photo())


def test_the_centre_sees_who_did_nothing_first(database: Database, world: World) -> None:
    record(database, world)
    record(database, world, people=10, leaflets=0, held_on=TODAY)
    record(database, world, "centre")  # of no school
    with database.reader() as session:
        found = reads.by_school(session, world.actor("centre"), 2025)
        assert [(one.code, one.events, one.people, one.leaflets, one.last_on) for one in found] == [
            ("S02", 0, 0, 0, None),
            ("S01", 2, 50, 38, TODAY),
        ]
        assert [one.events for one in reads.by_school(session, world.actor("centre"), 2024)] == [0, 0]
        assert reads.by_school(session, world.actor("leader"), 2025) == ()


def test_the_list_is_narrowed_by_season_kind_and_school(database: Database, world: World) -> None:
    ours = record(database, world)
    stall = record(database, world, "member_b", kind=PublicityKind.STALL)
    centres = record(database, world, "centre")
    centre = world.actor("centre")
    with database.reader() as session:
        for filters, ids in (
            (PublicityFilters(season=2025), {ours, stall, centres}),
            (PublicityFilters(season=2024), set()),
            (PublicityFilters(kind=PublicityKind.STALL), {stall}),
            (PublicityFilters(school="S01"), {ours}),
            (PublicityFilters(school=reads.CENTRE), {centres}),
        ):
            found = reads.events(session, centre, filters)
            assert ({row.id for row in found.rows}, found.total) == (ids, len(ids)), filters
            assert {row.id for row in reads.all_events(session, centre, filters)} == ids


def test_who_answers_for_a_school_is_asked_in_season_until_something_is_on_record(
    database: Database, world: World
) -> None:
    def asked(who: str, today: date = TODAY) -> int:
        with database.reader() as session:
            return sum(one.count for one in desk.waiting(session, world.actor(who), today) if one.key == "publicity")

    assert {who: asked(who) for who in ("leader", "deputy", "member", "centre", "auditor")} == {
        "leader": 1, "deputy": 1, "member": 0, "centre": 0, "auditor": 0,
    }  # fmt: skip
    assert asked("leader", date(2026, 4, 30)) == 0  # its time of the year has not come
    assert asked("leader", date(2026, 5, 1)) == 1
    record(database, world, "member")
    assert (asked("leader"), asked("leader_b")) == (0, 1)
    assert asked("leader", date(2027, 6, 1)) == 1  # a new season


def test_the_database_keeps_the_rules_that_code_might_forget(database: Database, world: World) -> None:
    made = record(database, world)
    for change in ("place = ''", "people = 0, leaflets = 0", "people = -1", "void_reason = 'x'", "kind = 'dance'"):
        with pytest.raises(IntegrityError), database.write() as session:
            session.execute(text(f"UPDATE publicity_events SET {change} WHERE id = {made}"))


def test_a_photo_that_is_not_the_one_kept_is_found(database: Database, world: World) -> None:
    with database.write() as session:
        made = publicity.record(session, act=world.act("member"), told=TALK, photo=photo()).id
    with database.reader() as session:
        assert fsck.check(session, NOW.date())["publicity"] == []
    with database.write() as session:
        session.scalars(select(PublicityPhoto)).one().image = b"another"
    with database.reader() as session:
        assert [one.subject for one in fsck.check(session, NOW.date())["publicity"]] == [f"publicity/{made}"]
