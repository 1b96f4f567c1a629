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

_BETWEEN = "\x1f"  # JSON and what is sealed hold no such character
_HELD = 500  # lines that are written at once

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Spool:
    """Rows in the order they were added; gone through as often as needed."""

    def __init__(self, rows: Iterable[StagedRow] = ()) -> None:
        self._file: IO[str] = tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8")  # noqa: SIM115  # below
        weakref.finalize(self, self._file.close)
        self._held: list[str] = []
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
            _line(
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
        self._write_held()
        self._file.seek(0)
        first = 0
        for lines in pieces(self._file):
            at = [place for place in range(len(lines)) if first + place in places]
            before = [_record(lines[place]) for place in at]
            for place, old, new in zip(at, before, replace(before) if at else (), strict=True):
                done._counts[RowOutcome(old[2])] -= 1
                done._counts[RowOutcome(new[2])] += 1
                lines[place] = _line(new)
            done._file.writelines(lines)
            first += len(lines)
        return done

    def records(self) -> Iterator[Record]:
        """Go through the rows as the table stores them."""
        self._write_held()
        self._file.seek(0)
        for line in self._file:
            yield _record(line)

    def _write_held(self) -> None:
        self._file.writelines(self._held)
        self._held.clear()


def _line(record: Record) -> str:
    sheet, number, outcome, label, *rest = record
    return _BETWEEN.join((_json(sheet), str(number), outcome, _json(label), *rest)) + "\n"


def _record(line: str) -> Record:
    sheet, number, outcome, label, content, changes, problems = line[:-1].split(_BETWEEN)
    return json.loads(sheet), int(number), outcome, json.loads(label), content, changes, problems


def opened(record: Record) -> dict[str, Any]:
    """Return the content of a row."""
    found: dict[str, Any] = json.loads(decrypt(record[4], _COLUMN))
    return found


def with_content(record: Record, content: dict[str, Any], outcome: RowOutcome, changes: list[dict[str, Any]]) -> Record:
    """Return a row that was compared once more."""
    sealed = encrypt(_json(content), _COLUMN)
    return (*record[:2], outcome.value, record[3], sealed, json.dumps(changes), record[6])
