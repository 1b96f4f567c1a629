"""How an organisation's workbook is read: planned sheet by sheet, confirmed by a person, remembered by headings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.imports import ImportBatch, ImportLayout
from models.rules.imports import KIND_IS_OPEN, ImportKind
from models.rules.refusals import Refused
from portal.actors import Act
from portal.services.imports import remembering
from portal.sheets import headings, parts
from portal.sheets.headings import Heading
from portal.sheets.parts import PARTS, Part
from portal.sheets.reading import Sheet


def plan(session: Session, sheets: tuple[Sheet, ...]) -> tuple[tuple[Part, ...], tuple[int, ...]]:
    """Return what the sheets of a file seem to hold, and the numbers of the remembered layouts that say so."""
    known = {
        row.signature: row
        for row in session.scalars(select(ImportLayout).where(ImportLayout.kind == ImportKind.ORGANISATION.value))
    }
    found: list[Part] = []
    used: list[int] = []
    for sheet in sheets:
        if sheet.is_visible and sheet.rows:
            row, part = _remembered(sheet, known)
            found.append(part or parts.guess(sheet))
            used += [row.id] if row is not None else []
    return tuple(found), tuple(used)


def as_told(session: Session, *, layout: Mapping[str, Any], sheets: tuple[Sheet, ...]) -> tuple[Sheet, ...]:
    """Return the sheets as they are to be read: as was confirmed, else as was remembered, else as they are."""
    if not layout:
        found, used = plan(session, sheets)
        layout = parts.plain(found) if used and parts.is_settled(found) else {}
    return parts.on(layout, sheets)


def confirm(session: Session, *, act: Act, batch: ImportBatch, found: Sequence[Part], remembers: bool) -> None:
    """Settle how a waiting workbook is read.

    Args:
        session: a writing session.
        act: who says so.
        batch: the list, locked.
        found: what each sheet holds, and where its columns stand.
        remembers: use it by itself for the next workbook whose sheets have these headings.

    Raises:
        Refused: no sheet holds anything, two hold the same, or a column that is needed has no place.

    """
    used = [one for one in found if one.part]
    if not used:
        raise Refused("Say of at least one sheet what it holds.")
    for part in parts.repeated(used):
        raise Refused("Two sheets are said to hold “%(part)s”: put them into one.", part=PARTS[part].names[0])
    for one in used:
        if one.missing:
            raise Refused(
                "Sheet “%(sheet)s”: say which column holds %(missing)s.",
                sheet=one.sheet.name or "1",
                missing="、".join(f"“{heading}”" for heading in one.missing),
            )
    batch.kind = ImportKind.ORGANISATION
    batch.facts = {name: value for name, value in batch.facts.items() if name != KIND_IS_OPEN}
    batch.layout = parts.plain(used)
    act.record(session, "import:layout_confirmed", subject=f"import/{batch.id}", kind=ImportKind.ORGANISATION.value)
    for one in used if remembers else ():
        if one.heading is not None:
            remembering.remember(session, act, kind=ImportKind.ORGANISATION, heading=one.heading, part=one.part)


def _remembered(sheet: Sheet, known: Mapping[str, ImportLayout]) -> tuple[ImportLayout | None, Part | None]:
    """Return the remembered layout whose headings stand in a sheet, and what it says of the sheet."""
    for index in range(min(headings.WITHIN, len(sheet.rows.head)) if known else 0):
        labels = headings.labels_near(sheet, index)
        row = known.get(headings.signature(labels))
        if row is not None:
            part, places = remembering.places(row, labels)
            return row, Part(sheet, part, Heading(sheet, index, labels, places), {}, is_sure=True)
    return None, None
