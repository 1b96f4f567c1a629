"""The wrong rows of a list given back as a workbook, and how that workbook comes in again.

The workbook has the layout the rows came in, with what is wrong in one more column at the end. A line above the
headings names the import it mends: an arrears list is complete, so without it the rows that were right would count as
gone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import xlsxwriter
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.rules import cells
from models.rules.imports import ImportState
from models.rules.refusals import Refused
from portal.services.imports.arrears_lines import newest_list
from portal.services.imports.rows import Staged
from portal.sheets.headings import REASON
from portal.sheets.reading import Sheet

FILE_NAME = "错误数据.xlsx"
_TITLE = "错误数据（补正导入第{number}号）"
_MENDS = re.compile(r"补正导入第(\d{1,9})号")
_LOOKED_AT = 5  # rows that may hold the title
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_LONGEST_CELL = 32_000
_SHEET_NAME = 31
_WIDTH, _REASON_WIDTH = 16, 60


@dataclass(frozen=True, slots=True)
class WrongSheet:
    """The wrong rows of one sheet: each with its cells as text and what is wrong."""

    name: str
    headings: Sequence[str]
    rows: Sequence[tuple[Sequence[str], str]]


def error_book(batch_id: int, data_on: date | None, sheets: Sequence[WrongSheet]) -> bytes:
    """Write the workbook. Every cell is text: what came in as a formula or a link is neither when it goes out.

    Args:
        batch_id: the import whose rows these are.
        data_on: its data date, written above the headings so that the list keeps it.
        sheets: at least one.

    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, dict(_OPTIONS)) as made:
        head = made.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True})
        text = made.add_format({"num_format": "@"})
        wrong = made.add_format({"num_format": "@", "font_color": "#9B1C1C", "text_wrap": True})
        for sheet in sheets:
            page = made.add_worksheet(re.sub(r"[\[\]:*?/\\']", "", sheet.name)[:_SHEET_NAME] or "Sheet1")
            page.write_string(0, 0, _TITLE.format(number=batch_id))
            if data_on:
                page.write_string(1, 0, f"数据日期：{data_on.isoformat()}")
            headings = [*_without_reason(sheet.headings), REASON]
            for place, heading in enumerate(headings):
                page.write_string(2, place, heading[:_LONGEST_CELL], head)
            page.set_column(0, len(headings) - 2, _WIDTH, text)
            page.set_column(len(headings) - 1, len(headings) - 1, _REASON_WIDTH, wrong)
            for number, (written, reason) in enumerate(sheet.rows, start=3):
                for place, cell in enumerate(written[: len(headings) - 1]):
                    page.write_string(number, place, cell[:_LONGEST_CELL], text)
                page.write_string(number, len(headings) - 1, reason[:_LONGEST_CELL], wrong)
            page.freeze_panes(3, 0)
    return out.getvalue()


def mended_by(sheets: tuple[Sheet, ...]) -> int | None:
    """Return the import whose wrong rows a workbook brings back, if it is such a workbook."""
    for sheet in sheets:
        for row in sheet.rows.head[:_LOOKED_AT]:
            for cell in row.cells:
                found = _MENDS.search(cells.text(cell)) if isinstance(cell, str) else None
                if found:
                    return int(found[1])
    return None


def supplement(session: Session, staged: Staged, mends: int) -> None:
    """Let mended rows of an arrears list stand beside the rows that were applied: nothing vanishes.

    Raises:
        Refused: the list they belong to is not the one in use.

    """
    mended = session.get(ImportBatch, mends)
    newest = newest_list(session, staged.lender_id) if staged.lender_id is not None else None
    if (
        mended is None
        or mended.state is not ImportState.APPLIED
        or newest is None
        or mended.lender_id != staged.lender_id
        or newest.data_on != mended.data_on
        or staged.data_on != mended.data_on
    ):
        raise Refused(
            "These rows mend import %(id)s, which is not the list in use: apply that list first, "
            "or send the whole list again.",
            id=mends,
        )
    named = {line.loan_id for _, line in staged.clean}
    staged.supplemented = sorted(set(newest.lines) - named)
    staged.facts["vanished_overdue"] = "0.00"
    staged.vanished = 0
    staged.vanished_ids = []


def _without_reason(headings: Sequence[str]) -> Sequence[str]:
    return headings[:-1] if headings and headings[-1].strip() == REASON else headings
