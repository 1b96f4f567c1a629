"""How a list is read: planned from its top rows, confirmed by a person, remembered for lists with the same headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.imports import ImportBatch, ImportLayout
from models.rules.imports import KIND_IS_OPEN, ImportKind
from models.rules.refusals import Refused
from portal.actors import Act
from portal.services.imports import part_layouts, remembering
from portal.services.imports.remembering import LENDER
from portal.sheets import guessing, headings, parts
from portal.sheets.guessing import Guess
from portal.sheets.headings import Chosen, Heading
from portal.sheets.heads import pack_head
from portal.sheets.kinds import SINGLE
from portal.sheets.reading import Sheet


@dataclass(frozen=True, slots=True)
class Planned:
    """How a list would be read.

    Args:
        guess: what it seems to be, with what was remembered worked in.
        layout: as it is kept with the import; empty where nobody can tell yet.
        head: its top rows as they are kept, sealed.
        remembered_ids: the remembered layouts that say so.
        is_plain: once its kind is known, nobody needs to be asked what its columns are.

    """

    guess: Guess
    layout: dict[str, Any]
    head: str
    remembered_ids: tuple[int, ...] = ()
    is_plain: bool = False


def plan(
    session: Session, *, sheets: tuple[Sheet, ...], file_name: str = "", kind: ImportKind | None = None
) -> Planned:
    """Say how a list would be read.

    Args:
        session: reads what is remembered.
        sheets: the file's, their top rows at least.
        file_name: may name the kind.
        kind: what the person says it is.

    """
    found = guessing.guess(sheets, file_name, kind)
    head = pack_head(sheets)
    if kind in (None, ImportKind.ORGANISATION):
        held, used = part_layouts.plan(session, sheets)
        if used or found.kind is ImportKind.ORGANISATION:
            is_plain = parts.is_settled(held)
            layout = parts.plain(held) if is_plain else {}
            return Planned(Guess(ImportKind.ORGANISATION), layout, head, used if is_plain else (), is_plain=is_plain)
    remembered = _remembered(session, sheets, kind)
    if remembered is not None:
        row, heading = remembered
        guess = replace(guessing.about(ImportKind(row.kind), heading), heading=heading, likely={})
        return Planned(guess, heading.chosen().plain(), head, (row.id,), is_plain=True)
    layout = found.heading.chosen().plain() if found.heading and not found.missing else {}
    return Planned(found, layout, head, is_plain=found.is_complete)


def as_told(
    session: Session, *, kind: ImportKind, layout: Mapping[str, Any], sheets: tuple[Sheet, ...]
) -> tuple[Sheet, ...]:
    """Return the sheets as they are to be read: as was confirmed, else as was remembered, else as they are."""
    if kind is ImportKind.ORGANISATION:
        return part_layouts.as_told(session, layout=layout, sheets=sheets)
    chosen = Chosen.from_plain(layout)
    if chosen is not None:
        return chosen.on(sheets)
    remembered = _remembered(session, sheets, kind)
    return remembered[1].chosen().on(sheets) if remembered else sheets


def confirm(
    session: Session, *, act: Act, batch: ImportBatch, kind: ImportKind, heading: Heading, remembers: bool
) -> None:
    """Settle how a waiting list is read.

    Args:
        session: a writing session.
        act: who says so.
        batch: the list, locked.
        kind: what it is.
        heading: the row of headings, and where each column stands.
        remembers: use it by itself for the next list with these headings.

    Raises:
        Refused: a column that is needed has no place, or two have the same.

    """
    layout = SINGLE[kind]
    missing = [c.heading for c in layout.columns if c.is_required and c.key not in heading.places]
    if missing:
        raise Refused("Say which column holds %(missing)s.", missing="、".join(f"“{one}”" for one in missing))
    if len(set(heading.places.values())) < len(heading.places):
        raise Refused("One column of the file cannot stand for two: give each meaning its own.")
    batch.kind = kind
    batch.facts = {name: value for name, value in batch.facts.items() if name != KIND_IS_OPEN}
    batch.layout = heading.chosen().plain()
    act.record(session, "import:layout_confirmed", subject=f"import/{batch.id}", kind=kind.value)
    if remembers:
        lender = guessing.about(kind, heading).lender
        remembering.remember(session, act, kind=kind, heading=heading, lender=lender)


def _remembered(
    session: Session, sheets: tuple[Sheet, ...], kind: ImportKind | None
) -> tuple[ImportLayout, Heading] | None:
    """Return the remembered layout whose headings stand in the file, that of its own lender first."""
    rows: dict[str, list[ImportLayout]] = {}
    for row in session.scalars(select(ImportLayout).order_by(ImportLayout.id)):
        if ImportKind(row.kind) in SINGLE and kind in (None, ImportKind(row.kind)):
            rows.setdefault(row.signature, []).append(row)
    for sheet in sheets if rows else ():
        for index in range(min(headings.WITHIN, len(sheet.rows.head)) if sheet.is_visible else 0):
            labels = headings.labels_near(sheet, index)
            its = rows.get(headings.signature(labels), [])
            if its:
                return _of_lender(its, Heading(sheet, index, labels, {}))
    return None


def _of_lender(rows: list[ImportLayout], heading: Heading) -> tuple[ImportLayout, Heading] | None:
    """Choose among layouts with the same headings: that of the file's lender, else the only one there is."""
    read = [(row, replace(heading, places=remembering.places(row, heading.labels)[1])) for row in rows]
    mine = [one for one in read if one[0].lender == guessing.about(ImportKind(one[0].kind), one[1]).lender[:LENDER]]
    return mine[0] if mine else (read[0] if len(read) == 1 else None)
