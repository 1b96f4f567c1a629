"""A spreadsheet's cells, read by a child process that may fail without harm."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from models.rules.refusals import Refused
from portal.sheets import gate, reader

WALL_SECONDS = 90

_READER = Path(reader.__file__)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row that is not blank: its number as the spreadsheet shows it, and its cells from the first used column."""

    number: int
    cells: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook."""

    name: str
    is_visible: bool
    rows: tuple[SheetRow, ...]


def read(content: bytes) -> tuple[Sheet, ...]:
    """Return the sheets of a workbook (.xlsx, .xls, .ods).

    Raises:
        Refused: the gate refuses it, or no reader can open it.

    """
    gate.check(content)
    try:
        child = subprocess.run(  # noqa: S603  # our own interpreter and our own file
            [sys.executable, "-I", str(_READER)],
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused("The file takes too long to read: split the list, or save it again as .xlsx.") from error
    if child.returncode == reader.PASSWORD:
        raise Refused("The workbook is protected by a password: save it without one and send it again.")
    if child.returncode != 0:
        raise Refused(
            "The file cannot be read as a spreadsheet: open it in your spreadsheet program, "
            "save it as .xlsx and send it again."
        )
    return _sheets(child.stdout)


def _sheets(lines: bytes) -> tuple[Sheet, ...]:
    heads: list[dict[str, Any]] = []
    rows: list[list[SheetRow]] = []
    for line in lines.splitlines():
        found = json.loads(line, object_hook=_cell)
        if isinstance(found, dict):
            heads.append(found)
            rows.append([])
        else:
            rows[-1].append(SheetRow(found[0], tuple(found[1:])))
    return tuple(Sheet(head["sheet"], head["visible"], tuple(its)) for head, its in zip(heads, rows, strict=True))


def _cell(found: dict[str, Any]) -> object:
    if "day" in found:
        return date.fromisoformat(found["day"])
    if "moment" in found:
        return datetime.fromisoformat(found["moment"])
    return found
