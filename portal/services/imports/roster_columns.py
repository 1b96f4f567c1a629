"""The plain cells of a roster read column by column.

A list says the same few names, days and amounts again and again, and nearly all of its cells are as they should be.
They are read here with one look at what the same cell of the column was read as before. What is odd in any way is left
to ``roster_reading``, which looks at a row cell by cell and says what is wrong with it; both give the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

from models.rules import cells
from models.rules.refusals import Refused
from portal.sheets.tables import Shape, TableRow

Read = Callable[[object], Any]

ODD: Any = object()
"""Stands for a cell that has to be looked at closely."""
_REMEMBERED = 20_000  # different cells of one column


class Columns:
    """Reads the columns of one roster, some thousands of rows at a time."""

    def __init__(self, shape: Shape, readers: dict[str, Read]) -> None:
        self._places = [shape.places.get(key) for key in readers]
        self._columns = [_Column(read, is_number=key in shape.numbers) for key, read in readers.items()]

    def read(self, rows: Sequence[TableRow]) -> list[tuple[Any, ...] | None]:
        """Return for each row the values of its columns, in the order of the readers; ``None`` where a cell is odd."""
        across = list(zip_longest(*(row.values for row in rows)))
        blank = (None,) * len(rows)
        odd: set[int] = set()
        values: list[Sequence[Any]] = []
        for place, column in zip(self._places, self._columns, strict=True):
            found = column.read(blank if place is None or place >= len(across) else across[place])
            if column.has_odd:
                odd.update([number for number, value in enumerate(found) if value is ODD])
            values.append(found)
        lines: list[tuple[Any, ...] | None] = list(zip(*values, strict=True))
        for number in odd:
            lines[number] = None
        return lines


class _Column:
    """What the cells of one column were read as, apart for each type: 1 is not the same as "1" or TRUE."""

    def __init__(self, read: Read, *, is_number: bool) -> None:
        self._read = read
        self._is_number = is_number
        self._known: dict[type, _Known] = {}
        self.has_odd = False

    def read(self, column: Sequence[object]) -> list[Any]:
        types = set(map(type, column))
        if len(types) > 1:
            types.discard(type(None))  # nothing equals it
        known = {one: self._known.setdefault(one, _Known(self._value)) for one in types}
        if len(types) == 1:
            return list(map(known[types.pop()].__getitem__, column))
        first = next(iter(known.values()))
        return [known.get(type(cell), first)[cell] for cell in column]

    def _value(self, cell: object) -> Any:  # noqa: ANN401  # whatever the column holds
        if self._is_number and isinstance(cell, str) and not cell.isascii():
            self.has_odd = True  # written at full width: rare enough to be looked at closely
            return ODD
        try:
            value = self._read(cell)
        except Refused:
            value = ODD
        self.has_odd = self.has_odd or value is ODD
        return value


class _Known(dict[object, Any]):
    """Reads what it does not know yet."""

    def __init__(self, read: Read) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: object) -> Any:  # noqa: ANN401  # whatever the column holds
        if len(self) >= _REMEMBERED:
            self.clear()
        value = self[cell] = self._read(cell)
        return value


def given(most: int) -> Read:
    """Return what reads words that must stand there, at most so many characters."""

    def read(cell: object) -> Any:  # noqa: ANN401  # words, or odd
        if cells.is_blank(cell):
            return ODD
        written = _words(cell)
        return written if written is ODD or 0 < len(written) <= most else ODD

    return read


def if_given(read: Read) -> Read:
    """Return what reads a cell that may be blank."""
    return lambda cell: None if cells.is_blank(cell) else read(cell)


def cut(most: int) -> Read:
    """Return what reads words that may be blank, cut to so many characters."""
    return lambda cell: "" if cells.is_blank(cell) else ODD if _is_zero(cell) else cells.text(cell)[:most]


def text(cell: object) -> Any:  # noqa: ANN401  # words, or odd
    """Read words as they are, whatever they are."""
    return ODD if _is_zero(cell) else cells.text(cell)


def _words(cell: object) -> Any:  # noqa: ANN401  # words, or odd
    return ODD if _is_zero(cell) else cells.words(cell)


def _is_zero(cell: object) -> bool:
    """Say whether a cell is the figure 0, which a dictionary takes for -0: as words they are not the same."""
    return isinstance(cell, float) and not cell
