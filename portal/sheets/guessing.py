"""What a file is: its kind, its heading row and its columns, found by themselves for somebody to confirm."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from models.rules import cells, figures
from models.rules.imports import ImportKind
from models.rules.refusals import Refused
from portal.sheets import headings, tables
from portal.sheets.columns import Layout, normal
from portal.sheets.headings import Heading
from portal.sheets.kinds import SINGLE
from portal.sheets.organisation_columns import ORGANISATION
from portal.sheets.reading import Sheet

SAMPLES = 3
_LIKELY = 0.75
_FEWEST_GOOD = 2
_HINT = 4  # headings' worth: what a title or the file's name says
_HINTS = {
    ImportKind.ARREARS: ("逾期", "欠款", "拖欠"),
    ImportKind.REPAYMENTS: ("还款明细", "扣款", "回收"),
    ImportKind.ROSTER: ("花名册", "台账", "合同清单"),
}


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file seems to be.

    Args:
        kind: of list; ``None`` when nothing of any list was seen.
        heading: with the columns recognised; none for an organisation, whose sheets are told by their names.
        likely: places of columns that are only likely, by the column's key.
        titled_on: the data date its titles or its first rows name.
        lender: the lender its titles or its first rows name, as written.

    """

    kind: ImportKind | None
    heading: Heading | None = None
    likely: dict[str, int] | None = None
    titled_on: date | None = None
    lender: str = ""

    @property
    def is_complete(self) -> bool:
        """Say whether every column that is needed is recognised."""
        return self.heading is not None and not self.missing

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the keys of the columns that are needed and not recognised."""
        if self.heading is None or self.kind not in SINGLE:
            return ()
        return tuple(c.key for c in SINGLE[self.kind].columns if c.is_required and c.key not in self.heading.places)


def guess(sheets: tuple[Sheet, ...], file_name: str = "", only: ImportKind | None = None) -> Guess:
    """Say what a file seems to be; ``only``: of this kind."""
    visible = tuple(sheet for sheet in sheets if sheet.is_visible and sheet.rows)
    if only in (None, ImportKind.ORGANISATION) and _is_organisation(visible):
        return Guess(ImportKind.ORGANISATION)
    found: list[tuple[float, ImportKind, Heading]] = []
    for kind, layout in SINGLE.items():
        if only in (None, kind) and (heading := headings.best(visible, layout)):
            found.append((_score(kind, layout, heading, file_name), kind, heading))
    if not found:
        return Guess(only)
    _, kind, heading = max(found, key=lambda one: one[0])
    return about(kind, heading)


def about(kind: ImportKind, heading: Heading) -> Guess:
    """Say what a list of a known kind and heading row seems to hold."""
    sure_heading, likely = recognised(heading, SINGLE[kind])
    above = " ".join(cells.text(one) for row in heading.sheet.rows.head[: heading.index] for one in row.cells)
    return Guess(
        kind,
        sure_heading,
        likely=likely,
        titled_on=tables.titled_on(above) or _first_day(sure_heading),
        lender=_first_words(sure_heading, "lender"),
    )


def recognised(heading: Heading, layout: Layout) -> tuple[Heading, dict[str, int]]:
    """Return a heading row with the columns that are sure, and the places of those that are only likely, by key."""
    sure = {key: place for key, place in heading.places.items() if not _stands_twice(heading, place)}
    found = replace(heading, places=sure)
    return found, _likely(found, layout)


def samples(heading: Heading, place: int, most: int = SAMPLES) -> list[object]:
    """Return the first values of a column, each once."""
    found: list[object] = []
    for row in heading.sheet.rows.head[heading.index + 1 :]:
        is_new = place < len(row.cells) and row.cells[place] not in found
        if is_new and not cells.is_blank(row.cells[place]):
            found.append(row.cells[place])
            if len(found) == most:
                break
    return found


def _is_organisation(sheets: Sequence[Sheet]) -> bool:
    return any(
        headings.best((sheet,), layout) for sheet in sheets for layout in ORGANISATION if layout.is_named(sheet.name)
    )


def _score(kind: ImportKind, layout: Layout, heading: Heading, file_name: str) -> float:
    """Weigh what is recognised against what is missing: a list that needs little must not win by needing little."""
    missing = sum(column.is_required and column.key not in heading.places for column in layout.columns)
    above = (cells.text(one) for row in heading.sheet.rows.head[: heading.index] for one in row.cells)
    words = f"{file_name} {heading.sheet.name} {' '.join(above)}"
    hint = any(one in words for one in (*_HINTS.get(kind, ()), layout.title or "—"))
    return len(heading.places) - missing / 2 + hint * _HINT


def _stands_twice(heading: Heading, place: int) -> bool:
    mine = heading.labels[place].text
    return sum(normal(label.text) == normal(mine) for label in heading.labels) > 1


def _likely(heading: Heading, layout: Layout) -> dict[str, int]:
    """Return columns told by headings that are nearly right, or by what stands below them."""
    free = [at for at in range(len(heading.labels)) if at not in heading.places.values()]
    open_keys = [column for column in layout.columns if column.key not in heading.places]
    found: dict[str, int] = {}
    for column in open_keys:
        wanted = [normal(name) for name in (column.heading, *column.aliases)]
        for place in free:
            label = normal(heading.labels[place].text)
            is_near = label and not _stands_twice(heading, place) and _near(label, wanted)
            if place not in found.values() and (is_near or _holds(column.key, samples(heading, place))):
                found[column.key] = place
                break
    return found


def _near(label: str, wanted: Iterable[str]) -> bool:
    return bool(difflib.get_close_matches(label, wanted, 1, _LIKELY))


def _holds(key: str, values: Sequence[object]) -> bool:
    """Say whether values can be nothing else: identity numbers and telephone numbers prove themselves."""
    read = {"id_number": cells.resident_id, "phone": cells.phones}.get(key)
    if read is None or len(values) < _FEWEST_GOOD:
        return False
    try:
        return all(read(one) for one in values)
    except Refused:
        return False


def _first_day(heading: Heading) -> date | None:
    if "data_on" not in heading.places:
        return None
    for value in samples(heading, heading.places["data_on"], 1):
        try:
            return figures.day(value)
        except Refused:
            return None
    return None


def _first_words(heading: Heading, key: str) -> str:
    found = samples(heading, heading.places[key], 1) if key in heading.places else []
    return cells.text(found[0]) if found else ""
