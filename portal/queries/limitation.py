"""Contracts whose claim becomes too old to sue on: those that end soon, those that are over, and one in full.

The database narrows millions of contracts to those whose period can end in the window asked about; only these are
judged by the rule.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.orm import Session, aliased

from models.accounts import User
from models.borrowers import Borrower
from models.limitation import LimitationInterruption
from models.loans import Lender, Loan
from models.notices import Notice
from models.organisation import Township, Village
from models.rules.limitation import WATCHED_DAYS, InterruptionKind, Limitation, Mend, mend
from models.rules.refusals import NotVisible
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal.actors import Actor
from portal.pieces import chunks
from portal.queries.limitation_facts import Paper, Period, periods
from portal.queries.limitation_windows import LimitationFilters, Which, ending, over
from portal.queries.scope import visible_borrowers

PAGE_ROWS = 50
MOST_JUDGED = 5_000  # of a window at once: more is not a list to work from
_CHUNK = 400
_MOST_CHUNKS = 10  # looked through for one page of those that are over
_CURSOR = re.compile(r"([a-z]{2,12})\.(\d{4}-\d{2}-\d{2})\.(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class LimitationRow:
    """One contract of the list; ``balance`` in yuan."""

    loan_id: int
    borrower_id: int
    name: str
    township: str
    village: str
    contract_no: str
    lender: str
    balance: Decimal
    matures_on: date
    period: Limitation
    days_left: int
    mend: Mend
    paper: Paper | None  # the notice the mend is about


@dataclass(frozen=True, slots=True)
class LimitationList:
    """One page: rows in order of their mend, then of what is left; ``groups`` counts all by mend.

    ``total`` is unknown of those that are over: they are judged page by page. ``is_cut`` says that more contracts
    than can be judged at once fell in the window.
    """

    rows: tuple[LimitationRow, ...]
    groups: tuple[tuple[Mend, int], ...]
    total: int | None
    after: str
    is_cut: bool


@dataclass(frozen=True, slots=True)
class ByHand:
    """An interruption written down by hand; ``voided`` tells why it was taken back, "" when it was not."""

    id: int
    on: date
    kind: InterruptionKind
    proof: str
    is_proven: bool
    recorded_at: datetime
    by: str
    voided: str


@dataclass(frozen=True, slots=True)
class ContractLimitation:
    """One contract in full."""

    row: LimitationRow
    signed_on: date
    settled_on: date | None
    by_hand: tuple[ByHand, ...]
    serials: dict[str, str]  # of the notices among its interruptions, by their source


def limitation_list(
    session: Session,
    actor: Actor,
    today: date,
    filters: LimitationFilters,
    *,
    after: str = "",
    limit: int = PAGE_ROWS,
) -> LimitationList:
    """Return one page of the contracts the person may see, those to be mended soonest first."""
    if filters.which is Which.OVER:
        return _over(session, actor, today, filters, after, limit)
    rows, is_cut = _ending(session, actor, today, filters)
    soonest: dict[Mend, date] = {}
    for row in rows:
        soonest[row.mend] = min(row.period.ends_on, soonest.get(row.mend, date.max))
    order = sorted(soonest, key=lambda kind: (soonest[kind], list(Mend).index(kind)))
    rows.sort(key=lambda row: (order.index(row.mend), row.period.ends_on, row.loan_id))
    place = _place(after)
    if place is not None and place[0] in soonest:
        passed = (order.index(place[0]), *place[1:])
        shown = [row for row in rows if (order.index(row.mend), row.period.ends_on, row.loan_id) > passed]
    else:
        shown = rows
    counts = tuple((kind, sum(row.mend is kind for row in rows)) for kind in order)
    more = len(shown) > limit
    shown = shown[:limit]
    return LimitationList(tuple(shown), counts, len(rows), _cursor(shown[-1]) if more else "", is_cut)


def count_ending(session: Session, actor: Actor, today: date, days: int = WATCHED_DAYS) -> int:
    """Count the contracts the person may see whose period ends within so many days."""
    ids = session.scalars(ending(actor, today, LimitationFilters(days=days)).limit(MOST_JUDGED)).all()
    last = today + timedelta(days=days)
    return sum(
        today <= period.limitation.ends_on <= last
        for piece in chunks(ids, _CHUNK)
        for period in periods(session, piece, today).values()
    )


def contract_limitation(session: Session, actor: Actor, today: date, loan_id: int) -> ContractLimitation:
    """Return one contract's period with all that interrupted it.

    Raises:
        NotVisible: there is none, or not for this person.

    """
    known = session.execute(
        select(Loan.signed_on, Loan.settled_on).where(
            Loan.id == loan_id, Loan.borrower_id.in_(visible_borrowers(actor, today))
        )
    ).one_or_none()
    if known is None:
        raise NotVisible
    row = _rows(session, [loan_id], today)[0]
    ids = {
        int(source.removeprefix("notice/")): source
        for source in (one.interruption.source for one in row.period.history)
        if source.startswith("notice/")
    }
    serials = session.execute(select(Notice.id, Notice.serial).where(Notice.id.in_(ids)))
    return ContractLimitation(
        row,
        known[0],
        known[1],
        _kept_by_hand(session, loan_id),
        {ids[notice_id]: serial for notice_id, serial in serials},
    )


def _ending(
    session: Session, actor: Actor, today: date, filters: LimitationFilters
) -> tuple[list[LimitationRow], bool]:
    ids = session.scalars(ending(actor, today, filters).limit(MOST_JUDGED + 1)).all()
    last = today + timedelta(days=filters.days)
    rows = [
        row
        for piece in chunks(ids[:MOST_JUDGED], _CHUNK)
        for row in _rows(session, piece, today)
        if today <= row.period.ends_on <= last
    ]
    return rows, len(ids) > MOST_JUDGED


def _over(
    session: Session, actor: Actor, today: date, filters: LimitationFilters, after: str, limit: int
) -> LimitationList:
    """Walk those whose three years from the last due day have passed, newest first, until a page is full."""
    query = over(actor, today, filters).limit(_CHUNK)
    place = _place(after)
    found: list[LimitationRow] = []
    matures_on, loan_id = (place[1], place[2]) if place else (date.max, 0)
    for _chunk in range(_MOST_CHUNKS):
        ids = session.scalars(
            query.where(or_(Loan.matures_on < matures_on, and_(Loan.matures_on == matures_on, Loan.id < loan_id)))
        ).all()
        rows = {row.loan_id: row for row in _rows(session, ids, today)}
        for one in ids:
            row = rows[one]
            matures_on, loan_id = row.matures_on, one
            if row.days_left < 0:
                found.append(row)
            if len(found) == limit:
                return _page_of_over(found, f"{Mend.LENDER.value}.{matures_on.isoformat()}.{loan_id}")
        if len(ids) < _CHUNK:
            return _page_of_over(found, "")
    return _page_of_over(found, f"{Mend.LENDER.value}.{matures_on.isoformat()}.{loan_id}")


def _page_of_over(rows: Sequence[LimitationRow], after: str) -> LimitationList:
    return LimitationList(tuple(rows), ((Mend.LENDER, len(rows)),) if rows else (), None, after, is_cut=False)


def _rows(session: Session, loan_ids: Sequence[int], today: date) -> list[LimitationRow]:
    """Judge contracts and say what would mend each."""
    found = periods(session, loan_ids, today)
    rows = session.execute(
        select(
            Loan.id,
            Loan.borrower_id,
            Borrower.name,
            Township.name,
            Village.name,
            Loan.contract_no,
            Lender.name,
            Loan.balance,
            Loan.matures_on,
            Borrower.is_out_of_touch,
            BorrowerStanding.state,
        )
        .join(Borrower, Borrower.id == Loan.borrower_id)
        .join(Village, Village.id == Borrower.village_id)
        .join(Township, Township.id == Village.township_id)
        .join(Lender, Lender.id == Loan.lender_id)
        .outerjoin(BorrowerStanding, BorrowerStanding.borrower_id == Loan.borrower_id)
        .where(Loan.id.in_(loan_ids))
    )
    return [_row(row, found[row[0]], today) for row in rows]


def _row(row: Row[*tuple[Any, ...]], period: Period, today: date) -> LimitationRow:
    way = mend(
        period.limitation,
        today,
        has_notice_to_serve=period.to_serve is not None,
        has_weak_service=period.weakly_served is not None,
        is_overdue=row[10] is StandingState.OVERDUE,
        is_out_of_touch=row[9],
    )
    return LimitationRow(
        loan_id=row[0],
        borrower_id=row[1],
        name=row[2],
        township=row[3],
        village=row[4],
        contract_no=row[5],
        lender=row[6],
        balance=row[7],
        matures_on=row[8],
        period=period.limitation,
        days_left=period.limitation.days_left(today),
        mend=way,
        paper={Mend.SERVE: period.to_serve, Mend.PROVE: period.weakly_served}.get(way),
    )


def _kept_by_hand(session: Session, loan_id: int) -> tuple[ByHand, ...]:
    voiding = aliased(LimitationInterruption)
    rows = session.execute(
        select(LimitationInterruption, User.name, voiding.proof)
        .join(User, User.id == LimitationInterruption.by_id)
        .outerjoin(voiding, voiding.voids_id == LimitationInterruption.id)
        .where(LimitationInterruption.loan_id == loan_id, LimitationInterruption.voids_id.is_(None))
        .order_by(LimitationInterruption.on.desc(), LimitationInterruption.id.desc())
    )
    return tuple(
        ByHand(one.id, one.on, one.kind, one.proof, one.is_proven, one.recorded_at, by, voided or "")
        for one, by, voided in rows
    )


def _cursor(row: LimitationRow) -> str:
    return f"{row.mend.value}.{row.period.ends_on.isoformat()}.{row.loan_id}"


def _place(after: str) -> tuple[Mend, date, int] | None:
    found = _CURSOR.fullmatch(after)
    if found is None:
        return None
    try:
        return Mend(found[1]), date.fromisoformat(found[2]), int(found[3])
    except ValueError:
        return None
