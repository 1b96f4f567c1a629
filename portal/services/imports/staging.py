"""An import's way until it is confirmed: received, put down as it was compared, refused or discarded.

What ``comparing`` found is put down in one transaction, and ``applying`` writes it in another.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.imports import ImportBatch, ImportContent, ImportImage, ImportRow
from models.rules.imports import KIND_IS_OPEN, ImportKind, ImportState, Phase, RowOutcome
from models.rules.refusals import Refused, packed
from portal.actors import Act
from portal.queries.import_images import SUPPLEMENTED, VANISHED
from portal.services.imports import (
    bulk,
    comparing,
    layouts,
    originals,
    store,
)
from portal.services.imports.collecting import seldom_collected
from portal.services.imports.holdings import pieces
from portal.services.imports.spool import Spool
from portal.services.imports.trail import Trail
from portal.services.imports.waiting import alone_with_copies, locked, must_wait
from portal.services.imports.watching import UNWATCHED, Watch
from portal.sheets.reading import read
from portal.sheets.sources import Source, source_of

_ROW = ("batch_id", "sheet", "row_number", "outcome", "label", "content", "changes", "problems")
_CONTENT = ("batch_id", "position", "rows", "content")
_BLOCKS = 8  # put down at a time
_FILE_NAME = 120
_LONGEST_REFUSAL = 500


def register(
    session: Session,
    *,
    act: Act,
    kind: ImportKind,
    file_name: str,
    content: Source | bytes,
    data_dir: Path,
    copy_dir: Path | None = None,
    data_on: date | None = None,
    is_strict: bool = False,
    planned: layouts.Planned | None = None,
    kind_is_open: bool = False,
    kept_as: str | None = None,
) -> ImportBatch:
    """Keep a list in two sealed copies; it is not read yet.

    Args:
        session: a writing session.
        act: who brings the list.
        kind: what kind of list it is.
        file_name: as the clerk named it; shown, never used as a path.
        content: the file.
        data_dir: where the installation keeps its files.
        copy_dir: where the second copies go, when not beside the first.
        data_on: the data date, where the list itself names none.
        is_strict: one wrong row keeps the whole list out.
        planned: how it is to be read, where its top was looked at.
        kind_is_open: the kind is only what the file seems to be.
        kept_as: its hash, where the copies were written before this transaction so that nobody waits for them.

    """
    places = store.Places.of(data_dir, copy_dir)
    sha256 = kept_as or store.hash_of(content)
    batch = ImportBatch(
        kind=kind,
        state=ImportState.RECEIVED,
        file_name=_plain_name(file_name),
        sha256=sha256,
        size=source_of(content).size,
        data_on=data_on,
        is_strict=is_strict,
        received_at=act.at,
        received_by_id=act.user_id,
        facts={KIND_IS_OPEN: True} if kind_is_open else {},
        layout=planned.layout if planned else {},
        head=planned.head if planned else None,
    )
    session.add(batch)
    session.flush()
    act.record(session, "import:received", subject=f"import/{batch.id}", kind=kind.value, size=batch.size)
    alone_with_copies(session)
    if kept_as is None or not store.are_there(places, sha256):  # destroyed for another list meanwhile
        store.keep(places, sha256, content)
    return batch


def receive(
    session: Session,
    *,
    act: Act,
    kind: ImportKind,
    file_name: str,
    content: Source | bytes,
    data_dir: Path,
    copy_dir: Path | None = None,
    data_on: date | None = None,
    is_strict: bool = False,
) -> ImportBatch:
    """Keep a list, read it, and stage its rows for confirmation, all in the caller's transaction; see ``register``.

    Raises:
        Refused: the list as a whole cannot be used; the sentence says why and what would mend it.

    """
    found = comparing.compared(
        session, act, comparing.File(kind, store.hash_of(content), data_on), read(content), UNWATCHED
    )
    batch = register(
        session,
        act=act,
        kind=kind,
        file_name=file_name,
        content=content,
        data_dir=data_dir,
        copy_dir=copy_dir,
        data_on=data_on,
        is_strict=is_strict,
    )
    return put(session, act=act, batch_id=batch.id, found=found)


@seldom_collected()
def put(
    session: Session, *, act: Act, batch_id: int, found: comparing.Compared, watch: Watch = UNWATCHED
) -> ImportBatch:
    """Put down what a comparison found, in place of what an earlier one did.

    Raises:
        NotVisible: there is no such import.
        Refused: it waits no longer.

    """
    batch = locked(session, batch_id)
    must_wait(batch)
    _drop_rows(session, batch_id)
    staged = found.staged
    spool = Spool(staged.rows) if isinstance(staged.rows, list) else staged.rows
    connection = session.connection()
    done = position = 0
    for blocks in pieces(spool.blocks(), _BLOCKS):
        watch.at(Phase.WRITE, done, len(spool))
        rows = [(batch_id, *record) for block in blocks for record in block.records]
        bulk.insert_stored(connection, ImportRow, _ROW, rows)
        good = [(block.good, block.content) for block in blocks if block.good]
        contents = [(batch_id, number, *of_block) for number, of_block in enumerate(good, start=position + 1)]
        bulk.insert_stored(connection, ImportContent, _CONTENT, contents)
        done, position = done + len(rows), position + len(contents)
    batch.state = ImportState.STAGED
    batch.staged_at = act.at
    batch.compared_with = found.with_lists
    batch.lender_id = staged.lender_id
    batch.data_on = staged.data_on
    batch.rows = len(staged.rows)
    batch.new = staged.count(RowOutcome.NEW)
    batch.changed = staged.count(RowOutcome.CHANGED)
    batch.unchanged = staged.count(RowOutcome.UNCHANGED)
    batch.rejected = staged.count(RowOutcome.REJECTED)
    batch.vanished = staged.vanished
    batch.facts = staged.facts | {
        "headings": list(staged.headings),
        "applied_before": found.applied_before,
        "mends": found.mends,
    }
    batch.refusal, batch.refusal_values = "", {}
    session.execute(
        delete(ImportImage).where(ImportImage.batch_id == batch_id).execution_options(synchronize_session=False)
    )
    for name, ids in ((VANISHED, staged.vanished_ids), (SUPPLEMENTED, staged.supplemented)):
        if ids:
            Trail(session, batch_id).ids(name, ids)
    session.flush()
    return batch


def refuse(session: Session, *, batch_id: int, refusal: Refused) -> None:
    """Write down why the newest step with a list was refused; one never compared cannot be used as it is."""
    batch = locked(session, batch_id)
    pack = packed(refusal)
    batch.refusal, batch.refusal_values = pack["reason"][:_LONGEST_REFUSAL], pack["values"]
    if batch.state is ImportState.RECEIVED:
        batch.state = ImportState.UNREADABLE


def discard(session: Session, *, act: Act, batch_id: int) -> None:
    """Drop a waiting list; its rows go, the kept file and the record that it came stay.

    Raises:
        NotVisible: there is no such import.
        Refused: it waits no longer.

    """
    batch = locked(session, batch_id)
    must_wait(batch)
    _drop_rows(session, batch_id)
    batch.state = ImportState.DISCARDED
    if batch.kind is ImportKind.SCHOOL_ROSTER:
        originals.not_kept(session, act=act, batch=batch)
    batch.head = None
    act.record(session, "import:discarded", subject=f"import/{batch.id}", kind=batch.kind.value)


def _drop_rows(session: Session, batch_id: int) -> None:
    for table in (ImportRow, ImportContent):
        session.execute(delete(table).where(table.batch_id == batch_id).execution_options(synchronize_session=False))


def _plain_name(file_name: str) -> str:
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(one for one in name if one.isprintable())[-_FILE_NAME:] or "list.xlsx"
