"""A SQLite database as a sealed file: copied at one moment, sealed, opened again."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from models.crypto import NotReadable
from models.database import Database, copy_file, open_copy
from models.rules.backups import Fault
from portal.services.backups import contents, sealing, shelf
from portal.services.backups.contents import Contents, Copy
from portal.sheets.sources import OnDisk


def take(database: Database, path: Path, purpose: str, key: bytes, draft: Path) -> Copy:
    """Copy the database and seal the copy.

    Args:
        database: may be written to meanwhile.
        path: of the sealed file.
        purpose: what it is sealed for.
        key: the key of backups.
        draft: where the copy stands before it is sealed; gone afterwards.

    """
    copy_file(database.engine, draft)
    engine = open_copy(draft)
    with Session(engine) as session:
        found, lists = contents.of(session), contents.lists(session)
    engine.dispose()
    counted = sealing.Counted(OnDisk(draft).pieces())
    sealed = sealing.seal(path, sealing.pressed(counted), purpose, key)
    draft.unlink()
    return Copy(found, lists, counted.size, counted.sha256, sealed)


def verify(path: Path, purpose: str, key: bytes, sha256: str, said: Contents, draft: Path) -> tuple[Fault, ...]:
    """Open a sealed copy again and look at it as a database; returns what is wrong with it."""
    if not unseal(path, purpose, key, sha256, draft):
        return (Fault.CONTENT,)
    engine = open_copy(draft)
    with Session(engine) as session:
        found = contents.faults(session, said)
    engine.dispose()
    draft.unlink()
    return found


def unseal(path: Path, purpose: str, key: bytes, sha256: str, into: Path) -> bool:
    """Write the copy as the database file it was; say whether it is the very one."""
    counted = sealing.Counted(sealing.unpressed(sealing.opened(path, purpose, key)))
    try:
        shelf.write(into, counted)
    except NotReadable:
        return False
    return counted.sha256 == sha256
