"""The organisation workbook: district, townships, villages, schools, leadership groups, who looks after what, lenders.

Its sheets name each other, so the check writes the rows in order and takes all of it back; what is confirmed is
written by the same code.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy.orm import Session

from models.rules import cells
from models.rules.imports import RowOutcome
from models.rules.refusals import Refused
from portal.actors import Act
from portal.services.imports.lenders import lender_named
from portal.services.imports.organisation_areas import put_district, put_school, put_township, put_village
from portal.services.imports.organisation_rows import NAME, Result, State, changed
from portal.services.imports.organisation_seats import put_assignment, put_seat
from portal.services.imports.rows import RowCheck, Staged, StagedRow, other_rows, repeated
from portal.services.imports.villages import Places
from portal.services.imports.watching import UNWATCHED, Watch
from portal.sheets import tables
from portal.sheets.columns import Layout
from portal.sheets.organisation_columns import (
    ASSIGNMENTS,
    DISTRICTS,
    LENDERS,
    ORGANISATION,
    SCHOOLS,
    SEATS,
    TOWNSHIPS,
    VILLAGES,
)
from portal.sheets.reading import Sheet
from portal.sheets.tables import Table, TableRow

_DAY = timedelta(days=1)
_SHEET = 40
Put = Callable[[State, RowCheck], Result | None]


def stage(
    session: Session,
    *,
    act: Act,
    sheets: tuple[Sheet, ...],
    data_on: date | None,  # noqa: ARG001  # all kinds are staged alike
    watch: Watch = UNWATCHED,  # noqa: ARG001  # the same; an organisation is small
) -> Staged:
    """Check the rows and say what they would change; everything written on the way is taken back.

    Raises:
        Refused: no sheet of the organisation is there, or one lacks a column.

    """
    attempt = session.begin_nested()
    try:
        rows = write(session, act=act, sheets=sheets)
    finally:
        attempt.rollback()
        session.expire_all()
    counts: dict[str, int] = {}
    for row in rows:
        if row.outcome is RowOutcome.NEW:
            counts[row.sheet] = counts.get(row.sheet, 0) + 1
    found = [table for layout in ORGANISATION if (table := tables.find_named(sheets, layout))]
    headings = {table.sheet[:_SHEET]: list(table.headings) for table in found}
    return Staged(rows, facts={"new_by_sheet": counts, "headings_by_sheet": headings})


def write(session: Session, *, act: Act, sheets: tuple[Sheet, ...]) -> list[StagedRow]:
    """Write the rows of the workbook, sheet by sheet, and say what became of each.

    Raises:
        Refused: no sheet of the organisation is there, or one lacks a column.

    """
    found = [(layout, table) for layout in ORGANISATION if (table := tables.find_named(sheets, layout))]
    if not found:
        raise Refused(
            "No sheet of the organisation was found. Name the sheets %(names)s.",
            names="、".join(layout.names[0] for layout in ORGANISATION),
        )
    state = State.load(session, act)
    rows: list[StagedRow] = []
    for layout, table in found:
        session.flush()
        state.places = Places.load(session)
        rows += _sheet(state, layout, table)
    session.flush()
    return rows


def _sheet(state: State, layout: Layout, table: Table) -> list[StagedRow]:
    put = _PUTS[layout.names[0]]
    twice = repeated(table, lambda row: "\n".join(_key(layout, row)))
    rows: list[StagedRow] = []
    for row in table.rows:
        check = RowCheck(row, layout)
        label = " ".join(part for part in row.written[:3] if part)[:NAME]
        if layout is SEATS:
            label = f"{cells.text(row['school'])} {cells.text(row['seat'])}"[:NAME]
        numbers = twice.get("\n".join(_key(layout, row)))
        if numbers:
            check.refuse(
                layout.key_column,
                Refused("The same stands in row %(rows)s: keep one.", rows=other_rows(numbers, row.number)),
            )
        result = None if check.is_rejected else put(state, check)
        if result is None or check.is_rejected:
            staged = check.rejected(label)
        else:
            staged = StagedRow(row.number, result[0], label, {"clean": {}}, changes=result[1], problems=check.problems)
        staged.sheet = table.sheet[:_SHEET]
        rows.append(staged)
    return rows


def _key(layout: Layout, row: TableRow) -> list[str]:
    keys = [layout.key_column]
    if layout is SEATS:
        keys.append("person_name")
    if layout is ASSIGNMENTS:
        keys.append("township")
    return [cells.text(row[key]) for key in keys]


def put_lender(state: State, check: RowCheck) -> Result | None:
    """Put a lender's row; ``None`` when it is rejected."""
    name = check.words("name", NAME)
    channels = check.take_words("official_channels", 300)
    if check.is_rejected:
        return None
    held = state.lenders.get(name)
    if held:
        return changed(held, {"official_channels": channels or held.official_channels}, LENDERS)
    codes = {one.code for one in state.lenders.values()}
    lender = lender_named(name, codes, check.take_words("code", 20))
    lender.official_channels = channels
    state.session.add(lender)
    state.lenders[name] = lender
    return RowOutcome.NEW, []


_PUTS: dict[str, Put] = {
    DISTRICTS.names[0]: put_district,
    TOWNSHIPS.names[0]: put_township,
    VILLAGES.names[0]: put_village,
    SCHOOLS.names[0]: put_school,
    SEATS.names[0]: put_seat,
    ASSIGNMENTS.names[0]: put_assignment,
    LENDERS.names[0]: put_lender,
}
