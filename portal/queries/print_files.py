"""Files for printing: which papers of a batch go into which, and what a route sheet lists.

A file holds a fixed stretch of its batch, so the second file stays the second while the first is being served; what is
served, called back or paid for is left out when it is fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from models.borrowers import Borrower
from models.notices import Notice, NoticeBatchItem, NoticePaper
from models.organisation import AreaAssignment, GroupSeat, School, Township, Village
from models.rules.addresses import house_key
from models.rules.notices import NoticeLevel
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from notices import print_file
from notices.content import NoticeContent
from portal.actors import Actor
from portal.queries.notice_facts import OPEN
from portal.queries.scope import visible_borrowers

PAPERS_PER_FILE = print_file.MAX_PAPERS - 2
"""Notices in one file for printing, which holds a cover sheet and the route sheets as well."""


@dataclass(frozen=True, slots=True)
class PrintFile:
    """One file of a batch: ``papers`` are ready to be printed, ``waiting`` are still to be made."""

    part: int
    papers: int
    waiting: int
    first_serial: str
    last_serial: str
    villages: int


@dataclass(frozen=True, slots=True)
class Stop:
    """One door of a walk: the notice to be brought there, without any amount."""

    notice_id: int
    year: int
    number: int
    serial: str
    check_code: str
    level: NoticeLevel
    name: str
    address: str
    village: str
    village_code: str
    school: str
    member: str
    was_printed: bool


def files(session: Session, actor: Actor, today: date, batch_id: int) -> tuple[PrintFile, ...]:
    """Return the files of a batch as far as the actor may see their papers; one without any is left out."""
    is_open = Notice.state.in_(OPEN) & (BorrowerStanding.state == StandingState.OVERDUE)
    is_waiting = NoticeBatchItem.notice_id.is_(None) & (NoticeBatchItem.dropped_reason == "")
    rows = session.execute(
        select(
            NoticeBatchItem.position,
            is_open.label("is_open"),
            is_waiting.label("is_waiting"),
            Notice.number,
            Notice.serial,
            Borrower.village_id,
        )
        .join(Borrower, Borrower.id == NoticeBatchItem.borrower_id)
        .outerjoin(Notice, Notice.id == NoticeBatchItem.notice_id)
        .outerjoin(BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id)
        .where(NoticeBatchItem.batch_id == batch_id, Borrower.id.in_(visible_borrowers(actor, today)))
    ).all()
    return in_parts(rows)


def in_parts(rows: Sequence[Any]) -> tuple[PrintFile, ...]:
    """Cut a batch into its files, each a fixed stretch of it; one with nothing to print or to come is left out.

    Args:
        rows: with ``position``, ``is_open`` (ready to be printed), ``is_waiting``, ``number``, ``serial``,
            ``village_id``.

    """
    found = []
    for number in sorted({(row.position - 1) // PAPERS_PER_FILE for row in rows}):
        mine = [row for row in rows if (row.position - 1) // PAPERS_PER_FILE == number]
        ready = [row for row in mine if row.is_open]
        waiting = sum(bool(row.is_waiting) for row in mine)
        if ready or waiting:
            serials = [row.serial for row in sorted(ready, key=lambda row: row.number)]
            villages = len({row.village_id for row in ready})
            ends = (serials[0], serials[-1]) if serials else ("", "")
            found.append(PrintFile(number + 1, len(ready), waiting, ends[0], ends[1], villages))
    return tuple(found)


def papers(
    session: Session, actor: Actor, today: date, batch_id: int, part: int
) -> tuple[tuple[Stop, NoticeContent, bytes], ...]:
    """Return each door with what its paper says and its PDF, of those still to be served, in the order of the walk.

    Args:
        session: a reading session.
        actor: who prints; others' borrowers are left out.
        today: the day.
        batch_id: the batch.
        part: 1 for the first file.

    """
    first = (part - 1) * PAPERS_PER_FILE
    rows = session.execute(
        _stops(actor, today)
        .add_columns(Notice.content, NoticePaper.pdf)
        .join(NoticePaper, NoticePaper.notice_id == Notice.id)
        .join(NoticeBatchItem, NoticeBatchItem.notice_id == Notice.id)
        .where(
            NoticeBatchItem.batch_id == batch_id,
            NoticeBatchItem.position > first,
            NoticeBatchItem.position <= first + PAPERS_PER_FILE,
        )
        .order_by(NoticeBatchItem.position)
    )
    return tuple((_stop(row), NoticeContent.from_json(row.content), row.pdf) for row in rows)


def open_stops(session: Session, actor: Actor, today: date, area_code: str = "") -> tuple[Stop, ...]:
    """Return every door where a notice is still to be served, in the order of the walk.

    Args:
        session: a reading session.
        actor: who walks.
        today: the day.
        area_code: only those of a village or township; all in reach when empty.

    """
    wanted = _stops(actor, today)
    if area_code:
        wanted = wanted.where(Village.code.startswith(area_code, autoescape=True))
    return in_order(_stop(row) for row in session.execute(wanted))


def in_order(stops: Iterable[Stop]) -> tuple[Stop, ...]:
    """Sort doors by village, then by house."""
    return tuple(sorted(stops, key=lambda one: (one.village_code, house_key(one.address), one.name, one.notice_id)))


def _stops(actor: Actor, today: date) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Notice.id.label("notice_id"),
            Notice.year,
            Notice.number,
            Notice.serial,
            Notice.check_code,
            Notice.level,
            Borrower.name,
            Borrower.address,
            (Township.name + Village.name).label("village"),
            Village.code.label("village_code"),
            func.coalesce(School.name, "").label("school"),
            func.coalesce(GroupSeat.person_name, "").label("member"),
            Notice.printed_at.is_not(None).label("was_printed"),
        )
        .join(Borrower, Borrower.id == Notice.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .join(Township, Township.id == Village.township_id)
        .join(BorrowerStanding, BorrowerStanding.borrower_id == Borrower.id)
        .outerjoin(AreaAssignment, and_(AreaAssignment.village_id == Village.id, AreaAssignment.to_on.is_(None)))
        .outerjoin(School, School.id == AreaAssignment.school_id)
        .outerjoin(GroupSeat, and_(GroupSeat.id == AreaAssignment.seat_id, GroupSeat.to_on.is_(None)))
        .where(
            Notice.state.in_(OPEN),
            BorrowerStanding.state == StandingState.OVERDUE,  # whoever paid meanwhile: do not serve
            Borrower.id.in_(visible_borrowers(actor, today)),
        )
    )


def _stop(row: Any) -> Stop:  # noqa: ANN401  # a row of the query above
    fields = {name: getattr(row, name) for name in Stop.__slots__}
    return Stop(**{**fields, "address": row.address or ""})
