"""What becomes of one row: its clean values, what is wrong with it, what it would change."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, pairwise
from typing import Any, NamedTuple, Protocol, TypeVar

from models.rules import cells, figures, identity
from models.rules.imports import RowOutcome
from models.rules.refusals import Refused
from portal.sheets.columns import Layout
from portal.sheets.showing import ID_KEYS, NUMBER_KEYS, PHONE_KEYS, shown
from portal.sheets.tables import Table, TableRow

T = TypeVar("T")
Record = tuple[str, int, str, str, str | None, str, str]
"""sheet, row number, outcome, label, cells of a wrong row (sealed), changes (JSON), problems (JSON): as stored."""

_MANY = ID_KEYS | PHONE_KEYS | NUMBER_KEYS  # hardly ever the same twice
_REMEMBERED = 50_000
_LABEL = 120
_OTHERS = 10
_PARTS = 64


@dataclass(slots=True)
class StagedRow:
    """One row as it waits for confirmation.

    ``content`` holds ``clean`` (values by key, JSON) and, for a rejected row, ``written`` (its cells as text).
    ``changes`` are ``{"field", "old", "new"}``; ``problems`` are ``{"column", "value", "reason", "values", "fatal"}``.
    """

    row_number: int
    outcome: RowOutcome
    label: str
    content: dict[str, Any]
    sheet: str = ""
    changes: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)


class Block(NamedTuple):
    """Some rows as the tables store them: each of them, how many are good, and what these say, sealed."""

    records: list[Record]
    good: int
    content: str


class Waiting(Protocol):
    """Rows that are too many to be held: see ``spool``."""

    def __len__(self) -> int: ...

    def count(self, outcome: RowOutcome) -> int:
        """Return how many rows have the outcome."""

    def blocks(self) -> Iterator[Block]:
        """Go through the rows as the tables store them."""


@dataclass(slots=True)
class Staged:
    """A list as it waits for confirmation; ``facts`` are its consequences in numbers, without names of persons."""

    rows: list[StagedRow] | Waiting
    headings: tuple[str, ...] = ()
    lender_id: int | None = None
    data_on: date | None = None
    vanished: int = 0
    vanished_ids: list[int] = field(default_factory=list)  # contracts of the list before that are not on this one
    supplemented: list[int] = field(default_factory=list)  # contracts whose line of the list in use stays as it is
    clean: list[tuple[RowOutcome, Any]] = field(default_factory=list)  # good lines, where what they do is foretold
    keeps: set[int] = field(default_factory=set)  # contracts whose line is wrong and stays as the list before has it
    facts: dict[str, Any] = field(default_factory=dict)

    def count(self, outcome: RowOutcome) -> int:
        """Return how many rows have the outcome."""
        if isinstance(self.rows, list):
            return sum(row.outcome is outcome for row in self.rows)
        return self.rows.count(outcome)


class Memo:
    """What cells of one list were read as: a list says the same few days, rates and amounts very often."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, object], Any] = {}

    def read(self, key: str, read: Callable[[object], T], cell: object) -> T:
        """Read a cell, or remember what the same cell of the same column was read as.

        Raises:
            Refused: the cell is wrong.

        """
        if key in _MANY or isinstance(cell, bool):  # True is 1 to a dictionary, and no amount to us
            return read(cell)
        try:
            found: T = self._known[key, cell]
        except KeyError:
            found = read(cell)
            if len(self._known) < _REMEMBERED:
                self._known[key, cell] = found
        return found


class RowCheck:
    """Collects what is wrong with a row, so that a clerk learns all of it at once."""

    def __init__(self, row: TableRow, layout: Layout, memo: Memo | None = None) -> None:
        self.row = row
        self.layout = layout
        self.problems: list[dict[str, Any]] = []
        self._memo = memo

    @property
    def is_rejected(self) -> bool:
        """Say whether the row cannot be used."""
        return bool(self.problems) and any(problem["fatal"] for problem in self.problems)

    def need(self, key: str, read: Callable[[object], T]) -> T | None:
        """Read a cell that must hold something; a wrong one is remembered and gives ``None``."""
        cell = self.row[key]
        try:
            return read(cell) if self._memo is None else self._memo.read(key, read, cell)
        except Refused as refusal:
            self.refuse(key, refusal)
            return None

    def words(self, key: str, most: int) -> str:
        """Read a cell of words that must hold something."""
        cell = self.row[key]
        try:
            written = "" if cells.is_blank(cell) else cells.words(cell)
        except Refused as refusal:
            self.refuse(key, refusal)
            return cells.text(cell)
        if not written:
            self.refuse(key, Refused("The cell is empty: fill it in."))
        elif len(written) > most:
            self.refuse(key, Refused("The text is longer than %(most)s characters: shorten it.", most=most))
        return written

    def name(self, key: str, most: int) -> str:
        """Read a cell that must hold a person's name."""
        written = self.words(key, most)
        if not any(problem["column"] == self.layout.heading(key) for problem in self.problems):
            try:
                return cells.person_name(written)
            except Refused as refusal:
                self.refuse(key, refusal)
        return written.replace(" ", "")

    def take(self, key: str, read: Callable[[object], T], *, fatal: bool = True) -> T | None:
        """Read a cell that may be blank; a wrong one is remembered and gives ``None``."""
        cell = self.row[key]
        if cells.is_blank(cell):
            return None
        try:
            return read(cell) if self._memo is None else self._memo.read(key, read, cell)
        except Refused as refusal:
            self.refuse(key, refusal, fatal=fatal)
            return None

    def take_words(self, key: str, most: int) -> str:
        """Read a cell of words that may be blank, cut to what the column holds."""
        return cells.text(self.row[key])[:most] if self.row.has(key) else ""

    def refuse(self, key: str, refusal: Refused, *, fatal: bool = True) -> None:
        """Remember what is wrong with a cell."""
        self.problems.append(
            {
                "column": self.layout.heading(key),
                "value": shown(key, self.row[key]),
                "reason": refusal.sentence,
                "values": {name: str(value) for name, value in refusal.values.items()},
                "fatal": fatal,
            }
        )

    def rejected(self, label: str) -> StagedRow:
        """Return the row as one that is left out, with its cells so that it can be given back."""
        return StagedRow(
            row_number=self.row.number,
            outcome=RowOutcome.REJECTED,
            label=label[:_LABEL],
            content={"written": list(self.row.written)},
            problems=self.problems,
        )


def row_label(contract_no: str, name: str) -> str:
    """Return how a row is called on a page: contract and masked name."""
    return f"{contract_no} {identity.masked_name(name)}".strip()[:_LABEL]


def repeated(table: Table, key: Callable[[TableRow], str]) -> dict[str, list[int]]:
    """Return what stands in more than one row, with the numbers of its rows.

    Of a long list only hashes are held, and put in order a part at a time; what may stand twice is looked at once more.
    """
    parts = [array("q") for _ in range(_PARTS)]
    for row in table.rows:
        if written := key(row):
            hashed = hash(written)
            parts[hashed % _PARTS].append(hashed)
    twice = {one for part in parts for one, other in pairwise(sorted(part)) if one == other}
    if not twice:
        return {}
    seen: dict[str, list[int]] = defaultdict(list)
    for row in table.rows:
        written = key(row)
        if written and hash(written) in twice:
            seen[written].append(row.number)
    return {written: numbers for written, numbers in seen.items() if len(numbers) > 1}


def other_rows(numbers: Iterable[int], mine: int) -> str:
    """Name the other rows: ``12、48``; of very many the first few."""
    others = list(islice((str(number) for number in numbers if number != mine), _OTHERS + 1))
    return "、".join(others[:_OTHERS]) + ("…" if len(others) > _OTHERS else "")


def change(label: str, old: object, new: object) -> dict[str, Any]:
    """Return one change as a page shows it."""
    return {"field": label, "old": _plain(old), "new": _plain(new)}


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def one_data_date(table: Table, given: date | None) -> tuple[date | None, dict[int, Refused]]:
    """Return the date the list speaks of and, by row number, which rows disagree with it.

    It stands in a column, in a title row, or is given by the person who imports. Most rows decide.

    Raises:
        Refused: the date given is not the one the list names.

    """
    wrong: dict[int, Refused] = {}
    if "data_on" not in table.found:
        _agree(given, table.titled_on)
        return given or table.titled_on, wrong
    memo = Memo()
    days: Counter[date | None] = Counter()
    for row in table.rows:
        days[_data_date(row, memo, wrong)] += 1
    blank = days.pop(None, 0) - len(wrong)
    if not days:
        _agree(given, table.titled_on)
        return given or table.titled_on, wrong
    most, _ = days.most_common(1)[0]
    _agree(given, most)
    if blank or len(days) > 1:
        for row in table.rows:
            if row.number in wrong:
                continue
            found = _data_date(row, memo, wrong)
            if found is None:
                wrong[row.number] = Refused("The data date is missing; the other rows say %(day)s.", day=most)
            elif found != most:
                wrong[row.number] = Refused(
                    "The data date differs from the other rows, which say %(day)s: import one list at a time.", day=most
                )
    return most, wrong


def _data_date(row: TableRow, memo: Memo, wrong: dict[int, Refused]) -> date | None:
    """Return the data date of a row; ``None`` where none is written, or none that can be read."""
    cell = row["data_on"]
    if cells.is_blank(cell):
        return None
    try:
        return memo.read("data_on", figures.day, cell)
    except Refused as refusal:
        wrong[row.number] = refusal
        return None


def _agree(given: date | None, named: date | None) -> None:
    if given and named and given != named:
        raise Refused(
            "The data date entered is %(given)s, but the list itself says %(named)s: correct one of them.",
            given=given,
            named=named,
        )
