"""Facts learnt after the day they take effect on: noted, so that what was published since is held against them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.loans import Loan, Relief, ReliefCorrection, Repayment, Reversal
from models.rates import Backdating
from models.rules.facts import RepaymentKind
from models.rules.imports import ImportKind
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.among import among
from portal.queries.import_images import kept, kept_pieces
from portal.services.standing_history import Learnt

_DAY = timedelta(days=1)
_ASKED_AT_A_TIME = 20_000  # ids in one question
_EVER = date(2000, 1, 1)  # before anything a portal can have seen


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


def learnt_by_import(session: Session, *, batch: ImportBatch) -> Learnt | None:
    """Return what an import that has just been written says of days that are past, for each borrower of its own.

    Repayments take effect on the day money came in or was taken back; early ones taken back, on the day they were paid.
    A roster tells of past days only where it brings a contract, its terms, its settlement or a deferral; a list of
    reliefs from the first day that any of them, or what it corrects, ever held.
    """
    session.flush()
    subject = f"import/{batch.id}"
    if batch.kind is ImportKind.ARREARS and batch.data_on is not None:
        return Learnt(batch.data_on, subject)
    if batch.kind is ImportKind.REPAYMENTS:
        days, only_payments = _payment_days(session, batch.id)
    elif batch.kind is ImportKind.ROSTER:
        days, only_payments = _roster_days(session, batch.id), False
    elif batch.kind is ImportKind.RELIEFS:
        days, only_payments = _relief_days(session, batch.id), False
    else:
        return None
    return Learnt(min(days.values()), subject, days, only_payments=only_payments) if days else None


def learnt_by_undoing(session: Session, *, batch: ImportBatch) -> Learnt | None:
    """Return what taking an import back changes about days that are past.

    A roster or a list of reliefs taken back leaves nothing behind that could say from when on: any day may be meant.
    """
    if batch.kind in (ImportKind.ROSTER, ImportKind.RELIEFS):
        return Learnt(_EVER, f"import/{batch.id}")
    return learnt_by_import(session, batch=batch)


def _payment_days(session: Session, batch_id: int) -> tuple[dict[int, date], bool]:
    is_early = Repayment.kind == RepaymentKind.EARLY
    paid = session.execute(
        select(Loan.borrower_id, func.min(Repayment.paid_on), func.max(case((is_early, 1), else_=0)))
        .join(Loan, Loan.id == Repayment.loan_id)
        .where(Repayment.import_batch_id == batch_id)
        .group_by(Loan.borrower_id)
    ).all()
    returned = session.execute(
        select(Loan.borrower_id, func.min(case((is_early, Repayment.paid_on), else_=Reversal.reversed_on)))
        .select_from(Reversal)
        .join(Repayment, Repayment.id == Reversal.repayment_id)
        .join(Loan, Loan.id == Repayment.loan_id)
        .where(Reversal.import_batch_id == batch_id)
        .group_by(Loan.borrower_id)
    ).all()
    days: dict[int, date] = {}
    _earliest(days, ((row[0], row[1]) for row in (*paid, *returned)))
    return days, not returned and not any(row[2] for row in paid)


def _roster_days(session: Session, batch_id: int) -> dict[int, date]:
    days: dict[int, date] = {}
    after: dict[date, date] = {}  # one object for each day, not one for each borrower of a long list
    for ids in kept_pieces(session, batch_id, "#new loans"):
        new = select(Loan.borrower_id, func.min(Loan.subsidy_ends_on)).where(among(Loan.id, ids))
        for borrower_id, ended_on in session.execute(new.group_by(Loan.borrower_id)):
            _earliest(days, [(borrower_id, after.setdefault(ended_on, ended_on + _DAY))])
    replanned = set(kept(session, batch_id, "#replanned"))
    before = {row["id"]: row for row in kept(session, batch_id, Loan.__tablename__)}
    for piece in chunks(before):
        held = session.execute(
            select(Loan.id, Loan.borrower_id, Loan.subsidy_ends_on, Loan.settled_on).where(Loan.id.in_(piece))
        )
        for loan_id, borrower_id, ended_on, settled_on in held:
            old = before[loan_id]
            if loan_id in replanned:
                ended_before = date.fromisoformat(old["subsidy_ends_on"])
                _earliest(days, [(borrower_id, min(ended_before, ended_on) + _DAY)])
            settled_before = date.fromisoformat(old["settled_on"]) if old["settled_on"] else None
            if settled_before != settled_on:
                _earliest(days, [(borrower_id, one) for one in (settled_before, settled_on) if one is not None])
    for borrower_id, day in _relief_days(session, batch_id).items():
        _earliest(days, [(borrower_id, day)])
    return days


def _relief_days(session: Session, batch_id: int) -> dict[int, date]:
    days: dict[int, date] = {}
    of_contract = select(Loan.borrower_id).join(Relief, Relief.loan_id == Loan.id)
    entered = of_contract.add_columns(Relief.from_on).where(Relief.import_batch_id == batch_id)
    corrected = select(ReliefCorrection.relief_id).where(ReliefCorrection.import_batch_id == batch_id)
    was = of_contract.add_columns(Relief.from_on).where(Relief.id.in_(corrected))
    said = (
        of_contract.join(ReliefCorrection, ReliefCorrection.relief_id == Relief.id)
        .add_columns(ReliefCorrection.from_on)
        .where(Relief.id.in_(corrected))
    )
    for reliefs in (entered, was, said):
        _earliest(days, ((row[0], row[1]) for row in session.execute(reliefs)))
    return days


def _earliest(days: dict[int, date], more: Iterable[tuple[int, date]]) -> None:
    for borrower_id, day in more:
        days[borrower_id] = min(day, days.get(borrower_id, day))


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
        for piece in chunks(touched, _ASKED_AT_A_TIME):
            study_ended = session.scalar(select(func.min(Loan.subsidy_ends_on)).where(among(Loan.borrower_id, piece)))
            found.append(study_ended + _DAY if study_ended else None)
    return min((day for day in found if day is not None), default=None)
