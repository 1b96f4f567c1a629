"""The top rows of a file, kept for as long as somebody may still say what its columns are."""

from __future__ import annotations

import json

from models.rules import cells
from portal.sheets import headings
from portal.sheets.reading import Rows, Sheet, SheetRow

_LONGEST_CELL = 60
_KEPT_ROWS = 40


def pack_head(sheets: tuple[Sheet, ...]) -> str:
    """Return the top rows of the visible sheets as text, to be kept sealed."""
    return json.dumps(
        [
            {
                "name": sheet.name,
                "merged": [one for one in sheet.merged if one[0] <= headings.WITHIN + 10],
                "rows": [
                    [row.number, *(cells.text(cell)[:_LONGEST_CELL] for cell in row.cells)]
                    for row in sheet.rows.head[:_KEPT_ROWS]
                ],
            }
            for sheet in sheets
            if sheet.is_visible and sheet.rows
        ],
        ensure_ascii=False,
    )


def unpack_head(head: str | None) -> tuple[Sheet, ...]:
    """Return the sheets of which the top rows were kept."""
    found: list[Sheet] = []
    for one in json.loads(head or "[]"):
        rows = tuple(SheetRow(row[0], tuple(cell or None for cell in row[1:])) for row in one["rows"])
        merged = tuple((a, b, c, d) for a, b, c, d in one["merged"])
        found.append(Sheet(one["name"], True, Rows(None, 0, len(rows), rows), merged))  # noqa: FBT003  # it was shown
    return tuple(found)
