"""What a code of a return names, and why nothing can be noted about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.notices import Notice, Service
from models.papers import IssuedPaper
from models.rules.papers import PaperKind
from models.rules.refusals import Refused
from models.rules.returns import Line
from models.rules.sentences import N_
from models.rules.workflows import NoticeState
from portal.actors import Act
from portal.queries import restores
from portal.queries.scope import visible_borrowers
from portal.services import service_of_paper


def named(session: Session, act: Act, line: Line) -> tuple[Notice, IssuedPaper | None]:
    """Find the notice a line names, among those the person may see; with it the co-borrower's paper, if it is one's.

    Raises:
        Refused: the code names nothing the person looks after.

    """
    mine = Notice.borrower_id.in_(visible_borrowers(act.person, act.today))
    named = (
        Notice.check_code == line.code
        if not line.number
        else (Notice.year == line.year) & (Notice.number == line.number)
    )
    notice = session.scalars(select(Notice).where(named, mine)).one_or_none()
    if notice is not None:
        return notice, None
    found = None
    if not line.number:
        found = session.execute(
            select(Notice, IssuedPaper)
            .join(IssuedPaper, IssuedPaper.notice_id == Notice.id)
            .where(IssuedPaper.check_code == line.code, IssuedPaper.kind == PaperKind.CO_BORROWER, mine)
        ).one_or_none()
    if found is None and (gaps := restores.gaps(session)):
        raise Refused(
            "No notice of those you look after has the code %(code)s. Perhaps it is a colleague's: look at the serial. "
            "Or it was lost: data were brought back from a backup, and papers issued on these days may be "
            "missing: %(days)s. Keep such a paper, and tell the aid centre.",
            code=line.code,
            days="、".join(str(one.first) if one.first == one.last else f"{one.first}–{one.last}" for one in gaps),
        )
    if found is None:
        raise Refused(
            "No notice of those you look after has the code %(code)s. Perhaps it is a colleague's: look at the serial.",
            code=line.code,
        )
    return found[0], found[1]


def check_open(session: Session, walked_at: datetime, notice: Notice, paper: IssuedPaper | None) -> None:
    """Let nothing be noted about a notice, or the paper of one of its co-borrowers, that is closed.

    Raises:
        Refused: it was called back, is served, or was issued after the walk.

    """
    issued_on, serial = (notice.issued_on, notice.serial) if paper is None else (paper.issued_on, paper.serial)
    if walked_at.astimezone(COUNTY_TIME).date() < issued_on:
        raise Refused(
            "%(serial)s was issued on %(day)s, after the day of this walk: correct the day of the walk.",
            serial=serial,
            day=issued_on,
        )
    if paper is not None:
        service_of_paper.refuse_closed(session, paper, notice)
        return
    if notice.state is NoticeState.CALLED_BACK:
        raise Refused(
            "%(serial)s was called back (%(why)s): keep the paper, nothing is recorded.",
            serial=notice.serial,
            why=Refused(notice.called_back_reason or N_("no reason is on record")),
        )
    if notice.state is NoticeState.SERVED:
        on = session.scalars(select(func.max(Service.at)).where(Service.notice_id == notice.id)).one()
        raise Refused(
            "%(serial)s is recorded as served on %(day)s already. Add a photo or what is missing on its page.",
            serial=notice.serial,
            day=on.astimezone(COUNTY_TIME).date() if on else "—",
        )
