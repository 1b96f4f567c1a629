"""One list taken in as its jobs do, in a process of its own so that its memory can be told.

``python -m tests.bench.one_import DATABASE_URL FOLDER KIND FILE [undo]`` prints one line of JSON: seconds of each step,
the counts, and the peaks of this process and of the process that reads the file, in MB.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import threading
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
_LOOK_EVERY = 0.02  # seconds


def main(url: str, folder: Path, kind: ImportKind, path: Path, *, is_undone: bool) -> dict[str, Any]:
    """Take the list in."""
    use_keys(KeyRing(values=b"v" * 32, index=b"i" * 32))
    database = Database(url)
    act = Act(None, AT)
    readers = _Readers()
    readers.start()
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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB
    return {"seconds": seconds, "cpu": cpu, "peak": peak, "reader_peak": readers.peak} | counts


class _Readers(threading.Thread):
    """Looks at the peak of each process that reads the file, which Linux keeps while it lives.

    What it tells of children that have ended counts the memory they shared with this process before they were readers.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0.0

    def run(self) -> None:
        """Look until the process ends."""
        while True:
            for children in Path("/proc/self/task").glob("*/children"):
                for child in _text(children).split():
                    place = Path("/proc", child)
                    found = re.search(r"VmHWM:\s+(\d+)", _text(place / "status"))
                    if found and "portal.sheets" in _text(place / "cmdline"):
                        self.peak = max(self.peak, int(found[1]) / _KIB)
            time.sleep(_LOOK_EVERY)


def _text(path: Path) -> str:
    """Read what may be gone by now."""
    try:
        return path.read_text()
    except OSError:
        return ""


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
