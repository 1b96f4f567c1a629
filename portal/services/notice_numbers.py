"""Serial numbers without unexplained gaps: taken under the year's lock, then used, or void with the reason."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.notices import NoticeNumber, NoticeSerial
from models.rules.notices import RESERVATION_MINUTES, NumberState
from models.rules.sentences import N_
from portal.actors import Act

_ABANDONED = N_("Making the paper was interrupted.")
_YEAR_OVER = N_("The year ended before the paper was made.")


def claim(session: Session, act: Act, borrower_id: int, code: str) -> NoticeNumber:
    """Take over the borrower's reserved number, or take the next one of the year."""
    year = act.today.year
    mine = session.scalars(
        select(NoticeNumber)
        .where(NoticeNumber.borrower_id == borrower_id, NoticeNumber.state == NumberState.RESERVED)
        .with_for_update()
    ).one_or_none()
    if mine is not None and mine.year == year:
        mine.check_code, mine.reserved_at = code, act.at
        session.flush()
        return mine
    if mine is not None:
        void(mine, _YEAR_OVER)
        session.flush()
    session.execute(
        text("INSERT INTO notice_serials (year, last) VALUES (:year, 0) ON CONFLICT DO NOTHING"), {"year": year}
    )
    counter = session.scalars(
        select(NoticeSerial)
        .where(NoticeSerial.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    _void_abandoned(session, act)
    counter.last += 1
    number = NoticeNumber(
        year=year,
        number=counter.last,
        borrower_id=borrower_id,
        check_code=code,
        state=NumberState.RESERVED,
        reserved_at=act.at,
    )
    session.add(number)
    session.flush()
    return number


def _void_abandoned(session: Session, act: Act) -> None:
    """Make void what a crash left reserved and nobody took over. Whoever holds the year's counter tidies up."""
    longest = timedelta(minutes=RESERVATION_MINUTES)
    for number in session.scalars(
        select(NoticeNumber)
        .where(NoticeNumber.state == NumberState.RESERVED, NoticeNumber.reserved_at < act.at - longest)
        .with_for_update(skip_locked=True)
    ):
        void(number, _ABANDONED)


def void(number: NoticeNumber, reason: str) -> None:
    """Make a number void; the reason stays."""
    number.state = NumberState.VOID
    number.void_reason = reason[:300]


def reserved(session: Session, number: int, year: int, check_code: str) -> NoticeNumber | None:
    """Return a reserved number, locked, while the claim by this check code stands; ``None`` when it was taken over."""
    return session.scalars(
        select(NoticeNumber)
        .where(
            NoticeNumber.year == year,
            NoticeNumber.number == number,
            NoticeNumber.state == NumberState.RESERVED,
            NoticeNumber.check_code == check_code,
        )
        .with_for_update()
    ).one_or_none()
