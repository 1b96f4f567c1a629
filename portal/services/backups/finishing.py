"""What is left to do with a copy that is brought back: bring it up to date, end all sessions, go on with fresh numbers.

SQLite's file is finished before it takes the other's place. PostgreSQL's copy is in place first, in one transaction,
and what makes and changes tables here cannot be part of that. So a note lies in the copy, put there by that same
transaction, and goes with the last step: whoever is killed in between leaves a database that says so, the portal does
not open it (``portal.readiness``), and finishing it may be done again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text, update

from config import COUNTY_TIME
from models import schema
from models.accounts import UserSession
from models.database import Database
from models.restores import Restore
from models.rules import serials
from portal.actors import Act
from portal.queries.backups import NAME, Manifest
from portal.queries.readiness import UNFINISHED, unfinished
from portal.services import serial_numbers


@dataclass(frozen=True, slots=True)
class Finished:
    """What was finished.

    Attributes:
        backup: its name.
        made_at: when it was made.
        at: from when on the database knows again what is issued.
        bound: numbers of this year go on above it.

    """

    backup: str
    made_at: datetime
    at: datetime
    bound: int


def note(manifest: Manifest) -> tuple[str, str]:
    """Return the statements that leave the note; their values are a moment, a hash and a name of digits."""
    if not NAME.fullmatch(manifest.name) or not manifest.sha256.isalnum():
        raise ValueError("no manifest of ours")
    made_at = manifest.made_at.isoformat()
    return (
        f"CREATE TABLE {UNFINISHED} (backup text, sha256 text, made_at text)",
        f"INSERT INTO {UNFINISHED} VALUES ('{manifest.name}', '{manifest.sha256}', '{made_at}')",  # see above
    )


def finish(database: Database, now: Callable[[], datetime]) -> Finished | None:
    """Bring a database up to date, and finish a restore that has left its note in it.

    Args:
        database: nobody else uses it.
        now: the clock; read when nobody can issue a paper any more in what was there before.

    Returns:
        What was finished; ``None`` when there was no note.

    """
    schema.migrate(database)
    with database.reader() as session:
        left = unfinished(session)
    if left is None:
        return None
    with database.write() as session:
        act = Act(None, now())
        bound = serials.bound(act.at.astimezone(COUNTY_TIME))
        made_at = datetime.fromisoformat(left.made_at)
        # Who was signed in then may not be allowed to be now.
        session.execute(update(UserSession).where(UserSession.ended_at.is_(None)).values(ended_at=act.at))
        void = serial_numbers.void_reserved(session)
        session.add(Restore(backup=left.backup, made_at=made_at, at=act.at, year=act.today.year, bound=bound))
        act.record(
            session,
            "backup:restored",
            subject=f"backup/{left.backup}",
            sha256=left.sha256,
            made_at=left.made_at,
            numbers_after=bound,
            numbers_void=void,
        )
        session.execute(text(f"DROP TABLE {UNFINISHED}"))
    return Finished(left.backup, made_at, act.at, bound)
