"""The total row a bank writes below its list, held against the rows above it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from models.rules import cells, figures
from models.rules.refusals import Refused
from portal.sheets.columns import Layout
from portal.sheets.tables import Table

_NIL = Decimal("0.00")


def differing(table: Table, layout: Layout, keys: Sequence[str]) -> list[dict[str, str]]:
    """Return the columns whose total is not the sum of their rows.

    Args:
        table: the list; gone through once where it has a total row.
        layout: its columns.
        keys: of columns that hold amounts.

    Returns:
        ``{"column", "row", "written", "sum"}``; yuan as text. A cell that is no amount counts as nothing: it is named
        in its own row.

    """
    totals = table.totals
    wanted = {key: _amount(totals[key]) for key in keys if totals.has(key)} if totals else {}
    if totals is None or not wanted:
        return []
    sums = dict.fromkeys(wanted, _NIL)
    for row in table.rows:
        for key in wanted:
            sums[key] += _amount(row[key]) or _NIL
    return [
        {
            "column": layout.heading(key),
            "row": str(totals.number),
            "written": cells.text(totals[key]),
            "sum": f"{sums[key]:.2f}",
        }
        for key, written in wanted.items()
        if written != sums[key]
    ]


def _amount(cell: object) -> Decimal | None:
    try:
        return figures.amount(cell)
    except Refused:
        return None
