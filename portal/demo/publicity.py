"""What the demo district's schools did to explain the loan: invented, and made through the service."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts import User
from models.organisation import AreaAssignment, School
from models.rules.publicity import PublicityKind, PublicityTopic
from notices.photos import clean_photo
from portal.actors import Act, Actor
from portal.demo.clock import Clock
from portal.demo.fates import Demo
from portal.services import publicity
from portal.services.publicity import Told

_Kind, _Topic = PublicityKind, PublicityTopic
# Days before the district is shown; how; place in words, or none for a village; people; leaflets; topics; note.
_STORIES = (
    (
        9,
        _Kind.CLASS_TALK,
        "学校阶梯教室",
        86,
        0,
        (_Topic.POLICY, _Topic.CREDIT_INTEGRITY),
        "学生多问如何查询还款金额。",
    ),
    (6, _Kind.PARENTS_MEETING, "学校礼堂", 140, 140, (_Topic.POLICY, _Topic.REPAYMENT_DATES, _Topic.FRAUD_WARNING), ""),
    (3, _Kind.DOOR_TO_DOOR, "", 23, 23, (_Topic.REPAYMENT_DATES, _Topic.DEFERRAL_AND_RELIEF), "年前再走访一次。"),
)
_CENTRE = (5, _Kind.STALL, "县城农贸市场", 210, 260, tuple(_Topic), "现场设咨询台，发放政策明白纸。")


def tell(session: Session, *, demo: Demo, clock: Clock) -> int:
    """Tell what was done in the week before the day the district is shown on.

    The first school tells all stories, the others one or two, the last none: it is the one that is asked about it.
    Schools without a sign-in have their records written by the centre's account, as from paper that they sent in.

    Returns:
        How many records were made.

    """
    users = {one.username: one for one in session.scalars(select(User))}
    member, centre = users["member"], users["centre"]
    schools = session.scalars(select(School).order_by(School.code)).all()
    leaders = {school.name: school.leader for school in demo.district.schools}
    made = 0
    for turn, school in enumerate(schools[:-1]):
        user = member if school.id == member.school_id else centre
        writer = Actor(user.id, user.name, member.role, school_id=school.id)
        stories = _STORIES if user is member else _STORIES[turn % 2 : turn % 2 + 1 + turn % 3 // 2]
        for number, story in enumerate(stories):
            photo = clean_photo(_picture(school.id, number)) if user is member and not number else None
            village = _village(session, school.id) if not story[2] else None
            told = _told(story, demo.days.as_of, f"{leaders[school.name]}等", village, school.name)
            told = replace(told, people=told.people + 7 * turn, leaflets=told.leaflets and told.leaflets + 6 * turn)
            publicity.record(session, act=Act(writer, clock.at(demo.days.as_of)), told=told, photo=photo)
            made += 1
    act = Act(Actor(centre.id, centre.name, centre.role), clock.at(demo.days.as_of))
    publicity.record(session, act=act, told=_told(_CENTRE, demo.days.as_of, "资助中心工作人员", None, ""))
    return made + 1


def _told(
    story: tuple[int, PublicityKind, str, int, int, tuple[PublicityTopic, ...], str],
    as_of: date,
    held_by: str,
    village_id: int | None,
    school: str,
) -> Told:
    ago, kind, place, people, leaflets, topics, note = story
    return Told(
        held_on=as_of - timedelta(days=ago),
        kind=kind,
        held_by=held_by,
        people=people,
        leaflets=leaflets,
        topics=frozenset(topics),
        village_id=village_id,
        place=place or (school if village_id is None else ""),
        note=note,
    )


def _village(session: Session, school_id: int) -> int | None:
    return session.scalar(
        select(AreaAssignment.village_id)
        .where(AreaAssignment.school_id == school_id, AreaAssignment.to_on.is_(None))
        .order_by(AreaAssignment.village_id)
        .limit(1)
    )


def _picture(school_id: int, number: int) -> bytes:
    """Draw something for a photo: nobody's face, different for each."""
    picture = Image.new("RGB", (1200, 800), (226, 233, 238))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((240, 120, 960, 420), fill=(38, 70, 83))
    pen.text((280, 160), f"DEMO {school_id}-{number}", fill=(244, 240, 230))
    for seat in range(6):
        pen.ellipse((120 + 170 * seat, 560, 210 + 170 * seat, 650), fill=(150, 160, 165))
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
