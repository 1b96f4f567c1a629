"""One list taken in as its jobs do, in a process of its own so that its memory can be told.

``python -m tests.bench.one_import DATABASE_URL FOLDER KIND FILE [undo]`` prints one line of JSON: seconds of each step,
the counts, and the peaks of this process and of the process that reads the file, in MB.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from models.crypto import KeyRing, use_keys
from models.database import Database
from models.imports import ImportBatch
from models.rules.imports import ImportKind
from portal.actors import Act
from portal.services.imports import applying, comparing, staging, undoing
from portal.sheets.sources import OnDisk

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LISTED_ON = date(2026, 11, 20)
_KIB = 1024


def main(url: str, folder: Path, kind: ImportKind, path: Path, *, is_undone: bool) -> dict[str, Any]:
    """Take the list in."""
    use_keys(KeyRing(values=b"v" * 32, index=b"i" * 32))
    database = Database(url)
    act = Act(None, AT)
    with database.write() as session:
        batch_id = staging.register(
            session, act=act, kind=kind, file_name=path.name, content=OnDisk(path), data_dir=folder,
            data_on=LISTED_ON if kind is ImportKind.ROSTER else None,
        ).id  # fmt: skip
    seconds: dict[str, float] = {}
    begun = time.process_time()
    start = time.perf_counter()
    with database.writer() if kind is ImportKind.ORGANISATION else database.reader() as session:
        found = comparing.compare(session, act=act, batch_id=batch_id, data_dir=folder)
        session.rollback()
    seconds["compare"] = time.perf_counter() - start
    start = time.perf_counter()
    with database.write() as session:
        staging.put(session, act=act, batch_id=batch_id, found=found)
    seconds["put"] = time.perf_counter() - start
    del found
    start = time.perf_counter()
    with database.write() as session:
        applying.apply(session, act=act, batch_id=batch_id, data_dir=folder)
    seconds["apply"] = time.perf_counter() - start
    cpu = time.process_time() - begun + _of_children()
    if is_undone:
        start = time.perf_counter()
        with database.write() as session:
            undoing.undo(session, act=Act(None, AT + timedelta(minutes=1)), batch_id=batch_id)
        seconds["undo"] = time.perf_counter() - start
    with database.reader() as session:
        batch = session.get_one(ImportBatch, batch_id)
        counts = {name: getattr(batch, name) for name in ("rows", "new", "changed", "unchanged", "rejected")}
    database.engine.dispose()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    peaks = [one.ru_maxrss / _KIB for one in used]
    return {"seconds": seconds, "cpu": cpu, "peak": peaks[0], "reader_peak": peaks[1]} | counts


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(
        json.dumps(
            main(
                sys.argv[1], Path(sys.argv[2]), ImportKind(sys.argv[3]), Path(sys.argv[4]), is_undone="undo" in sys.argv
            )
        )
    )
