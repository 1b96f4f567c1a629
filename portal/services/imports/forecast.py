"""What a list would do to where people stand; nothing is written.

Of most the list itself settles it, which few questions to the database tell; the rest are judged by the very rules that
will judge them when it is applied.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import Row, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.loans import ContractChange, Instalment, Loan, Relief, Repayment, Reversal
from models.rules.facts import BorrowerFacts, LoanFacts, ReliefFact, RepaymentFact, RepaymentKind, StatementFact
from models.rules.imports import ImportKind, Phase, RowOutcome
from models.rules.standing import StandingState, stand
from models.rules.workflows import ESCALATION, NOTICE, SUSPICION
from models.standings import BorrowerStanding
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.among import among
from portal.queries.loan_facts import facts_of, reliefs_in_force
from portal.queries.plain_payments import overdue_after
from portal.services import cures
from portal.services.imports.arrears_lines import ArrearsLine, newest_list
from portal.services.imports.relief_lines import ReliefLine
from portal.services.imports.rows import Staged
from portal.services.imports.watching import Watch

_NIL = Decimal("0.00")
_AT_A_TIME = 500
_ASKED_AT_A_TIME = 5_000
Change = Callable[[LoanFacts], LoanFacts]


def foretell(session: Session, *, act: Act, kind: ImportKind, staged: Staged, watch: Watch) -> dict[str, int]:
    """Count who would fall into arrears, who would be cured, and what under way against them would end with it.

    Args:
        session: any session.
        act: the day to judge for.
        kind: arrears list, repayment list or list of reliefs; other kinds bring contracts, whose standings begin with
            them, or nothing that a standing rests on.
        staged: the list as compared.
        watch: told how far it is.

    """
    if kind is ImportKind.ARREARS and staged.lender_id is not None and staged.data_on is not None:
        return _arrears(session, act.today, staged, staged.lender_id, staged.data_on, watch)
    if kind is ImportKind.REPAYMENTS:
        return _repayments(session, act.today, staged, watch)
    if kind is ImportKind.RELIEFS:
        return _reliefs(session, act.today, staged, watch)
    return {}


def _arrears(
    session: Session, today: date, staged: Staged, lender_id: int, data_on: date, watch: Watch
) -> dict[str, int]:
    newest = newest_list(session, lender_id)
    kept = staged.keeps | set(staged.supplemented)
    lines = {loan_id: newest.lines[loan_id] for loan_id in kept if loan_id in newest.lines}
    lines |= {line.loan_id: line for _, line in staged.clean}
    named = {one.borrower_id for one in _contracts(session, lender_id, Loan.id, lines)}
    is_overdue = BorrowerStanding.state == StandingState.OVERDUE
    overdue = set(session.scalars(select(BorrowerStanding.borrower_id).where(is_overdue)))
    # Whoever is neither overdue nor on the list stays where he is.
    ids = named | {one.borrower_id for one in _contracts(session, lender_id, Loan.borrower_id, overdue)}
    certain = _certain(session, today, lines, data_on)
    owing = {one.borrower_id for one in _contracts(session, lender_id, Loan.id, lines) if lines[one.id].total}
    cleared = _cleared(session, today, ids - owing, lender_id, data_on)
    unsure = ids - certain - cleared
    of_list = {one.id for one in _contracts(session, lender_id, Loan.borrower_id, unsure)}

    def changed(loan: LoanFacts) -> LoanFacts:
        if loan.loan_key not in of_list or loan.signed_on > data_on:
            return loan
        line = lines.get(int(loan.loan_key))
        if line is None:
            return replace(loan, statement=StatementFact(data_on, _NIL, _NIL, _NIL))
        said = StatementFact(data_on, line.overdue_principal, line.overdue_interest, line.penalty, line.overdue_since)
        return replace(loan, statement=said)

    found = _count(session, today, unsure, overdue, changed, watch, cured=cleared & overdue)
    return found | {"falls_overdue": found["falls_overdue"] + len(certain - overdue)}


def _contracts(
    session: Session, lender_id: int, column: InstrumentedAttribute[int], ids: Collection[int]
) -> Iterator[Row[int, int, int]]:
    """Go through the contracts of a lender with one of some ids.

    Whose they are is told here, since asked for with the ids it may lead the database through all of the lender's.
    """
    query = select(Loan.id, Loan.borrower_id, Loan.lender_id)
    for piece in chunks(sorted(ids), _ASKED_AT_A_TIME):
        yield from (one for one in session.execute(query.where(among(column, piece))) if one.lender_id == lender_id)


def _certain(session: Session, today: date, lines: Mapping[int, ArrearsLine], data_on: date) -> set[int]:
    """Return the borrowers whom the list makes overdue whatever else there is: nearly all who stand on it.

    A line with money in it, missed before today, on a live contract of a student who has left, with nothing put off,
    waived or altered and nothing paid since the data date: no other fact can clear it.
    """
    plain = [loan_id for loan_id, line in lines.items() if line.total and line.overdue_since < today]
    found: set[int] = set()
    for piece in chunks(plain):
        found |= set(
            session.scalars(
                select(Loan.borrower_id).where(
                    Loan.id.in_(piece),
                    Loan.settled_on.is_(None),
                    Loan.subsidy_ends_on < today,
                    Loan.signed_on <= data_on,
                    ~exists().where(Relief.loan_id == Loan.id),
                    ~exists().where(ContractChange.loan_id == Loan.id),
                    ~exists().where(Repayment.loan_id == Loan.id, Repayment.paid_on > data_on),
                )
            )
        )
    return found


def _cleared(session: Session, today: date, ids: Collection[int], lender_id: int, data_on: date) -> set[int]:
    """Return those of whom nothing is overdue whatever else there is: nearly all whom a list names no longer.

    The list says nothing of money on any of their contracts, which are all of its lender; nothing fell due since, no
    relief or change moves a due day, and no money was taken back or came early.
    """
    is_odd = or_(Repayment.kind == RepaymentKind.EARLY, Reversal.repayment_id.is_not(None))
    odd = select(Repayment.id).outerjoin(Reversal).where(Repayment.loan_id == Loan.id, is_odd).correlate(Loan)
    fell_due = exists().where(
        Instalment.plan_id == Loan.plan_id, Instalment.due_on > data_on, Instalment.due_on < today
    )
    unsure = (
        select(Loan.borrower_id)
        .where(
            or_(Loan.settled_on.is_(None), Loan.settled_on > today),
            or_(
                Loan.lender_id != lender_id,
                Loan.signed_on > data_on,
                exists().where(Relief.loan_id == Loan.id),
                exists().where(ContractChange.loan_id == Loan.id),
                odd.exists(),
                fell_due,
            ),
        )
        .distinct()
    )
    found = set(ids)
    for piece in chunks(sorted(ids), _ASKED_AT_A_TIME):
        found.difference_update(session.scalars(unsure.where(among(Loan.borrower_id, piece))))
    return found


def _repayments(session: Session, today: date, staged: Staged, watch: Watch) -> dict[str, int]:
    paid: dict[int, list[RepaymentFact]] = defaultdict(list)
    taken_back: dict[tuple[int, date, Decimal], date] = {}
    for outcome, line in staged.clean:
        if outcome is RowOutcome.NEW:
            paid[line.loan_id].append(RepaymentFact(line.paid_on, line.amount, line.reversed_on))
        elif outcome is RowOutcome.CHANGED and line.reversed_on:
            taken_back[line.loan_id, line.paid_on, line.amount] = line.reversed_on
    loans = {*paid, *(loan_id for loan_id, _, _ in taken_back)}
    ids: set[int] = set()
    for piece in chunks(sorted(loans)):
        ids |= set(session.scalars(select(Loan.borrower_id).where(Loan.id.in_(piece))))
    overdue: set[int] = set()
    for piece in chunks(sorted(ids)):
        overdue |= _overdue_among(session, piece)
    known: dict[int, bool] = {}
    if not taken_back and not any(one.reversed_on for held in paid.values() for one in held):
        ids = _not_clear(session, today, ids)  # money that came in puts nobody in arrears
        for piece in chunks(sorted(ids), _ASKED_AT_A_TIME):
            known |= overdue_after(session, piece, today, paid)

    def changed(loan: LoanFacts) -> LoanFacts:
        loan_id = int(loan.loan_key)
        if loan_id not in loans:
            return loan
        held = [
            replace(one, reversed_on=taken_back.get((loan_id, one.paid_on, one.amount), one.reversed_on))
            for one in loan.repayments
        ]
        return replace(loan, repayments=tuple(sorted([*held, *paid[loan_id]], key=lambda one: one.paid_on)))

    cured = {borrower_id for borrower_id in known.keys() & overdue if not known[borrower_id]}
    found = _count(session, today, ids - known.keys(), overdue, changed, watch, cured=cured)
    falls = sum(is_overdue and borrower_id not in overdue for borrower_id, is_overdue in known.items())
    return found | {"falls_overdue": found["falls_overdue"] + falls}


def _reliefs(session: Session, today: date, staged: Staged, watch: Watch) -> dict[str, int]:
    lines: dict[int, list[ReliefLine]] = defaultdict(list)
    for outcome, line in staged.clean:
        if outcome in (RowOutcome.NEW, RowOutcome.CHANGED):
            lines[line.loan_id].append(line)
    held: dict[int, dict[int, ReliefFact]] = {}
    ids: set[int] = set()
    overdue: set[int] = set()
    for piece in chunks(sorted(lines)):
        held |= {loan_id: dict(found) for loan_id, found in reliefs_in_force(session, piece).items()}
        ids |= set(session.scalars(select(Loan.borrower_id).where(Loan.id.in_(piece))))
    for piece in chunks(sorted(ids)):
        overdue |= _overdue_among(session, piece)

    def changed(loan: LoanFacts) -> LoanFacts:
        loan_id = int(loan.loan_key)
        if loan_id not in lines:
            return loan
        after = dict(held.get(loan_id, {}))
        for number, line in enumerate(lines[loan_id], start=1):
            if line.is_void and line.relief_id is not None:
                after.pop(line.relief_id, None)
            else:
                after[line.relief_id or -number] = line.fact
        return replace(loan, reliefs=tuple(sorted(after.values(), key=lambda one: one.from_on)))

    return _count(session, today, ids, overdue, changed, watch)


def _not_clear(session: Session, today: date, ids: Collection[int]) -> set[int]:
    """Leave out those who are not overdue and of whom nothing but a fact changes that."""
    row = BorrowerStanding
    is_clear = and_(row.state != StandingState.OVERDUE, or_(row.next_change_on.is_(None), row.next_change_on > today))
    found = set(ids)
    for piece in chunks(sorted(ids), _ASKED_AT_A_TIME):
        found.difference_update(session.scalars(select(row.borrower_id).where(among(row.borrower_id, piece), is_clear)))
    return found


def _overdue_among(session: Session, borrower_ids: Sequence[int]) -> set[int]:
    return set(
        session.scalars(
            select(BorrowerStanding.borrower_id).where(
                BorrowerStanding.borrower_id.in_(borrower_ids), BorrowerStanding.state == StandingState.OVERDUE
            )
        )
    )


def _count(
    session: Session,
    today: date,
    ids: Collection[int],
    overdue: Collection[int],
    changed: Change,
    watch: Watch,
    cured: Collection[int] = (),
) -> dict[str, int]:
    falls, cured = 0, list(cured)
    wanted = sorted(ids)
    for number, piece in enumerate(chunks(wanted, _AT_A_TIME)):
        watch.at(Phase.CHECK, number * _AT_A_TIME, len(wanted))
        for borrower_id, state in _after(session, today, piece, changed):
            is_overdue = state is StandingState.OVERDUE
            if is_overdue and borrower_id not in overdue:
                falls += 1
            elif borrower_id in overdue and not is_overdue:
                cured.append(borrower_id)
    ending = cures.count_ending(session, cured)
    return {
        "falls_overdue": falls,
        "cured": len(cured),
        "called_back": ending[NOTICE.name],
        "reports_ended": ending[SUSPICION.name],
        "requests_ended": ending[ESCALATION.name],
    }


def _after(
    session: Session,
    today: date,
    ids: Collection[int],
    changed: Change,
) -> Iterable[tuple[int, StandingState]]:
    found: Mapping[int, BorrowerFacts] = facts_of(session, ids, today)
    for borrower_id, facts in found.items():
        yield borrower_id, stand(BorrowerFacts(tuple(changed(loan) for loan in facts.loans)), today).state
