"""The child process that parses a spreadsheet: content on standard input, lines of JSON on standard output.

Run by file name in an isolated interpreter; it bounds its own memory and processor time before it reads a byte,
and knows nothing of the portal. First line of a sheet: ``{"sheet", "visible", "start"}``; then one list per row,
first its number, then its cells. Dates are ``{"day": …}`` or ``{"moment": …}``.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta

import python_calamine as calamine

MEMORY_BYTES = 1024**3
CPU_SECONDS = 60
PASSWORD = 3
UNREADABLE = 4


def main() -> int:
    """Parse standard input."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except calamine.PasswordError:
        return PASSWORD
    except Exception:  # noqa: BLE001  # whatever is wrong with the file, the parent says one sentence
        return UNREADABLE
    out = sys.stdout
    for meta in workbook.sheets_metadata:
        if meta.typ is not calamine.SheetTypeEnum.WorkSheet:
            continue
        try:
            sheet = workbook.get_sheet_by_name(meta.name)
        except Exception:  # noqa: BLE001  # the same
            return UNREADABLE
        start = sheet.start[0] if sheet.start else 0
        visible = meta.visible is calamine.SheetVisibleEnum.Visible
        out.write(json.dumps({"sheet": meta.name, "visible": visible}) + "\n")
        for number, row in enumerate(sheet.to_python(skip_empty_area=True), start=start + 1):
            if any(cell not in ("", None) for cell in row):
                out.write(json.dumps([number, *map(_plain, row)]) + "\n")
    return 0


def _plain(cell: object) -> object:
    if cell in ("", None):
        return None
    if isinstance(cell, datetime):
        return {"moment": cell.isoformat()}
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    if isinstance(cell, time | timedelta):
        return str(cell)
    return cell


if __name__ == "__main__":
    sys.exit(main())
