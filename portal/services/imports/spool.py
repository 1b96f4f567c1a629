"""Rows of a list between being compared and being put down: sealed at once, and on disk when they are many.

The file has no name, so a machine that stops leaves nothing of it behind; what stands in it is sealed as it will be in
the table.
"""

from __future__ import annotations

import json
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from typing import IO, Any

from models.crypto import decrypt, encrypt
from models.rules.imports import RowOutcome
from portal.services.imports.holdings import pieces
from portal.services.imports.rows import Record, StagedRow

_NONE = "[]"
_IN_MEMORY = 8 * 1024 * 1024
_COLUMN = "import_rows.content"  # as the column seals it

_HELD = 500  # rows that stand in one line of the file

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Spool:
    """Rows in the order they were added; gone through as often as needed."""

    def __init__(self, rows: Iterable[StagedRow] = ()) -> None:
        self._file: IO[str] = tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8")  # noqa: SIM115  # below
        weakref.finalize(self, self._file.close)
        self._held: list[Record] = []
        self._counts: Counter[RowOutcome] = Counter()
        for row in rows:
            self.add(row)

    def __len__(self) -> int:
        return self._counts.total()

    def count(self, outcome: RowOutcome) -> int:
        """Return how many rows have the outcome."""
        return self._counts[outcome]

    def add(self, row: StagedRow) -> None:
        """Add a row."""
        self._counts[row.outcome] += 1
        self._held.append(
            (
                row.sheet,
                row.row_number,
                row.outcome.value,
                row.label,
                encrypt(_json(row.content), _COLUMN),
                json.dumps(row.changes) if row.changes else _NONE,
                json.dumps(row.problems) if row.problems else _NONE,
            )
        )
        if len(self._held) >= _HELD:
            self._write_held()

    def replaced(self, places: Container[int], replace: Callable[[list[Record]], list[Record]]) -> Spool:
        """Return all rows, those at some places as they are given back; the others are not looked at.

        Args:
            places: counted from 0.
            replace: takes the rows at these places, some at a time, and gives back as many.

        """
        done = Spool()
        done._counts = self._counts.copy()
        first = 0
        for records in pieces(self.records()):
            at = [place for place in range(len(records)) if first + place in places]
            before = [records[place] for place in at]
            for place, old, new in zip(at, before, replace(before) if at else (), strict=True):
                done._counts[RowOutcome(old[2])] -= 1
                done._counts[RowOutcome(new[2])] += 1
                records[place] = new
            done._file.writelines(_json(some) + "\n" for some in pieces(records, _HELD))
            first += len(records)
        return done

    def records(self) -> Iterator[Record]:
        """Go through the rows as the table stores them."""
        self._write_held()
        self._file.seek(0)
        for line in self._file:
            yield from map(tuple, json.loads(line))

    def _write_held(self) -> None:
        if self._held:
            self._file.write(_json(self._held) + "\n")
            self._held.clear()


def opened(record: Record) -> dict[str, Any]:
    """Return the content of a row."""
    found: dict[str, Any] = json.loads(decrypt(record[4], _COLUMN))
    return found


def with_content(record: Record, content: dict[str, Any], outcome: RowOutcome, changes: list[dict[str, Any]]) -> Record:
    """Return a row that was compared once more."""
    sealed = encrypt(_json(content), _COLUMN)
    return (*record[:2], outcome.value, record[3], sealed, json.dumps(changes), record[6])
