"""The folder of backups, as it can be read: what is there, what of it is good, and why it is kept.

A backup is a folder named by its moment, with two files: ``database``, a sealed copy, and ``manifest``, what the copy
is. The manifest begins with one line anybody may read, by which a wrong key is told from damage; the rest is sealed.
``files`` beside them holds the sealed lists, named by their hash, once for all backups.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from config import COUNTY_TIME, Settings, SettingsError
from models.crypto import NotReadable, key_mark, open_file, seal_file
from models.rules.backups import Fault, Span, is_old, kept
from models.rules.refusals import Refused

FILES = "files"
DATABASE = "database"
MANIFEST = "manifest"
NAME = re.compile(r"\d{8}T\d{6}Z(-\d+)?")
_FORMAT = 1
_MARK_OF = "backups"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is.

    Attributes:
        name: of its folder, its moment in UTC.
        made_at: when the copy was taken.
        engine: ``sqlite`` or ``postgresql``.
        revision: of the schema.
        version: of the portal.
        data_keys: the mark of the keys that sealed the columns; the keys themselves are in no backup.
        size, sha256: of the copy before it was sealed.
        sealed_size: bytes on the disk.
        rows: how many, by table.
        head: the newest hash of the chain of events.
        files: hashes of the sealed lists that belong to it.
        missing: hashes of lists of which no whole copy was there any more.
        night: the night it was made in; ``None`` when somebody asked for it.
        faults: what was found wrong when it was opened again; empty when it is good.

    """

    name: str
    made_at: datetime
    engine: str
    revision: str
    version: str
    data_keys: str
    size: int
    sha256: str
    sealed_size: int
    rows: Mapping[str, int]
    head: str
    files: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    night: date | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether it was opened again and found to be what it says."""
        return not self.faults

    def sealed(self, key: bytes) -> bytes:
        """Return it as the file it is kept in."""
        head = json.dumps({"format": _FORMAT, "key": key_mark(key, _MARK_OF)}).encode() + b"\n"
        body = json.dumps(asdict(self), default=lambda value: value.isoformat()).encode()
        return head + b"".join(seal_file([body], purpose(self.name, MANIFEST), key))


@dataclass(frozen=True, slots=True)
class Listed:
    """A backup in the folder.

    Attributes:
        name: of its folder.
        manifest: ``None`` when it does not open.
        fault: why not, or what else is wrong with it.
        spans: for what it is kept; empty for one that is not counted.

    """

    name: str
    manifest: Manifest | None
    fault: Refused | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """How things stand with backups.

    Attributes:
        is_on: whether any are made at all.
        newest: the newest good one.
        is_old: there is none, or it is older than anybody should rest on.
        fault: why the folder cannot be read.

    """

    is_on: bool
    newest: Manifest | None = None
    is_old: bool = False
    fault: Refused | None = None


def purpose(name: str, what: str) -> str:
    """Return what a file of a backup is sealed for: none opens in another's place."""
    return f"backup.{name}.{what}"


def folder_of(settings: Settings) -> Path:
    """Return the folder of backups.

    Raises:
        Refused: none is set.

    """
    if settings.backup_dir is None:
        raise Refused("No backups are made: set BACKUP_DIR to a folder on another disk.")
    return settings.backup_dir


def names(folder: Path) -> list[str]:
    """Return the names of all backups, newest first."""
    if not folder.is_dir():
        return []
    return sorted((one.name for one in folder.iterdir() if NAME.fullmatch(one.name) and one.is_dir()), reverse=True)


def read_manifest(folder: Path, name: str, key: bytes) -> Manifest:
    """Open the manifest of a backup.

    Raises:
        Refused: there is none, or it does not open; says which.

    """
    path = folder / name / MANIFEST
    if not NAME.fullmatch(name) or not path.is_file():
        raise Refused("There is no backup %(name)s.", name=name)
    head, _, body = path.read_bytes().partition(b"\n")
    try:
        mark = json.loads(head)
        if mark["format"] != _FORMAT:
            raise Refused("The backup %(name)s is of a kind this portal does not know.", name=name)
        if mark["key"] != key_mark(key, _MARK_OF):
            raise Refused("The backup %(name)s was made with another key: put that key in place first.", name=name)
        return _manifest(json.loads(b"".join(open_file(io.BytesIO(body), purpose(name, MANIFEST), key))))
    except (NotReadable, ValueError, KeyError, TypeError) as fault:
        raise Refused("The manifest of the backup %(name)s is damaged.", name=name) from fault


def listed(folder: Path, key: bytes) -> tuple[Listed, ...]:
    """List the backups, newest first, with what each is kept for."""
    found = [_look(folder, name, key) for name in names(folder)]
    spans = kept(
        {
            one.name: one.manifest.made_at.astimezone(COUNTY_TIME)
            for one in found
            if one.manifest is not None and one.fault is None
        }
    )
    return tuple(Listed(one.name, one.manifest, one.fault, spans.get(one.name, ())) for one in found)


def health(settings: Settings, now: datetime) -> Health:
    """Say how things stand with backups, at this moment."""
    if settings.backup_dir is None:
        return Health(is_on=False)
    try:
        has_any = bool(names(settings.backup_dir))
        newest = newest_good(settings.backup_dir, settings.backup_key()) if has_any else None
    except SettingsError:
        return Health(
            is_on=True,
            is_old=True,
            fault=Refused("The key of backups is not there, or cannot be used: no backup can be opened."),
        )
    except OSError:
        return Health(is_on=True, is_old=True, fault=Refused("The folder of backups cannot be read."))
    return Health(is_on=True, newest=newest, is_old=is_old(newest.made_at if newest else None, now))


def newest_good(folder: Path, key: bytes) -> Manifest | None:
    """Return the newest good backup; ``None`` when there is none."""
    for name in names(folder):
        one = _look(folder, name, key)
        if one.manifest is not None and one.fault is None:
            return one.manifest
    return None


def _look(folder: Path, name: str, key: bytes) -> Listed:
    try:
        manifest = read_manifest(folder, name, key)
    except Refused as fault:
        return Listed(name, None, fault)
    return Listed(name, manifest, _fault(folder, manifest))


def _fault(folder: Path, manifest: Manifest) -> Refused | None:
    """Say what can be seen to be wrong with a backup without opening all of it."""
    database = folder / manifest.name / DATABASE
    if not database.is_file() or database.stat().st_size != manifest.sealed_size:
        return Refused("The copy of the database is missing or cut off.")
    if any(not (folder / FILES / sha256).is_file() for sha256 in manifest.files):
        return Refused("A list that belongs to it is missing.")
    if manifest.faults:
        return Refused("It was opened again when it was made, and found to be faulty.")
    return None


def _manifest(found: dict[str, Any]) -> Manifest:
    return Manifest(
        **{
            **found,
            "made_at": datetime.fromisoformat(found["made_at"]),
            "night": date.fromisoformat(found["night"]) if found["night"] else None,
            "files": tuple(found["files"]),
            "missing": tuple(found["missing"]),
            "faults": tuple(Fault(one) for one in found["faults"]),
        }
    )
