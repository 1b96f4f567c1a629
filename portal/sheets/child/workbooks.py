"""Workbooks, packed and old: every sheet read as a whole, formulas as the values they last had."""

from __future__ import annotations

import io

import python_calamine as calamine

from portal.sheets.child.protocol import Out, Stop, Trouble, marked


def read(content: bytes, out: Out, max_rows: int, max_columns: int) -> None:
    """Write the rows of all sheets.

    Raises:
        Stop: it is locked, damaged or too large.

    """
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
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
        start = sheet.start[0] if sheet.start else 0
        if sheet.total_height > max_rows or sheet.total_width > max_columns:
            raise Stop(Trouble.TOO_LARGE, sheet.total_height)
        out.sheet(meta.name, is_visible=meta.visible is calamine.SheetVisibleEnum.Visible)
        for number, row in enumerate(sheet.iter_rows(), start=start + 1):
            if any(cell not in ("", None) for cell in row):
                out.row(number, map(marked, row))
