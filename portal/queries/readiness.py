"""Whether the database is one this code can work on, and if not, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.rules.refusals import Refused
from models.schema import head_revision

UNFINISHED = "unfinished_restore"
"""The table in which a copy that is brought back says that it is not finished; see ``services.backups.finishing``."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A restore that has not come to its end: the backup's name and hash, and when it was made, in ISO 8601."""

    backup: str
    sha256: str
    made_at: str


def unfinished(session: Session) -> Unfinished | None:
    """Return the restore that has not come to its end, if there is one."""
    if not inspect(session.connection()).has_table(UNFINISHED):
        return None
    return Unfinished(*session.execute(text(f"SELECT backup, sha256, made_at FROM {UNFINISHED}")).one())  # a constant


def cut_off(left: Unfinished) -> Refused:
    """Say what to do about a restore that has not come to its end."""
    return Refused(
        "The restore of the backup %(name)s was cut off before its end, and nobody can work here: run flask --app wsgi "
        "migrate, which finishes it.",
        name=left.backup,
    )


def fault(session: Session) -> Refused | None:
    """Say why nobody can work on the database now, and what to do; ``None`` when it is ready."""
    try:
        left = unfinished(session)
        found = session.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return Refused("The database does not answer, or has no schema: run flask --app wsgi migrate.")
    if left is not None:
        return cut_off(left)
    wanted = head_revision()
    if found != wanted:
        return Refused(
            "The schema is %(found)s, this code wants %(wanted)s: run flask --app wsgi migrate.",
            found=found or "—", wanted=wanted or "—",
        )  # fmt: skip
    return None
