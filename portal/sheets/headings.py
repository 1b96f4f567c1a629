"""The heading row of a list: its labels, also where they stand in two rows, and which columns they name."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.rules import cells
from portal.sheets.columns import Layout, normal
from portal.sheets.reading import Sheet

WITHIN = 30
"""Rows that are not blank among which the heading is looked for; titles and notes above are few."""
REASON = "错误原因"
"""The heading of the column we add when wrong rows are given back; it is no part of a bank's layout."""
_FEWEST = 2
_FEWEST_ABOVE = 2


@dataclass(frozen=True, slots=True)
class Label:
    """What stands above one column.

    Args:
        text: as it is shown; of two rows both, the upper first.
        names: what it is compared with, best first.

    """

    text: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading row as found or chosen: where each column of a layout stands, by the column's key."""

    sheet: Sheet
    index: int
    labels: tuple[Label, ...]
    places: dict[str, int]

    @property
    def number(self) -> int:
        """Return the row's number as the spreadsheet shows it."""
        return self.sheet.rows.head[self.index].number

    @property
    def texts(self) -> tuple[str, ...]:
        """Return what stands above each column."""
        return tuple(label.text for label in self.labels)

    def chosen(self) -> Chosen:
        """Return what is to be remembered of it for one file."""
        return Chosen(self.sheet.name, self.number, dict(self.places))


@dataclass(frozen=True, slots=True)
class Chosen:
    """How one file is read: the sheet, the number of its heading row, and where each column stands."""

    sheet: str
    row: int
    places: dict[str, int]

    def plain(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {"sheet": self.sheet, "row": self.row, "places": self.places}

    @classmethod
    def from_plain(cls, stored: Mapping[str, Any]) -> Chosen | None:
        """Return it from what is stored; ``None`` where nothing is."""
        return cls(stored["sheet"], stored["row"], dict(stored["places"])) if stored else None

    def on(self, sheets: tuple[Sheet, ...]) -> tuple[Sheet, ...]:
        """Return the one sheet that is read, told where its heading is; all of them where it is gone."""
        for sheet in sheets:
            if sheet.name == self.sheet and index_of(sheet, self.row) is not None:
                return (Sheet(sheet.name, True, sheet.rows, sheet.merged, (self.row, self.places)),)  # noqa: FBT003  # shown
        return sheets


def labels_at(sheet: Sheet, index: int, *, with_above: bool) -> tuple[Label, ...]:
    """Return the labels of a row; ``with_above``: the row before it holds words above groups of them."""
    lower = [cells.text(cell) for cell in sheet.rows.head[index].cells]
    upper = [cells.text(cell) for cell in sheet.rows.head[index - 1].cells] if with_above and index else []
    upper += [""] * (len(lower) - len(upper))
    lower += [""] * (len(upper) - len(lower))
    labels: list[Label] = []
    group = ""
    for above, below in zip(upper, lower, strict=True):
        group = above or (group if below else "")
        both = f"{group}{below}" if below != group else below
        names = dict.fromkeys(name for name in (normal(both), normal(below), normal(group)) if name)
        labels.append(Label(both, tuple(names)))
    return tuple(labels)


def places_of(labels: tuple[Label, ...], layout: Layout) -> dict[str, int]:
    """Return the place of each column whose heading is there; the official heading wins over an alias."""
    places: dict[str, int] = {}
    taken: set[int] = set()
    longest = 1 + max(len(column.aliases) for column in layout.columns)
    for rank in range(longest):
        for column in layout.columns:
            wanted = normal((column.heading, *column.aliases)[rank]) if rank <= len(column.aliases) else ""
            if column.key in places or not wanted:
                continue
            place = next((at for at, label in enumerate(labels) if wanted in label.names and at not in taken), None)
            if place is not None:
                places[column.key] = place
                taken.add(place)
    return places


def candidates(sheet: Sheet, layout: Layout) -> Iterator[Heading]:
    """Yield every row that may be the heading, alone and with the row above it."""
    for index, row in enumerate(sheet.rows.head[:WITHIN]):
        for with_above in (False, True):
            if with_above and not _may_group(sheet, index):
                continue
            labels = labels_at(sheet, index, with_above=with_above)
            places = places_of(labels, layout)
            if len(places) >= _FEWEST and len(row.cells) >= _FEWEST:
                yield Heading(sheet, index, labels, places)


def best(sheets: tuple[Sheet, ...], layout: Layout) -> Heading | None:
    """Return the heading row that names the most columns, the first of equals."""
    found: Heading | None = None
    for sheet in sheets:
        for heading in candidates(sheet, layout):
            if found is None or len(heading.places) > len(found.places):
                found = heading
    return found


def told(sheet: Sheet, row: int, places: dict[str, int]) -> Heading | None:
    """Return the heading at a row that somebody chose; ``None`` when there is no such row near the top."""
    index = index_of(sheet, row)
    if index is None:
        return None
    return Heading(sheet, index, labels_near(sheet, index), places)


def labels_near(sheet: Sheet, index: int) -> tuple[Label, ...]:
    """Return the labels of a chosen row, with the row above where that one plainly groups them."""
    return labels_at(sheet, index, with_above=_may_group(sheet, index))


def index_of(sheet: Sheet, row: int) -> int | None:
    """Return where a row stands among the first ones."""
    return next((index for index, one in enumerate(sheet.rows.head) if one.number == row), None)


def keys_of(labels: tuple[Label, ...]) -> tuple[str, ...]:
    """Name each column by its label, so that another order is the same layout; one that repeats gets a number."""
    seen: Counter[str] = Counter()
    keys: list[str] = []
    for label in labels:
        name = label.names[0] if label.names else ""
        seen[name] += 1
        keys.append(f"{name}#{seen[name]}" if name and seen[name] > 1 else name)
    return tuple(keys)


def signature(labels: tuple[Label, ...]) -> str:
    """Return what two files with the same set of headings share."""
    named = sorted(key for key in keys_of(labels) if key and key != REASON)
    return hashlib.sha256("\n".join(named).encode()).hexdigest()


def _may_group(sheet: Sheet, index: int) -> bool:
    """Say whether the row above holds words for groups: several of them, and something below where they are merged."""
    if not index:
        return False
    upper, lower = sheet.rows.head[index - 1], sheet.rows.head[index]
    above = [place for place, cell in enumerate(upper.cells) if not cells.is_blank(cell)]
    below = {place for place, cell in enumerate(lower.cells) if not cells.is_blank(cell)}
    if upper.number != lower.number - 1 or len(above) < _FEWEST_ABOVE or not below:
        return False
    return any(place not in below for place in above) or any(
        first == upper.number == last and right > left for first, left, last, right in sheet.merged
    )
