"""The list of contact details from a bank or a school: numbers and addresses added beside what is known.

Nothing held is overwritten, replaced or ranked down: which to try first is judged from what worked and from where it
came (``rules/contact_confidence``). One that was found to be wrong is not taken up again because a list repeats it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.borrowers import ContactPoint, contact_last_four_index
from models.imports import ImportBatch
from models.rules import cells, identity
from models.rules.borrowers import ContactKind, ContactSource
from models.rules.contact_confidence import Confidence, confidence, order
from models.rules.imports import Phase, RowOutcome
from models.rules.refusals import Refused
from portal.actors import Act
from portal.pieces import chunks
from portal.queries.import_images import TOUCHED
from portal.services.imports.contact_lines import CONTRACT, NAME, ContactLine, Way, read, ways_of
from portal.services.imports.naming import Named
from portal.services.imports.rows import (
    RowCheck,
    Staged,
    StagedRow,
    change,
    one_data_date,
    other_rows,
    row_label,
)
from portal.services.imports.trail import Trail, last_id
from portal.services.imports.watching import UNWATCHED, Watch
from portal.sheets import tables
from portal.sheets.more_columns import CONTACTS
from portal.sheets.reading import Sheet
from portal.sheets.tables import TableRow


@dataclass(frozen=True, slots=True)
class _Held:
    """A contact point we hold."""

    kind: ContactKind
    index: str
    source: ContactSource
    worked_on: date | None
    failed_on: date | None
    ended_on: date | None
    added_on: date
    masked: str

    @property
    def confidence(self) -> Confidence:
        return confidence(worked_on=self.worked_on, failed_on=self.failed_on, ended_on=self.ended_on)

    @property
    def order(self) -> tuple[int, int, int, int]:
        return order(
            source=self.source,
            worked_on=self.worked_on,
            failed_on=self.failed_on,
            ended_on=self.ended_on,
            added_on=self.added_on,
        )


def stage(
    session: Session, *, act: Act, sheets: tuple[Sheet, ...], data_on: date | None, watch: Watch = UNWATCHED
) -> Staged:
    """Check the rows and say what each adds; writes nothing.

    Raises:
        Refused: the list as a whole cannot be used.

    """
    table = tables.find(sheets, CONTACTS)
    if not table.rows:
        raise Refused("There is no row below the headings.")
    listed_on, wrong_days = one_data_date(table, data_on)
    named = Named.load(session, (cells.text(row["contract_no"]) for row in table.rows), _id_numbers(table.rows))
    held = _held(session, named.people)
    shared = _shared(table.rows)
    rows: list[StagedRow] = []
    added = 0
    for row in watch.over(Phase.CHECK, table.rows):
        check, line = read(row, named)
        if row.number in wrong_days:
            check.refuse("data_on", wrong_days[row.number])
        label = row_label(cells.text(row["contract_no"])[:CONTRACT], cells.text(row["name"])[:NAME])
        if line is None or check.is_rejected:
            rows.append(check.rejected(label))
            continue
        known = held.setdefault(line.borrower_id, [])
        new = _new(check, line, known, shared, listed_on or act.today)
        changes = [change(CONTACTS.heading(way.key), None, way.shown) for way in new]
        outcome = RowOutcome.UNCHANGED if not new else RowOutcome.CHANGED if known else RowOutcome.NEW
        known += [_as_held(way, line.source, listed_on or act.today) for way in new]
        line = ContactLine(line.borrower_id, line.owner, line.source, tuple(new))
        rows.append(StagedRow(row.number, outcome, label, {"clean": line.content()}, "", changes, check.problems))
        added += len(new)
    return Staged(rows, headings=table.headings, data_on=listed_on or act.today, facts={"added": added})


def apply(session: Session, *, act: Act, batch: ImportBatch, lines: Sequence[ContactLine]) -> set[int]:
    """Add what is still new, each with its event; standings rest on none of it.

    Returns:
        Nobody: no borrower has to be judged anew.

    """
    trail = Trail(session, batch.id)
    last = last_id(session, ContactPoint)
    known: set[tuple[int, ContactKind, str]] = set()
    for piece in chunks(sorted({line.borrower_id for line in lines})):
        rows = session.execute(
            select(ContactPoint.borrower_id, ContactPoint.kind, ContactPoint.value_index).where(
                ContactPoint.borrower_id.in_(piece)
            )
        )
        known |= {(borrower_id, kind, index) for borrower_id, kind, index in rows}
    touched: set[int] = set()
    for line in lines:
        for way in line.ways:
            key = (line.borrower_id, way.kind, way.index)
            if key in known:  # somebody wrote it down since the list was compared
                continue
            known.add(key)
            touched.add(line.borrower_id)
            _add(session, act, line, way)
    session.flush()
    trail.new_since(ContactPoint, last)
    trail.ids(TOUCHED, touched)
    return set()


def _add(session: Session, act: Act, line: ContactLine, way: Way) -> None:
    point = ContactPoint(
        borrower_id=line.borrower_id,
        owner=line.owner,
        kind=way.kind,
        value=way.value,
        value_index=way.index,
        last_four_index=contact_last_four_index(identity.last_four(way.value)),
        masked=way.shown,
        source=line.source,
        added_on=act.today,
    )
    session.add(point)
    session.flush()
    act.record(
        session,
        "contact_point:added",
        borrower_id=line.borrower_id,
        subject=f"contact_point/{point.id}",
        kind=way.kind.value,
        owner=line.owner.value,
        source=line.source.value,
    )


def _new(check: RowCheck, line: ContactLine, known: list[_Held], shared: dict[str, list[int]], day: date) -> list[Way]:
    """Return what the row adds, with a word on what is kept before it or not taken up again."""
    held = {(one.kind, one.index): one for one in known}
    new: list[Way] = []
    for way in line.ways:
        old = held.get((way.kind, way.index))
        if old is None:
            new.append(way)
        elif old.ended_on is not None:
            check.refuse(
                way.key,
                Refused(
                    "This was found to be wrong or replaced on %(day)s: it is not taken up again.", day=old.ended_on
                ),
                fatal=False,
            )
        if way.index in shared:
            check.refuse(
                way.key,
                Refused(
                    "The same number is given for somebody else in row %(rows)s: ask whose it is.",
                    rows=other_rows(shared[way.index], check.row.number),
                ),
                fatal=False,
            )
    for kind in dict.fromkeys(way.kind for way in new):
        better = _better(kind, line.source, known, day)
        if better is not None:
            key = next(way.key for way in new if way.kind is kind)
            check.refuse(key, better, fatal=False)
    return new


def _better(kind: ContactKind, source: ContactSource, known: Iterable[_Held], day: date) -> Refused | None:
    """Return what is said of one we hold that is to be tried before one the list brings today."""
    fresh = order(source=source, worked_on=None, failed_on=None, ended_on=None, added_on=day)
    mine = sorted((one for one in known if one.kind is kind and one.ended_on is None), key=lambda one: one.order)
    if not mine or mine[0].order >= fresh:
        return None
    if mine[0].confidence is Confidence.WORKS:
        return Refused(
            "%(held)s worked on %(day)s: it is kept and tried first.", held=mine[0].masked, day=mine[0].worked_on
        )
    return Refused("%(held)s comes from a better source: it is kept and tried first.", held=mine[0].masked)


def _held(session: Session, borrower_ids: Iterable[int]) -> dict[int, list[_Held]]:
    found: dict[int, list[_Held]] = defaultdict(list)
    for piece in chunks(sorted(borrower_ids)):
        rows = session.execute(
            select(
                ContactPoint.borrower_id,
                ContactPoint.kind,
                ContactPoint.value_index,
                ContactPoint.source,
                ContactPoint.last_worked_on,
                ContactPoint.last_failed_on,
                ContactPoint.ended_on,
                ContactPoint.added_on,
                ContactPoint.masked,
            ).where(ContactPoint.borrower_id.in_(piece))
        )
        for row in rows:
            borrower_id, kind, index, source, worked_on, failed_on, ended_on, added_on, masked = row
            found[borrower_id].append(_Held(kind, index, source, worked_on, failed_on, ended_on, added_on, masked))
    return found


def _as_held(way: Way, source: ContactSource, day: date) -> _Held:
    return _Held(way.kind, way.index, source, None, None, None, day, way.shown)


def _id_numbers(rows: Iterable[TableRow]) -> list[str]:
    found = []
    for row in rows:
        try:
            found.append(cells.resident_id(row["id_number"]))
        except Refused:
            continue  # named in its own row
    return found


def _shared(rows: Iterable[TableRow]) -> dict[str, list[int]]:
    """Return the numbers given for several people, with the rows they stand in."""
    seen: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        try:
            ways = ways_of("phone", ContactKind.PHONE, row["phone"]) if row.has("phone") else ()
        except Refused:
            continue  # named in its own row
        whose = cells.text(row["id_number"]) or cells.text(row["contract_no"])
        for way in ways:
            seen[way.index].setdefault(whose, row.number)
    return {index: list(people.values()) for index, people in seen.items() if len(people) > 1}
