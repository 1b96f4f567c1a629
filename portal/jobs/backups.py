"""Backups by night and on demand: made, told to the log of events, the old ones let go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select

from config import COUNTY_TIME, Settings, SettingsError
from models.database import Database
from models.events import Event
from models.rules.backups import Fault
from models.rules.refusals import Refused
from models.rules.sentences import N_
from portal.actors import Act
from portal.queries import backups as queries
from portal.queries.backups import Manifest
from portal.queries.readiness import cut_off, unfinished
from portal.services import fsck, nightly
from portal.services.backups import checking, making, restoring, shelf
from portal.services.backups.finishing import Finished
from portal.services.findings import Finding
from portal.services.imports.store import Places

STEP = "backup"
_NO_ROOM = N_("There is no room left to bring it back: make room on the disk. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of bringing a backup back.

    Attributes:
        manifest: of the backup.
        finished: since when the database knows what is issued, and from where numbers go on.
        set_aside: whether a damaged database file lies beside it now.
        findings: what ``fsck`` finds, judged for the day the backup was made on.

    """

    manifest: Manifest
    finished: Finished
    set_aside: bool
    findings: tuple[Finding, ...]


def make(
    database: Database, settings: Settings, *, now: datetime, night: date | None = None
) -> tuple[Manifest, list[str]]:
    """Make a backup, and let those go whose time is over if it is good.

    Returns:
        Its manifest, and the names of those that went.

    Raises:
        Refused: it cannot be made.
        SettingsError: its key is not there, or cannot be used.

    """
    with database.reader() as session:
        left = unfinished(session)
    if left is not None:
        raise cut_off(left)
    with shelf.alone(settings) as folder:
        manifest = making.make(database, settings, folder, now=now, night=night)
        gone = making.let_go(folder, settings.backup_key()) if manifest.is_good else []
    _tell(database, manifest, now)
    return manifest, gone


def make_for_night(database: Database, settings: Settings, *, as_of: date, now: datetime) -> int:
    """Make the backup of a night; not when there is a good one of it, or of a later moment.

    Returns:
        How many were made; 0 the second time, and where none are made at all.

    Raises:
        Refused: it cannot be made, or is faulty.

    """
    if settings.backup_dir is None:
        return 0
    try:
        return _make_for_night(database, settings, settings.backup_dir, as_of, now)
    except SettingsError as fault:
        raise Refused("The key of backups is not there, or cannot be used: no backup can be opened.") from fault


def _make_for_night(database: Database, settings: Settings, folder: Path, as_of: date, now: datetime) -> int:
    held = None
    if queries.names(folder):
        held = queries.newest_good(folder, settings.backup_key())
    if held is not None and (held.night == as_of or held.made_at >= nightly.moment(as_of)):
        _tell(database, held, now)  # a machine that stopped right after it may not have
        return 0
    made, _ = make(database, settings, now=now, night=as_of)
    if not made.is_good:
        raise Refused("It was opened again when it was made, and found to be faulty.")
    return 1


def check(database: Database, settings: Settings, manifest: Manifest) -> tuple[Fault, ...]:
    """Open a backup again with all its lists; returns what is wrong with it now."""
    with shelf.alone(settings) as folder:
        return checking.whole(database, settings, folder, manifest, settings.backup_key())


def restore(
    database: Database,
    settings: Settings,
    name: str,
    *,
    now: Callable[[], datetime],
    may_go_on: Callable[[Manifest], bool],
) -> Restored:
    """Bring a backup back and check everything as it stands then.

    Args:
        database: of this installation.
        settings: of this installation.
        name: of the backup.
        now: the clock.
        may_go_on: asked when there are data already that would go.

    Raises:
        Refused: it cannot be brought back; nothing was changed.
        SettingsError: the key of backups is not there.

    """
    with shelf.alone(settings) as folder, shelf.room(_NO_ROOM):
        manifest = restoring.look_at(database, settings, folder, name, now())
        if restoring.is_in_use(database) and not may_go_on(manifest):
            raise Refused("There are data already, and nobody said that they may go: nothing was changed.")
        done = restoring.bring_back(database, settings, folder, manifest, now)
    with database.reader() as session:
        then = manifest.made_at.astimezone(COUNTY_TIME).date()
        found = [one for findings in fsck.check(session, then).values() for one in findings]
        found += fsck.copies(session, Places.from_settings(settings))
    return Restored(manifest, done.finished, set_aside=done.set_aside, findings=tuple(found))


def _tell(database: Database, manifest: Manifest, now: datetime) -> None:
    subject = f"backup/{manifest.name}"
    with database.write() as session:
        if session.scalar(select(Event.id).where(Event.tag == "backup:made", Event.subject == subject)) is None:
            Act(None, now).record(
                session,
                "backup:made",
                subject=subject,
                sha256=manifest.sha256,
                head=manifest.head,
                faults=[fault.value for fault in manifest.faults],
            )
