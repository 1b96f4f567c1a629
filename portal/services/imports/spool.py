"""Rows of a list between being compared and being put down: sealed at once, and on disk when they are many.

The file has no name, so a machine that stops leaves nothing of it behind; what stands in it is sealed as it will be in
the table. A line of it is a block: some hundred rows, and what the good ones of them say.
"""

from __future__ import annotations

import json
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import IO, Any

from models.crypto import decrypt, encrypt
from models.rules.imports import RowOutcome
from portal.services.imports.holdings import pieces
from portal.services.imports.rows import Block, Record, StagedRow

_NONE = "[]"
_IN_MEMORY = 8 * 1024 * 1024
_OF_A_WRONG_ROW, _OF_GOOD_ROWS = "import_rows.content", "import_contents.content"  # as the columns seal them
_BLOCK = 500  # rows
_BLOCKS = 8  # compared again at a time

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
Content = dict[str, Any]
Compared = tuple[Content, RowOutcome, list[dict[str, Any]]]
"""What a row says, what becomes of it, and what it changes."""


class Spool:
    """Rows in the order they were added; gone through as often as needed, once all are there."""

    def __init__(self, rows: Iterable[StagedRow] = ()) -> None:
        self._file: IO[str] = tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8")  # noqa: SIM115  # below
        weakref.finalize(self, self._file.close)
        self._records: list[Record] = []
        self._good: list[tuple[str, Content]] = []
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
        is_wrong = row.outcome is RowOutcome.REJECTED
        self._records.append(
            (
                row.sheet,
                row.row_number,
                row.outcome.value,
                row.label,
                encrypt(_json(row.content), _OF_A_WRONG_ROW) if is_wrong else None,
                json.dumps(row.changes) if row.changes else _NONE,
                json.dumps(row.problems) if row.problems else _NONE,
            )
        )
        if not is_wrong:
            self._good.append((row.outcome.value, row.content))
        if len(self._records) >= _BLOCK:
            self._close_block()

    def blocks(self) -> Iterator[Block]:
        """Go through the rows as the tables store them."""
        return (_block(line) for line in self._lines())

    def replaced(self, places: Collection[int], compare: Callable[[list[Content]], list[Compared]]) -> Spool:
        """Return all rows, some good ones compared once more; blocks without any of these are not opened.

        Args:
            places: theirs, counted from 0.
            compare: takes what such rows say, some at a time, and gives back as many.

        """
        done = Spool()
        done._counts = self._counts.copy()
        of_block: dict[int, list[int]] = {}
        for place in sorted(places):
            of_block.setdefault(place // _BLOCK, []).append(place % _BLOCK)
        for lines in pieces(enumerate(self._lines()), _BLOCKS):
            opened = {number: _Opened(_block(line), of_block[number]) for number, line in lines if number in of_block}
            found = iter(compare([content for one in opened.values() for content in one.chosen]) if opened else ())
            for number, line in lines:
                if number in opened:
                    opened[number].take(found, done._counts)
                done._file.write(_line(opened[number].closed()) if number in opened else line)
        return done

    def _lines(self) -> Iterator[str]:
        self._close_block()
        self._file.seek(0)
        return iter(self._file)

    def _close_block(self) -> None:
        if self._records:
            sealed = encrypt(_json(self._good), _OF_GOOD_ROWS) if self._good else ""
            self._file.write(_line(Block(self._records, len(self._good), sealed)))
            self._records, self._good = [], []


class _Opened:
    """A block some rows of which are compared once more."""

    def __init__(self, block: Block, places: list[int]) -> None:
        self._records = block.records
        self._good: list[tuple[str, Content]] = good_rows(block)
        numbers: dict[int, int] = {}  # place of a row among all -> among the good ones
        for place, record in enumerate(block.records):
            if record[2] != RowOutcome.REJECTED.value:
                numbers[place] = len(numbers)
        self._chosen = [(place, numbers[place]) for place in places]
        self.chosen = [self._good[number][1] for _, number in self._chosen]

    def take(self, found: Iterator[Compared], counts: Counter[RowOutcome]) -> None:
        """Put what became of the rows in their place."""
        for place, number in self._chosen:
            content, outcome, changes = next(found)
            before = self._records[place]
            counts[RowOutcome(before[2])] -= 1
            counts[outcome] += 1
            self._good[number] = (outcome.value, content)
            self._records[place] = (*before[:2], outcome.value, *before[3:5], json.dumps(changes), before[6])

    def closed(self) -> Block:
        """Return the block, sealed again."""
        return Block(self._records, len(self._good), encrypt(_json(self._good), _OF_GOOD_ROWS))


def good_rows(block: Block) -> list[tuple[str, Content]]:
    """Return outcome and content of the good rows of a block."""
    found = json.loads(decrypt(block.content, _OF_GOOD_ROWS)) if block.good else []
    return [(outcome, content) for outcome, content in found]


def _line(block: Block) -> str:
    return _json(block) + "\n"


def _block(line: str) -> Block:
    records, good, content = json.loads(line)
    return Block([tuple(one) for one in records], good, content)
