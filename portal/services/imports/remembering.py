"""What is remembered of lists: which column each heading was said to be."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.imports import ImportLayout
from models.rules.imports import ImportKind
from models.rules.refusals import NotVisible
from portal.actors import Act
from portal.sheets import headings
from portal.sheets.headings import Heading, Label

LENDER = 60
"""Characters of a lender's name that are kept."""


def remember(
    session: Session, act: Act, *, kind: ImportKind, heading: Heading, lender: str = "", part: str = ""
) -> None:
    """Keep where the columns stand under these headings.

    Args:
        session: a writing session.
        act: who says so.
        kind: of list.
        heading: the row of headings with the place of each column.
        lender: as the list names it.
        part: of an organisation, whose columns are named after it.

    """
    signature = headings.signature(heading.labels)
    row = session.scalars(
        select(ImportLayout).where(
            ImportLayout.kind == kind.value,
            ImportLayout.lender == lender[:LENDER],
            ImportLayout.signature == signature,
        )
    ).one_or_none()
    if row is None:
        row = ImportLayout(kind=kind.value, lender=lender[:LENDER], signature=signature)
        session.add(row)
    named = headings.keys_of(heading.labels)
    row.headings = [text for text in heading.texts if text]
    row.columns = {named[place]: f"{part}.{key}" if part else key for key, place in heading.places.items()}
    row.saved_at, row.saved_by_id = act.at, act.user_id
    session.flush()
    act.record(session, "import_layout:remembered", subject=f"import_layout/{row.id}", kind=kind.value)


def places(row: ImportLayout, labels: tuple[Label, ...]) -> tuple[str, dict[str, int]]:
    """Return the part an organisation's layout is of, empty for other lists, and the place of each column by key."""
    named = headings.keys_of(labels)
    part = ""
    found: dict[str, int] = {}
    for name, told in row.columns.items():
        part, _, key = told.rpartition(".")
        if name in named:
            found[key] = named.index(name)
    return part, found


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
