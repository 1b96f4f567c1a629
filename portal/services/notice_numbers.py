"""Serial numbers without unexplained gaps: taken under the year's lock, then used, or void with the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, literal_column, select, text, tuple_, update
from sqlalchemy.orm import Session

from models.notices import NoticeNumber, NoticeSerial
from models.rules.notices import RESERVATION_MINUTES, NumberState
from models.rules.sentences import N_
from portal.actors import Act

_ABANDONED = N_("Making the paper was interrupted.")
_YEAR_OVER = N_("The year ended before the paper was made.")
# Written out: with a parameter in its place, the index of reserved numbers would not be used.
_RESERVED = NoticeNumber.state == literal_column(f"'{NumberState.RESERVED.value}'")


@dataclass(frozen=True, slots=True)
class Claim:
    """A number and the check code by which it is held: whoever claims it anew has another code."""

    year: int
    number: int
    check_code: str


def claim(session: Session, act: Act, codes: Mapping[int, str]) -> dict[int, Claim]:
    """Take over each borrower's reserved number, or take the next ones of the year, in the order given.

    Args:
        session: a writing session in which the borrowers are locked.
        act: who issues.
        codes: the check code by borrower; not empty.

    """
    year = act.today.year
    claims = {}
    for mine in session.scalars(
        select(NoticeNumber)
        .where(NoticeNumber.borrower_id.in_(codes), _RESERVED)
        .order_by(NoticeNumber.year, NoticeNumber.number)
        .with_for_update()
    ):
        if mine.year == year:
            mine.check_code, mine.reserved_at = codes[mine.borrower_id], act.at
            claims[mine.borrower_id] = Claim(year, mine.number, mine.check_code)
        else:
            _void(mine, _YEAR_OVER)
    session.flush()
    new = [borrower_id for borrower_id in codes if borrower_id not in claims]
    if new:
        first = _next(session, act, len(new))
        claims |= {
            borrower_id: Claim(year, number, codes[borrower_id]) for number, borrower_id in enumerate(new, first)
        }
        session.execute(
            insert(NoticeNumber),
            [
                {
                    "year": year,
                    "number": claims[borrower_id].number,
                    "borrower_id": borrower_id,
                    "check_code": codes[borrower_id],
                    "state": NumberState.RESERVED,
                    "reserved_at": act.at,
                }
                for borrower_id in new
            ],
        )
    return claims


def held(session: Session, claims: Iterable[Claim]) -> set[Claim]:
    """Return which claims still hold their reserved number, the numbers locked."""
    wanted = {(one.year, one.number): one for one in claims}
    rows = session.execute(
        select(NoticeNumber.year, NoticeNumber.number, NoticeNumber.check_code)
        .where(
            tuple_(NoticeNumber.year, NoticeNumber.number).in_(list(wanted)),
            _RESERVED,
        )
        .order_by(NoticeNumber.year, NoticeNumber.number)
        .with_for_update()
    )
    return {Claim(*row) for row in rows}.intersection(wanted.values())


def use(session: Session, claims: Collection[Claim]) -> None:
    """Make claimed numbers used: their notices are stored in the same transaction."""
    for year in {one.year for one in claims}:
        session.execute(
            update(NoticeNumber)
            .where(
                NoticeNumber.year == year, NoticeNumber.number.in_([one.number for one in claims if one.year == year])
            )
            .values(state=NumberState.USED)
            .execution_options(synchronize_session=False)
        )


def void(session: Session, claim: Claim, reason: str) -> str:
    """Make a claimed number void; returns the reason as it is kept."""
    number = session.get_one(NoticeNumber, (claim.year, claim.number), populate_existing=True)
    _void(number, reason)
    return number.void_reason


def _next(session: Session, act: Act, count: int) -> int:
    """Take so many numbers of the year under its lock; returns the first."""
    year = act.today.year
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
    first = counter.last + 1
    counter.last += count
    return first


def _void_abandoned(session: Session, act: Act) -> None:
    """Make void what a crash left reserved and nobody took over. Whoever holds the year's counter tidies up."""
    longest = timedelta(minutes=RESERVATION_MINUTES)
    for number in session.scalars(
        select(NoticeNumber)
        .where(_RESERVED, NoticeNumber.reserved_at < act.at - longest)
        .with_for_update(skip_locked=True)
    ):
        _void(number, _ABANDONED)


def _void(number: NoticeNumber, reason: str) -> None:
    number.state = NumberState.VOID
    number.void_reason = reason[:300]
