"""Lists of reliefs, contact details and former pupils, made by the tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.sheets.columns import Layout
from portal.sheets.more_columns import CONTACTS, RELIEFS, SCHOOL_ROSTER
from tests import books


def _list(layout: Layout, rows: Sequence[dict[str, Any]]) -> bytes:
    headings = [column.heading for column in layout.columns]
    return books.book((layout.title, headings, [[row.get(one) for one in headings] for row in rows]))


def reliefs(*rows: dict[str, Any]) -> bytes:
    """Write a list of reliefs; ``截止日`` stands for its longer heading."""
    longer = RELIEFS.heading("last_on")
    return _list(RELIEFS, [row | {longer: row.get("截止日")} for row in rows])


def relief(number: int, **other: Any) -> dict[str, Any]:
    """Return one good line of a list of reliefs: the principal of 2026 is put off by a year."""
    row = {"合同编号": f"HT{number:06d}", "类型": "缓还", "范围": "本金", "事由": "国家缓还政策"}
    return row | other


def contacts(*rows: dict[str, Any]) -> bytes:
    """Write a list of contact details."""
    return _list(CONTACTS, rows)


def school_roster(*rows: dict[str, Any]) -> bytes:
    """Write a school's roster of former pupils."""
    return _list(SCHOOL_ROSTER, rows)
