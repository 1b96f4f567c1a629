"""Workbooks, packed and old: every sheet read as a whole, formulas as the values they last had."""

from __future__ import annotations

import io
from collections.abc import Sequence

import python_calamine as calamine

from portal.sheets.child import odd_cells
from portal.sheets.child.protocol import FAULT, Out, Stop, Trouble, marked

_MOST_MERGED = 20_000


def read(content: bytes, out: Out, max_rows: int, max_columns: int, *, looks_closer: bool) -> None:
    """Write the rows of all sheets.

    Args:
        content: the file.
        out: where to.
        max_rows: of a sheet.
        max_columns: of a sheet.
        looks_closer: the gate saw formulas or errors.

    Raises:
        Stop: it is locked, damaged or too large.

    """
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        odd = odd_cells.find(content) if looks_closer else {}
    except calamine.PasswordError:
        raise Stop(Trouble.PASSWORD) from None
    except Exception:  # noqa: BLE001  # whatever is wrong with the file, the parent says one sentence
        raise Stop(Trouble.UNREADABLE) from None
    for meta in workbook.sheets_metadata:
        if meta.typ is not calamine.SheetTypeEnum.WorkSheet:
            continue
        try:
            sheet = workbook.get_sheet_by_name(meta.name)
        except Exception:  # noqa: BLE001  # the same
            raise Stop(Trouble.UNREADABLE) from None
        _write(sheet, out, (max_rows, max_columns), odd.get(meta.name, {}), meta.visible)


def _write(
    sheet: calamine.CalamineSheet,
    out: Out,
    most: tuple[int, int],
    odd: odd_cells.Odd,
    visible: calamine.SheetVisibleEnum,
) -> None:
    start, end = sheet.start or (0, 0), sheet.end or (0, 0)
    if end[0] >= most[0] or end[1] >= most[1]:
        raise Stop(Trouble.TOO_LARGE, end[0] + 1)
    merged = [
        [first[0] + 1, first[1] - start[1], last[0] + 1, last[1] - start[1]]
        for first, last in (sheet.merged_cell_ranges or [])[:_MOST_MERGED]
    ]
    out.sheet(sheet.name, is_visible=visible is calamine.SheetVisibleEnum.Visible, merged=merged)
    by_row: dict[int, dict[int, str]] = {}
    for (number, column), fault in odd.items():
        by_row.setdefault(number, {})[column - start[1]] = fault
    number = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):  # blank rows before the first one are handed out too
        if number in by_row:
            out.row(number, _with_faults(row, by_row.pop(number)))
        elif any(cell not in ("", None) for cell in row):
            out.row(number, map(marked, row))
        if out.is_enough:
            return
    for behind in sorted(by_row):
        if number < behind < most[0]:
            out.row(behind, _with_faults([], by_row[behind]))


def _with_faults(row: Sequence[object], faults: dict[int, str]) -> list[str]:
    """Return a row with what its blank cells stand for; a cell before the first used column is told by nobody."""
    marks = [marked(cell) for cell in row]
    for at, fault in faults.items():
        if at >= 0:
            marks += [""] * (at + 1 - len(marks))
            marks[at] = marks[at] or f"{FAULT}{fault}"
    return marks
