"""The sheets of an organisation's workbook: which part each holds, and where its columns stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.sheets import guessing, headings
from portal.sheets.columns import Layout
from portal.sheets.headings import Chosen, Heading
from portal.sheets.organisation_columns import ORGANISATION
from portal.sheets.reading import Sheet

PARTS: dict[str, Layout] = {layout.part: layout for layout in ORGANISATION}
"""By their names in code, in the order in which they are written."""
_STORED = "parts"


@dataclass(frozen=True, slots=True)
class Part:
    """What one sheet seems to hold, or was said to.

    Args:
        sheet: as it came.
        part: of the organisation; empty: the sheet is not used.
        heading: its row of headings with the columns that are sure; none where no row fits.
        likely: places of columns that are only likely, by key.
        is_sure: the sheet's own name says so, or a person.

    """

    sheet: Sheet
    part: str = ""
    heading: Heading | None = None
    likely: Mapping[str, int] | None = None
    is_sure: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the official headings of the columns that are needed and have no place."""
        if not self.part:
            return ()
        places = self.heading.places if self.heading else {}
        return tuple(c.heading for c in PARTS[self.part].columns if c.is_required and c.key not in places)


def guess(sheet: Sheet) -> Part:
    """Say what a sheet seems to hold: by its name, else by its headings where they name all that is needed."""
    for layout in ORGANISATION:
        if layout.is_named(sheet.name):
            return replace(told(sheet, layout.part), is_sure=True)
    found = [told(sheet, part) for part in PARTS]
    whole = [one for one in found if one.heading is not None and not one.missing]
    return max(whole, key=lambda one: len(one.heading.places) if one.heading else 0, default=Part(sheet))


def told(sheet: Sheet, part: str, row: int | None = None) -> Part:
    """Return a sheet that holds a part, its headings in a row that was chosen or the one that fits best."""
    layout = PARTS[part]
    index = None if row is None else headings.index_of(sheet, row)
    if index is not None:
        labels = headings.labels_near(sheet, index)
        heading = Heading(sheet, index, labels, headings.places_of(labels, layout))
    else:
        best = headings.best((sheet,), layout)
        if best is None:
            return Part(sheet, part)
        heading = best
    sure, likely = guessing.recognised(heading, layout)
    return Part(sheet, part, sure, likely)


def is_settled(parts: Iterable[Part]) -> bool:
    """Say whether nobody needs to be asked: each sheet that holds something says so, and its headings are plain."""
    used = [one for one in parts if one.part]
    return bool(used) and not repeated(used) and all(one.is_sure and not one.missing and not one.likely for one in used)


def repeated(parts: Iterable[Part]) -> list[str]:
    """Return the parts that several sheets hold."""
    return [part for part, count in Counter(one.part for one in parts if one.part).items() if count > 1]


def plain(parts: Iterable[Part]) -> dict[str, Any]:
    """Return how the sheets are read, as it is stored with an import."""
    used = {one.part: one.heading.chosen().plain() for one in parts if one.part and one.heading}
    return {_STORED: used} if used else {}


def from_plain(stored: Mapping[str, Any]) -> dict[str, Chosen]:
    """Return what is stored: how each part is read."""
    found = {part: Chosen.from_plain(one) for part, one in stored.get(_STORED, {}).items()}
    return {part: chosen for part, chosen in found.items() if chosen is not None}


def on(stored: Mapping[str, Any], sheets: tuple[Sheet, ...]) -> tuple[Sheet, ...]:
    """Return the sheets that are read, each told what it holds; all of them as they are where nothing is stored."""
    found = [
        replace(sheet, part=part)
        for part, chosen in from_plain(stored).items()
        for sheet in chosen.on(sheets)
        if sheet.told is not None
    ]
    return tuple(found) or sheets
