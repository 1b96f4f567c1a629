"""What becomes of one row: its clean values, what is wrong with it, what it would change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from models.rules import cells, identity
from models.rules.imports import RowOutcome
from models.rules.refusals import Refused
from portal.sheets.columns import Layout
from portal.sheets.showing import shown
from portal.sheets.tables import Table, TableRow

T = TypeVar("T")

_LABEL = 120


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


@dataclass(slots=True)
class Staged:
    """A list as it waits for confirmation; ``facts`` are its consequences in numbers, without names of persons."""

    rows: list[StagedRow]
    headings: tuple[str, ...] = ()
    lender_id: int | None = None
    data_on: date | None = None
    vanished: int = 0
    vanished_ids: list[int] = field(default_factory=list)  # contracts of the list before that are not on this one
    supplemented: list[int] = field(default_factory=list)  # contracts whose line of the list in use stays as it is
    facts: dict[str, Any] = field(default_factory=dict)

    def count(self, outcome: RowOutcome) -> int:
        """Return how many rows have the outcome."""
        return sum(row.outcome is outcome for row in self.rows)


class RowCheck:
    """Collects what is wrong with a row, so that a clerk learns all of it at once."""

    def __init__(self, row: TableRow, layout: Layout) -> None:
        self.row = row
        self.layout = layout
        self.problems: list[dict[str, Any]] = []

    @property
    def is_rejected(self) -> bool:
        """Say whether the row cannot be used."""
        return any(problem["fatal"] for problem in self.problems)

    def need(self, key: str, read: Callable[[object], T]) -> T | None:
        """Read a cell that must hold something; a wrong one is remembered and gives ``None``."""
        try:
            return read(self.row[key])
        except Refused as refusal:
            self.refuse(key, refusal)
            return None

    def words(self, key: str, most: int) -> str:
        """Read a cell of words that must hold something."""
        try:
            written = "" if cells.is_blank(self.row[key]) else cells.words(self.row[key])
        except Refused as refusal:
            self.refuse(key, refusal)
            return cells.text(self.row[key])
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
        if not self.row.has(key):
            return None
        try:
            return read(self.row[key])
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
    """Return what stands in more than one row, with the numbers of its rows."""
    seen: dict[str, list[int]] = defaultdict(list)
    for row in table.rows:
        written = key(row)
        if written:
            seen[written].append(row.number)
    return {written: numbers for written, numbers in seen.items() if len(numbers) > 1}


def other_rows(numbers: Iterable[int], mine: int) -> str:
    """Name the other rows: ``12、48``."""
    return "、".join(str(number) for number in numbers if number != mine)


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
    days: dict[int, date] = {}
    wrong: dict[int, Refused] = {}
    for row in table.rows:
        if row.has("data_on"):
            try:
                days[row.number] = cells.day(row["data_on"])
            except Refused as refusal:
                wrong[row.number] = refusal
    if not days:
        named = table.titled_on
        _agree(given, named)
        return given or named, wrong
    most, _ = Counter(days.values()).most_common(1)[0]
    _agree(given, most)
    for row in table.rows:
        if row.number in wrong:
            continue
        if row.number not in days:
            wrong[row.number] = Refused("The data date is missing; the other rows say %(day)s.", day=most)
        elif days[row.number] != most:
            wrong[row.number] = Refused(
                "The data date differs from the other rows, which say %(day)s: import one list at a time.", day=most
            )
    return most, wrong


def _agree(given: date | None, named: date | None) -> None:
    if given and named and given != named:
        raise Refused(
            "The data date entered is %(given)s, but the list itself says %(named)s: correct one of them.",
            given=given,
            named=named,
        )
