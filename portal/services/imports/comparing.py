"""A list read and compared with what we hold: writes nothing, so it needs no lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.imports import ImportBatch
from models.rules.imports import ImportKind, ImportState, Phase
from models.rules.refusals import NotVisible
from portal.actors import Act
from portal.services.imports import (
    arrears,
    contact_lists,
    layouts,
    organisation,
    reliefs,
    repayments,
    roster,
    school_rosters,
    store,
)
from portal.services.imports.collecting import seldom_collected
from portal.services.imports.forecast import foretell
from portal.services.imports.mending import mended_by, supplement
from portal.services.imports.rows import Staged
from portal.services.imports.waiting import generation, must_wait
from portal.services.imports.watching import UNWATCHED, Watch
from portal.sheets.limits import DEFAULT, Limits
from portal.sheets.reading import Sheet, read

Stage = Callable[..., Staged]

_STAGES: dict[ImportKind, Stage] = {
    ImportKind.ORGANISATION: organisation.stage,
    ImportKind.ROSTER: roster.stage,
    ImportKind.ARREARS: arrears.stage,
    ImportKind.REPAYMENTS: repayments.stage,
    ImportKind.RELIEFS: reliefs.stage,
    ImportKind.CONTACTS: contact_lists.stage,
    ImportKind.SCHOOL_ROSTER: school_rosters.stage,
}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is compared: what it is said to be, its hash, and the data date given with it."""

    kind: ImportKind
    sha256: str
    data_on: date | None
    layout: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compared:
    """What reading and comparing a list has found, not yet put down."""

    staged: Staged
    with_lists: int
    applied_before: int | None
    mends: int | None


@seldom_collected()
def compare(
    session: Session,
    *,
    act: Act,
    batch_id: int,
    data_dir: Path,
    copy_dir: Path | None = None,
    watch: Watch = UNWATCHED,
    limits: Limits = DEFAULT,
) -> Compared:
    """Read a list and compare it with what we hold; writes nothing that stays.

    Args:
        session: a reading session; for an organisation a writing one, whose writes are taken back.
        act: who asked.
        batch_id: the list.
        data_dir: where the installation keeps its files.
        copy_dir: where the second copies are.
        watch: told how far it is.
        limits: what the file may ask for.

    Raises:
        NotVisible: there is no such import.
        Refused: it waits no longer, or cannot be used as a whole.

    """
    batch = session.get(ImportBatch, batch_id)
    if batch is None:
        raise NotVisible
    must_wait(batch)
    watch.at(Phase.READ)
    file = File(batch.kind, batch.sha256, batch.data_on, batch.layout)
    sheets = read(store.open_kept(store.Places.of(data_dir, copy_dir), file.sha256), limits)
    return compared(session, act, file, sheets, watch)


def compared(session: Session, act: Act, file: File, sheets: tuple[Sheet, ...], watch: Watch) -> Compared:
    """Compare what was read with what we hold.

    Args:
        session: as for ``compare``.
        act: who asked.
        file: what the file is said to be.
        sheets: what was read from it.
        watch: told how far it is.

    Raises:
        Refused: the list as a whole cannot be used.

    """
    with_lists = generation(session)  # before anything is looked at: what is applied meanwhile is noticed
    before = session.scalars(
        select(ImportBatch.id)
        .where(
            ImportBatch.sha256 == file.sha256,
            ImportBatch.kind == file.kind,
            ImportBatch.state == ImportState.APPLIED,
        )
        .order_by(ImportBatch.id.desc())
    ).first()
    mends = mended_by(sheets)
    sheets = layouts.as_told(session, kind=file.kind, layout=file.layout, sheets=sheets)
    watch.at(Phase.CHECK)
    staged = _STAGES[file.kind](session, act=act, sheets=sheets, data_on=file.data_on, watch=watch)
    if mends is not None and file.kind is ImportKind.ARREARS:
        supplement(session, staged, mends)
    staged.facts |= foretell(session, act=act, kind=file.kind, staged=staged, watch=watch)
    return Compared(staged, with_lists, before, mends)
