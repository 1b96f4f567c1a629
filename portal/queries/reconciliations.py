"""What the pages of reconciliations show: lists held against the ledger, and the contracts they differ on.

Differences are seen where their borrower is; the totals of a whole list only by those who see the district.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, case, func, select, type_coerce
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.loans import ArrearsList, Lender, Loan
from models.reconciliations import Difference, Reconciliation
from models.rules.imports import ImportKind
from models.rules.permissions import REACH, Reach
from models.rules.reconciliation import DifferenceCause
from models.rules.refusals import NotVisible
from models.types import Yuan
from portal.actors import Actor
from portal.queries.differences import OURS, THEIRS
from portal.queries.scope import visible_borrowers

PAGE_LISTS = 20


@dataclass(frozen=True, slots=True)
class Made:
    """One list held against the ledger.

    Attributes:
        contracts: how many were compared; this and the three after it are ``None`` to who does not see the district.
        differing: differences the reader sees.
        unexplained: those of them no clerk has put away.

    """

    list_id: int
    lender: str
    data_on: date
    made_at: datetime | None
    contracts: int | None
    agreeing: int | None
    ours_total: Decimal | None
    theirs_total: Decimal | None
    differing: int
    unexplained: int


@dataclass(frozen=True, slots=True)
class CauseSum:
    """The differences of one cause: how many, how many are not explained yet, and both sides' sums."""

    cause: DifferenceCause
    count: int
    unexplained: int
    ours: Decimal
    theirs: Decimal


_UNEXPLAINED = func.count(case((Difference.settled_on.is_(None), 1)))


def made(session: Session, actor: Actor, today: date, *, before: int | None = None) -> tuple[Made, ...]:
    """Return the lists held against the ledger, newest first.

    Args:
        session: any session.
        actor: who reads.
        today: the day their reach is judged on.
        before: only lists written down before this one, for the next page.

    """
    query = _LISTS.join(Reconciliation, Reconciliation.arrears_list_id == ArrearsList.id)
    if before is not None:
        query = query.where(ArrearsList.id < before)
    rows = session.execute(query.order_by(ArrearsList.id.desc()).limit(PAGE_LISTS)).all()
    counts = _counts(session, actor, today, [row[0] for row in rows])
    return tuple(_made(row, actor, counts) for row in rows)


def one(session: Session, actor: Actor, today: date, list_id: int) -> Made:
    """Return one list; ``made_at`` is empty while it has not been compared yet.

    Raises:
        NotVisible: there is no such list.

    """
    row = session.execute(
        _LISTS.outerjoin(Reconciliation, Reconciliation.arrears_list_id == ArrearsList.id).where(
            ArrearsList.id == list_id
        )
    ).one_or_none()
    if row is None:
        raise NotVisible
    return _made(row, actor, _counts(session, actor, today, [list_id]))


def of_import(session: Session, batch_id: int) -> int:
    """Return the id of the list an import brought, or of the one that has replaced it since.

    Raises:
        NotVisible: it brought none.

    """
    found = session.scalar(
        select(ArrearsList.id)
        .join(
            ImportBatch,
            (ImportBatch.lender_id == ArrearsList.lender_id) & (ImportBatch.data_on == ArrearsList.data_on),
        )
        .where(ImportBatch.id == batch_id, ImportBatch.kind == ImportKind.ARREARS)
    )
    if found is None:
        raise NotVisible
    return found


def causes(session: Session, actor: Actor, today: date, list_id: int) -> tuple[CauseSum, ...]:
    """Return counts and sums by cause, in the order the causes are tried in."""
    rows = session.execute(
        select(
            Difference.cause,
            func.count(),
            _UNEXPLAINED,
            type_coerce(func.sum(OURS), Yuan()),
            type_coerce(func.sum(THEIRS), Yuan()),
        )
        .join(Loan, Loan.id == Difference.loan_id)
        .where(Difference.arrears_list_id == list_id, Loan.borrower_id.in_(visible_borrowers(actor, today)))
        .group_by(Difference.cause)
    )
    found = {row[0]: CauseSum(*row) for row in rows}
    return tuple(found[cause] for cause in DifferenceCause if cause in found)


_LISTS = (
    select(
        ArrearsList.id,
        Lender.name,
        ArrearsList.data_on,
        Reconciliation.made_at,
        Reconciliation.contracts,
        Reconciliation.agreeing,
        Reconciliation.ours_total,
        Reconciliation.theirs_total,
    )
    .select_from(ArrearsList)
    .join(Lender, Lender.id == ArrearsList.lender_id)
)


def _counts(session: Session, actor: Actor, today: date, list_ids: list[int]) -> dict[int, tuple[int, int]]:
    rows = session.execute(
        select(Difference.arrears_list_id, func.count(), _UNEXPLAINED)
        .join(Loan, Loan.id == Difference.loan_id)
        .where(Difference.arrears_list_id.in_(list_ids), Loan.borrower_id.in_(visible_borrowers(actor, today)))
        .group_by(Difference.arrears_list_id)
    )
    return {list_id: (count, unexplained) for list_id, count, unexplained in rows}


def _made(row: Row[*tuple[Any, ...]], actor: Actor, counts: dict[int, tuple[int, int]]) -> Made:
    """Return a row of the lists, without the whole list's totals for who does not see the district."""
    whole = REACH[actor.role] is Reach.DISTRICT
    differing, unexplained = counts.get(row.id, (0, 0))
    return Made(
        list_id=row.id,
        lender=row.name,
        data_on=row.data_on,
        made_at=row.made_at,
        contracts=row.contracts if whole else None,
        agreeing=row.agreeing if whole else None,
        ours_total=row.ours_total if whole else None,
        theirs_total=row.theirs_total if whole else None,
        differing=differing,
        unexplained=unexplained,
    )
