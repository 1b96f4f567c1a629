"""Facts learnt after the day they take effect on: noted, so that what was published since is held against them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.loans import Loan, Repayment, Reversal
from models.rates import Backdating
from models.rules.imports import ImportKind
from portal.actors import Act
from portal.services.imports.holdings import chunks


def note(session: Session, *, act: Act, effective_on: date, borrowers: int, subject: str) -> None:
    """Note a fact that takes effect before the act's day; any other is passed over.

    Args:
        session: a writing session.
        act: who brought the fact.
        effective_on: the earliest day it takes effect on.
        borrowers: how many it touched.
        subject: what it was, without personal data: ``import/12``, ``relief/7``.

    """
    if effective_on < act.today and borrowers:
        session.add(Backdating(effective_on=effective_on, recorded_at=act.at, borrowers=borrowers, subject=subject))


def note_import(session: Session, *, act: Act, batch: ImportBatch, touched: Collection[int]) -> None:
    """Note an applied import by the earliest day that what it brought takes effect on.

    An arrears list takes effect on its data date, reliefs on the first day of the earliest of them, repayments on the
    earliest day money came in or was taken back, a
    roster on the first day after the study of any contract of those it touched: before it nothing can fall due.

    Args:
        session: a writing session.
        act: who applied it.
        batch: the import, its facts written.
        touched: ids of the borrowers it touched.

    """
    session.flush()
    effective_on = _effective_on(session, batch, touched)
    if effective_on is not None:
        note(session, act=act, effective_on=effective_on, borrowers=len(touched), subject=f"import/{batch.id}")


def _effective_on(session: Session, batch: ImportBatch, touched: Collection[int]) -> date | None:
    if batch.kind is ImportKind.ARREARS:
        return batch.data_on
    if batch.kind is ImportKind.RELIEFS:
        first = batch.facts.get("effective_on")
        return date.fromisoformat(first) if first else None
    found: list[date | None] = []
    if batch.kind is ImportKind.REPAYMENTS:
        found.append(session.scalar(select(func.min(Repayment.paid_on)).where(Repayment.import_batch_id == batch.id)))
        found.append(session.scalar(select(func.min(Reversal.reversed_on)).where(Reversal.import_batch_id == batch.id)))
    elif batch.kind is ImportKind.ROSTER:
        for piece in chunks(touched):
            study_ended = session.scalar(select(func.min(Loan.subsidy_ends_on)).where(Loan.borrower_id.in_(piece)))
            found.append(study_ended + timedelta(days=1) if study_ended else None)
    return min((day for day in found if day is not None), default=None)
