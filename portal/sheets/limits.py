"""How large a list may be, by the form it comes in: one place for all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from config import Settings

MEGABYTE = 1024 * 1024


class Form(StrEnum):
    """What a file is, whatever its name says."""

    PACKAGE = "package"  # .xlsx, .xlsb, .ods: packed parts
    OLD = "old"  # .xls: one binary file
    MARKUP = "markup"  # .xls that is a web page or XML
    TEXT = "text"  # .csv, .txt, and the .xls that is text between tabs


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one form may ask for.

    Args:
        max_bytes: of the file.
        max_rows: of one sheet, blank ones at the end of a workbook included.
        max_columns: of one sheet.
        max_cells: of one sheet.

    """

    max_bytes: int
    max_rows: int
    max_columns: int = 256
    max_cells: int = 8_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of every form, and of the process that reads.

    Args:
        workbook: packed and old workbooks; a reader holds a whole sheet of them in memory.
        markup: web pages and XML, whose tags make them long.
        text: read line by line, so it may be far longer.
        memory_bytes: address space of the reading process.
        cpu_seconds: processor time of one pass.
        wall_seconds: time spent waiting for the reading process in one pass.

    """

    workbook: Bounds = Bounds(max_bytes=20 * MEGABYTE, max_rows=200_000)
    text: Bounds = Bounds(max_bytes=400 * MEGABYTE, max_rows=1_048_576)
    markup: Bounds = Bounds(max_bytes=40 * MEGABYTE, max_rows=200_000)
    memory_bytes: int = 1024 * MEGABYTE
    cpu_seconds: int = 60
    wall_seconds: int = 90

    @classmethod
    def from_settings(cls, settings: Settings) -> Limits:
        """Return the limits of an installation."""
        workbook = Bounds(settings.list_workbook_mb * MEGABYTE, settings.list_workbook_rows)
        markup = Bounds(2 * settings.list_workbook_mb * MEGABYTE, settings.list_workbook_rows)
        text = Bounds(settings.list_text_mb * MEGABYTE, settings.list_text_rows)
        return cls(workbook=workbook, markup=markup, text=text)

    def of(self, form: Form) -> Bounds:
        """Return the bounds of a form."""
        return {Form.TEXT: self.text, Form.MARKUP: self.markup}.get(form, self.workbook)

    @property
    def hasty(self) -> Limits:
        """Return the same for a look at the top of a file while somebody waits."""
        return replace(self, cpu_seconds=min(20, self.cpu_seconds), wall_seconds=min(45, self.wall_seconds))

    @property
    def largest(self) -> int:
        """Return the bytes of the largest file that any form may have."""
        return max(one.max_bytes for one in (self.workbook, self.text, self.markup))


DEFAULT = Limits()
