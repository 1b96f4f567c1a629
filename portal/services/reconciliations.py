"""A lender's list held against our ledger, some hundreds of borrowers at a time, and what a clerk found out.

A list is compared when it is applied, and again when repayments come in. A range done twice writes the same rows, and
its totals are added once; what a clerk wrote stays as long as the figures it was written about do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.loans import ArrearsList, Lender, Loan, Repayment, Statement
from models.reconciliations import Difference, Reconciliation
from models.rules.facts import LoanFacts, StatementFact
from models.rules.imports import ImportKind
from models.rules.jobs import JobKind
from models.rules.lenders import Profile
from models.rules.money import from_fen
from models.rules.reconciliation import Amounts, Terms, carried, explain, is_opening
from models.rules.reconciliation import Difference as Found
from models.rules.refusals import NotVisible
from portal.actors import Act
from portal.queries.loan_facts import facts_of, newest_lists
from portal.queries.scope import visible_borrowers
from portal.services import jobs

_BORROWERS = 300
_DAY = timedelta(days=1)
_NIL = from_fen(0)


@dataclass(frozen=True, slots=True)
class Range:
    """Borrowers of one lender by id, both ends included, to be compared in one transaction.

    Attributes:
        newest_loan: contracts written down after the comparison began are left for the next.
        before: contracts in the ranges before this one.
        items: contracts in this one.

    """

    first: int
    last: int
    newest_loan: int
    before: int
    items: int


def ask_after_import(session: Session, *, act: Act, batch: ImportBatch, again: str = "") -> None:
    """Ask for the comparison of what an applied import touches: its list, or with repayments the newest lists.

    ``again`` names what happened to the import since, such as that it was taken back. Before repayments or an earlier
    list are known of a lender there is no ledger to hold a list against.
    """
    if batch.kind not in {ImportKind.ARREARS, ImportKind.REPAYMENTS}:
        return
    newest = newest_lists(session, act.today)
    for lender_id, (list_id, data_on) in sorted(newest.items()):
        if batch.kind is ImportKind.ARREARS and lender_id != batch.lender_id:
            continue
        earlier = select(ArrearsList.id).where(ArrearsList.lender_id == lender_id, ArrearsList.data_on < data_on)
        paid = select(Repayment.id).join(Loan).where(Loan.lender_id == lender_id, Repayment.paid_on <= data_on)
        if session.scalar(earlier.limit(1)) is None and session.scalar(paid.limit(1)) is None:
            continue
        name = session.scalars(select(Lender.name).where(Lender.id == lender_id)).one()
        jobs.ask(
            session,
            act=act,
            kind=JobKind.RECONCILIATION,
            key=f"reconciliation:{list_id}:{batch.id}{again and ':' + again}",
            title=f"{name} {data_on.isoformat()}",
            arguments={"arrears_list_id": list_id},
        )


def ranges(session: Session, arrears_list_id: int) -> list[Range]:
    """Cut the lender's contracts into ranges of borrowers, in the order they are to be compared in."""
    held = session.get(ArrearsList, arrears_list_id)
    if held is None:
        return []
    of_lender = (Loan.lender_id == held.lender_id, Loan.signed_on <= held.data_on)
    newest = session.scalar(select(func.max(Loan.id)).where(*of_lender)) or 0
    rows = session.execute(
        select(Loan.borrower_id, func.count()).where(*of_lender).group_by(Loan.borrower_id).order_by(Loan.borrower_id),
        execution_options={"yield_per": 2000},
    )
    found: list[Range] = []
    before = 0
    for piece in rows.partitions(_BORROWERS):
        items = sum(count for _, count in piece)
        found.append(Range(piece[0][0], piece[-1][0], newest, before, items))
        before += items
    return found


def compare_range(session: Session, *, arrears_list_id: int, part: Range, made_at: datetime) -> None:
    """Compare one range and write what differs; a comparison that a newer one has overtaken does nothing.

    Args:
        session: a writing session.
        arrears_list_id: the list.
        part: one of ``ranges``.
        made_at: the moment of this comparison, the same for all its ranges.

    """
    held = session.get(ArrearsList, arrears_list_id)
    if held is None:
        return
    kept = _begun(session, arrears_list_id, made_at)
    if kept is None:
        return
    loans, lines, terms = _facts(session, held, part)
    old = {
        one.loan_id: one
        for one in session.scalars(
            select(Difference)
            .join(Loan, Loan.id == Difference.loan_id)
            .where(Difference.arrears_list_id == arrears_list_id, Loan.borrower_id.between(part.first, part.last))
        )
    }
    ours_total = theirs_total = _NIL
    differing = 0
    for loan in loans:
        loan_id = int(loan.loan_key)
        theirs = lines.get(loan_id) or StatementFact(held.data_on, _NIL, _NIL, _NIL)
        ours = carried(loan, held.data_on)
        found = explain(loan, theirs, ours, terms)
        if found is not None and is_opening(loan, found):
            ours, found = found.theirs, None
        ours_total += ours.total
        theirs_total += theirs.overdue_principal + theirs.overdue_interest + theirs.penalty
        if found is not None:
            differing += 1
            _write(session, arrears_list_id, loan_id, found, old.pop(loan_id, None))
    for gone in old.values():
        session.delete(gone)
    if kept.contracts < part.before + part.items:  # else done before, and only the note of it was lost
        kept.contracts += len(loans)
        kept.agreeing += len(loans) - differing
        kept.ours_total += ours_total
        kept.theirs_total += theirs_total
    session.flush()


def note(session: Session, *, act: Act, difference_id: int, text: str, is_explained: bool) -> Difference:
    """Write down what a clerk found out about a difference, and whether it is explained.

    Raises:
        NotVisible: there is no such difference, or not for this person.

    """
    found = session.scalars(
        select(Difference)
        .join(Loan, Loan.id == Difference.loan_id)
        .where(Difference.id == difference_id, Loan.borrower_id.in_(visible_borrowers(act.person, act.today)))
        .with_for_update(of=Difference)
    ).one_or_none()
    if found is None:
        raise NotVisible
    found.note = " ".join(text.split())
    found.noted_by_id = act.user_id
    if is_explained and found.settled_on is None:
        found.settled_on = act.today
    elif not is_explained:
        found.settled_on = None
    borrower_id = session.scalars(select(Loan.borrower_id).where(Loan.id == found.loan_id)).one()
    act.record(
        session,
        "reconciliation:noted",
        borrower_id=borrower_id,
        subject=f"difference/{found.id}",
        cause=found.cause.value,
        is_explained=is_explained,
    )
    return found


def _begun(session: Session, arrears_list_id: int, made_at: datetime) -> Reconciliation | None:
    """Return the comparison to add to, begun anew if the one kept is older; ``None`` if it is newer."""
    kept = session.scalars(
        select(Reconciliation).where(Reconciliation.arrears_list_id == arrears_list_id).with_for_update()
    ).one_or_none()
    if kept is None:
        kept = Reconciliation(
            arrears_list_id=arrears_list_id,
            made_at=made_at,
            contracts=0,
            agreeing=0,
            ours_total=_NIL,
            theirs_total=_NIL,
        )
        session.add(kept)
        session.flush()
    elif kept.made_at > made_at:
        return None
    elif kept.made_at < made_at:
        kept.made_at = made_at
        kept.contracts = kept.agreeing = 0
        kept.ours_total = kept.theirs_total = _NIL
    return kept


def _facts(session: Session, held: ArrearsList, part: Range) -> tuple[list[LoanFacts], dict[int, StatementFact], Terms]:
    """Return the contracts as they stood before the list, the list's lines, and the lender's terms of comparing."""
    lender = session.get_one(Lender, held.lender_id)
    mine = session.execute(
        select(Loan.id, Loan.borrower_id).where(
            Loan.lender_id == held.lender_id,
            Loan.signed_on <= held.data_on,
            Loan.id <= part.newest_loan,
            Loan.borrower_id.between(part.first, part.last),
        )
    ).all()
    wanted = {loan_id for loan_id, _ in mine}
    facts = facts_of(session, sorted({borrower_id for _, borrower_id in mine}), held.data_on - _DAY)
    loans = [loan for one in facts.values() for loan in one.loans if loan.loan_key in wanted]
    lines = {
        row.loan_id: StatementFact(
            held.data_on, row.overdue_principal, row.overdue_interest, row.penalty, row.overdue_since
        )
        for row in session.scalars(
            select(Statement).where(Statement.arrears_list_id == held.id, Statement.loan_id.in_(wanted))
        )
    }
    posting = Profile(lender.settlement_day, lender.unsettled_month, lender.posting_days)
    return loans, lines, Terms(lender.tolerance, posting)


def _write(session: Session, arrears_list_id: int, loan_id: int, found: Found, old: Difference | None) -> None:
    values = {"cause": found.cause, **_columns("ours", found.ours), **_columns("theirs", found.theirs)}
    if old is None:
        session.add(Difference(arrears_list_id=arrears_list_id, loan_id=loan_id, **values))
        return
    if any(getattr(old, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(old, name, value)
        old.settled_on = None  # it was explained of other figures; the note stays to be read


def _columns(side: str, amounts: Amounts) -> dict[str, Any]:
    parts: dict[str, Decimal] = {
        "principal": amounts.principal,
        "interest": amounts.interest,
        "penalty": amounts.penalty,
    }
    return {f"{side}_{name}": value for name, value in parts.items()}
