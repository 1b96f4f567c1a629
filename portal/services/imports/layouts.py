"""How a list is read: planned from its top rows, confirmed by a person, remembered for lists with the same headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.imports import ImportBatch, ImportLayout
from models.rules.imports import KIND_IS_OPEN, ImportKind
from models.rules.refusals import NotVisible, Refused
from portal.actors import Act
from portal.sheets import guessing, headings
from portal.sheets.guessing import Guess
from portal.sheets.headings import Chosen, Heading
from portal.sheets.heads import pack_head
from portal.sheets.kinds import SINGLE
from portal.sheets.reading import Sheet

_LENDER = 60


@dataclass(frozen=True, slots=True)
class Planned:
    """How a list would be read.

    Args:
        guess: what it seems to be, with what was remembered worked in.
        layout: as it is kept with the import; empty where nobody can tell yet.
        head: its top rows as they are kept, sealed.
        remembered_id: the remembered layout that says so.

    """

    guess: Guess
    layout: dict[str, Any]
    head: str
    remembered_id: int | None = None


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
    remembered = _remembered(session, sheets, kind)
    if remembered is not None:
        row, heading = remembered
        guess = replace(guessing.about(ImportKind(row.kind), heading), heading=heading, likely={})
        return Planned(guess, heading.chosen().plain(), head, row.id)
    layout = found.heading.chosen().plain() if found.heading and not found.missing else {}
    return Planned(found, layout, head)


def as_told(
    session: Session, *, kind: ImportKind, layout: Mapping[str, Any], sheets: tuple[Sheet, ...]
) -> tuple[Sheet, ...]:
    """Return the sheets as they are to be read: as was confirmed, else as was remembered, else as they are."""
    chosen = Chosen.from_plain(layout)
    if chosen is not None:
        return chosen.on(sheets)
    if kind not in SINGLE:
        return sheets
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
        _remember(session, act, kind, guessing.about(kind, heading).lender, heading)


def note_use(session: Session, *, act: Act, layout_id: int) -> None:
    """Count that a remembered layout was used."""
    row = session.get_one(ImportLayout, layout_id)
    row.uses += 1
    row.used_at = act.at


def forget(session: Session, *, act: Act, layout_id: int) -> None:
    """Forget a remembered layout; imports read with it stay as they are.

    Raises:
        NotVisible: there is none.

    """
    row = session.get(ImportLayout, layout_id)
    if row is None:
        raise NotVisible
    act.record(session, "import_layout:forgotten", subject=f"import_layout/{layout_id}", kind=row.kind)
    session.delete(row)


def _remember(session: Session, act: Act, kind: ImportKind, lender: str, heading: Heading) -> None:
    signature = headings.signature(heading.labels)
    row = session.scalars(
        select(ImportLayout).where(
            ImportLayout.kind == kind.value,
            ImportLayout.lender == lender[:_LENDER],
            ImportLayout.signature == signature,
        )
    ).one_or_none()
    if row is None:
        row = ImportLayout(kind=kind.value, lender=lender[:_LENDER], signature=signature)
        session.add(row)
    named = headings.keys_of(heading.labels)
    row.headings = [text for text in heading.texts if text]
    row.columns = {named[place]: key for key, place in heading.places.items()}
    row.saved_at, row.saved_by_id = act.at, act.user_id
    session.flush()
    act.record(session, "import_layout:remembered", subject=f"import_layout/{row.id}", kind=kind.value)


def _remembered(
    session: Session, sheets: tuple[Sheet, ...], kind: ImportKind | None
) -> tuple[ImportLayout, Heading] | None:
    """Return the remembered layout whose headings stand in the file, that of its own lender first."""
    rows: dict[str, list[ImportLayout]] = {}
    for row in session.scalars(select(ImportLayout).order_by(ImportLayout.id)):
        if kind in (None, ImportKind(row.kind)):
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
    named = headings.keys_of(heading.labels)
    read = [
        (row, replace(heading, places={key: named.index(name) for name, key in row.columns.items() if name in named}))
        for row in rows
    ]
    mine = [one for one in read if one[0].lender == guessing.about(ImportKind(one[0].kind), one[1]).lender[:_LENDER]]
    return mine[0] if mine else (read[0] if len(read) == 1 else None)
