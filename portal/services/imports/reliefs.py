"""The list of reliefs and deferrals: what the bank or the county waives, puts off or pauses, contract by contract.

Its lines become the same facts that the page of a contract writes. A later list corrects an earlier one by a new fact:
the relief of the same kind and scope that begins on the same day, or the only one it overlaps with.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.loans import Loan, Relief, ReliefCorrection
from models.rules import cells
from models.rules.facts import PauseCause, ReliefFact, ReliefKind
from models.rules.imports import Phase, RowOutcome
from models.rules.refusals import Refused, StaleData
from models.rules.reliefs import check_relief
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.import_images import TOUCHED
from portal.queries.loan_facts import reliefs_in_force
from portal.services import relief_facts
from portal.services.imports.naming import Named, NamedLoan
from portal.services.imports.relief_lines import CONTRACT, ReliefLine, read
from portal.services.imports.rows import RowCheck, Staged, StagedRow, change, one_data_date, row_label
from portal.services.imports.trail import Trail, last_id
from portal.services.imports.watching import UNWATCHED, Watch
from portal.sheets import tables
from portal.sheets.more_columns import RELIEFS
from portal.sheets.reading import Sheet
from portal.sheets.tables import Table

_NAME = 60
Held = dict[int, list[tuple[int, ReliefFact]]]  # contract -> (relief, what it says now)


def stage(
    session: Session, *, act: Act, sheets: tuple[Sheet, ...], data_on: date | None, watch: Watch = UNWATCHED
) -> Staged:
    """Check the lines and compare them with the reliefs in force; writes nothing.

    Raises:
        Refused: the list as a whole cannot be used.

    """
    table = tables.find(sheets, RELIEFS)
    if not table.rows:
        raise Refused("There is no row below the headings.")
    listed_on, wrong_days = one_data_date(table, data_on)
    named = _named(session, table)
    held: Held = {}
    for piece in chunks(sorted({loan.id for loans in named.loans.values() for loan in loans})):
        held |= reliefs_in_force(session, piece)
    rows: list[StagedRow] = []
    clean: list[tuple[RowOutcome, ReliefLine]] = []
    first: list[date] = []
    counts = {"waivers": 0, "deferrals": 0, "pauses": 0, "taken_back": 0}
    for row in watch.over(Phase.CHECK, table.rows):
        check, loan, line = read(row, named)
        if row.number in wrong_days:
            check.refuse("data_on", wrong_days[row.number])
        label = row_label(cells.text(row["contract_no"])[:CONTRACT], cells.text(row["name"])[:_NAME])
        if loan is None or line is None or check.is_rejected:
            rows.append(check.rejected(label))
            continue
        judged = _compare(check, act.today, loan, line, held.setdefault(loan.id, []), row.number)
        if judged is None:
            rows.append(check.rejected(label))
            continue
        outcome, changes, line = judged
        rows.append(StagedRow(row.number, outcome, label, {"clean": line.content()}, "", changes, check.problems))
        clean.append((outcome, line))
        if outcome is not RowOutcome.UNCHANGED:
            first.append(line.fact.from_on)
            counts["taken_back" if line.is_void else f"{line.fact.kind.value}s"] += 1
    return Staged(
        rows,
        headings=table.headings,
        data_on=listed_on or act.today,
        clean=clean,
        facts=counts | {"effective_on": min(first).isoformat() if first else None},
    )


def apply(session: Session, *, act: Act, batch: ImportBatch, lines: Sequence[ReliefLine]) -> set[int]:
    """Write the lines down as facts, each with its event.

    Returns:
        Ids of the borrowers whose facts changed.

    Raises:
        StaleData: reliefs were entered or corrected by hand since the list was compared.

    """
    trail = Trail(session, batch.id)
    last = {table: last_id(session, table) for table in (Relief, ReliefCorrection)}
    loans: dict[int, Loan] = {}
    for piece in chunks(sorted({line.loan_id for line in lines})):
        query = select(Loan).where(Loan.id.in_(piece)).order_by(Loan.id).with_for_update()
        loans |= {loan.id: loan for loan in session.scalars(query)}
    touched: set[int] = set()
    try:
        for line in lines:
            if _write(session, act, batch, loans[line.loan_id], line):
                touched.add(loans[line.loan_id].borrower_id)
    except Refused as refusal:
        raise StaleData(
            "Reliefs were entered by hand after this list was compared (%(why)s): compare it again, then confirm.",
            why=refusal,
        ) from refusal
    session.flush()
    for table, before in last.items():
        trail.new_since(table, before)
    trail.ids(TOUCHED, touched)
    return touched


def _write(session: Session, act: Act, batch: ImportBatch, loan: Loan, line: ReliefLine) -> bool:
    if line.relief_id is None:
        said = [fact for _, fact in reliefs_in_force(session, [loan.id]).get(loan.id, ())]
        if line.fact in said:
            return False  # a row that changes nothing
        relief_facts.enter(
            session, act=act, loan=loan, fact=line.fact, cause=line.cause, reason=line.reason, import_batch_id=batch.id
        )
        return True
    relief = session.get_one(Relief, line.relief_id)
    if line.is_void:
        relief_facts.void(session, act=act, loan=loan, relief=relief, reason=line.reason, import_batch_id=batch.id)
    else:
        relief_facts.correct(
            session,
            act=act,
            loan=loan,
            relief=relief,
            from_on=line.fact.from_on,
            to_on=line.fact.to_on,
            reason=line.reason,
            import_batch_id=batch.id,
        )
    session.flush()
    return True


def _named(session: Session, table: Table) -> Named:
    numbers = []
    for row in table.rows:
        try:
            numbers.append(cells.resident_id(row["id_number"]))
        except Refused:
            continue  # named in its own row
    return Named.load(session, (cells.text(row["contract_no"]) for row in table.rows), numbers)


def _compare(
    check: RowCheck,
    today: date,
    loan: NamedLoan,
    line: ReliefLine,
    held: list[tuple[int, ReliefFact]],
    number: int,
) -> tuple[RowOutcome, list[dict[str, Any]], ReliefLine] | None:
    """Say what a line does to the reliefs of its contract, which then count as it leaves them; ``None``: it cannot."""
    try:
        old = _meant(line.fact, held)
        if line.is_void:
            return _taken_back(line, old, held)
    except Refused as refusal:
        check.refuse("is_void" if line.is_void else "from_on", refusal)
        return None
    if old is not None and old[1] == line.fact:
        return RowOutcome.UNCHANGED, [], line
    others = [fact for relief_id, fact in held if old is None or relief_id != old[0]]
    cause = line.cause
    if line.fact.kind is ReliefKind.PAUSE and cause is None and old is not None:
        cause = PauseCause.OTHER  # the one it corrects has said why
    try:
        check_relief(line.fact, others, cause=cause, signed_on=loan.signed_on, settled_on=loan.settled_on, today=today)
    except Refused as refusal:
        check.refuse("from_on", refusal)
        return None
    if old is None:
        held.append((-number, line.fact))
        return RowOutcome.NEW, [], line
    held[held.index(old)] = (old[0], line.fact)
    corrects = ReliefLine(line.loan_id, line.fact, line.cause, line.reason, relief_id=old[0])
    return RowOutcome.CHANGED, _changes(old[1], line.fact), corrects


def _taken_back(
    line: ReliefLine, old: tuple[int, ReliefFact] | None, held: list[tuple[int, ReliefFact]]
) -> tuple[RowOutcome, list[dict[str, Any]], ReliefLine]:
    if old is None:
        raise Refused("We hold no such relief that could be taken back.")
    held.remove(old)
    gone = ReliefLine(line.loan_id, old[1], line.cause, line.reason, is_void=True, relief_id=old[0])
    return RowOutcome.CHANGED, [change(RELIEFS.heading("is_void"), "", "是")], gone


def _meant(fact: ReliefFact, held: list[tuple[int, ReliefFact]]) -> tuple[int, ReliefFact] | None:
    """Return the relief a line is about: the one that begins on the same day, or the only one it overlaps with.

    Raises:
        Refused: it overlaps with several, or another row is about the same.

    """
    alike = [one for one in held if (one[1].kind, one[1].scope) == (fact.kind, fact.scope)]
    same = [one for one in alike if one[1].from_on == fact.from_on]
    found = same or [one for one in alike if _overlap(one[1], fact)]
    if not found:
        return None
    if len(found) > 1:
        raise Refused("It overlaps with several reliefs we hold: correct those on the page of the contract first.")
    if found[0][0] <= 0:
        raise Refused("Another row of this list is about the same relief: keep one.")
    return found[0]


def _overlap(one: ReliefFact, other: ReliefFact) -> bool:
    return one.from_on < (other.to_on or date.max) and other.from_on < (one.to_on or date.max)


def _changes(old: ReliefFact, new: ReliefFact) -> list[dict[str, Any]]:
    until = "deferred_until" if new.kind is ReliefKind.DEFERRAL else "last_on"
    found = []
    if old.from_on != new.from_on:
        found.append(change(RELIEFS.heading("from_on"), old.from_on, new.from_on))
    if old.to_on != new.to_on:
        found.append(change(RELIEFS.heading(until), _shown_end(old), _shown_end(new)))
    return found


def _shown_end(fact: ReliefFact) -> date | None:
    """Return the last day as the list writes it: a deferral names the new due day, others their last day."""
    if fact.to_on is None or fact.kind is ReliefKind.DEFERRAL:
        return fact.to_on
    return date.fromordinal(fact.to_on.toordinal() - 1)
