"""Lists at scale: read, checked, compared, put down and applied, beside the least that could be done with the file.

``BENCH_ROWS`` (default 100,000 rows of 25 columns) sets the size, ``BENCH_DATABASE_URL`` an empty PostgreSQL database
instead of a SQLite file. The floor, measured in the same run: the fastest reader, bare checks of number and amount, and
one upsert of every row into a table of text. It keeps no events, plans, standings or images.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import python_calamine as calamine
from sqlalchemy import text
from stdnum.cn import ric

from models import schema
from models.crypto import KeyRing, use_keys
from models.database import Database
from models.imports import ImportBatch
from models.rules.imports import ImportKind
from portal.actors import Act
from portal.services.imports import staging, undoing
from tests import books
from tests.bench.report import Measurement, Report

_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
_ONE_IN = 10  # of the contracts is in arrears, and pays
_GOAL = 3


@dataclass(frozen=True)
class _Place:
    database: Database
    folder: Path
    report: Report

    def load(self, kind: ImportKind, content: bytes, rows: int) -> tuple[int, float]:
        """Take a list in as the jobs do; returns the import and the seconds of all its steps."""
        act = Act(None, _AT)
        with self.database.write() as session:
            batch_id = staging.register(
                session, act=act, kind=kind, file_name="a.xlsx", content=content, data_dir=self.folder
            ).id
        name = kind.value
        with self.report.timed(f"{name}: read, check, compare", rows) as compared:
            is_organisation = kind is ImportKind.ORGANISATION
            with self.database.writer() if is_organisation else self.database.reader() as session:
                found = staging.compare(session, act=act, batch_id=batch_id, data_dir=self.folder)
                session.rollback()
        with self.report.timed(f"{name}: put down with its errors", rows) as put, self.database.write() as session:
            staging.put(session, act=act, batch_id=batch_id, found=found)
        title = f"{name}: apply, with standings and images"
        with self.report.timed(title, rows) as applied, self.database.write() as session:
            batch = staging.apply(session, act=act, batch_id=batch_id, data_dir=self.folder)
            if batch.rejected or batch.rows != rows:
                raise AssertionError(f"{batch.rejected} of {batch.rows} rows were not taken")
        return batch_id, sum(one.seconds[0] for one in (compared, put, applied))


def run(report: Report) -> None:
    """Measure on one database."""
    use_keys(KeyRing(values=b"v" * 32, index=b"i" * 32))
    rows = int(os.environ.get("BENCH_ROWS", "100000"))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(os.environ.get("BENCH_DATABASE_URL") or f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        schema.migrate(database)
        place = _Place(database, Path(folder), report)
        report.say(f"{database.engine.dialect.name}: {rows:,} rows")
        place.load(ImportKind.ORGANISATION, books.organisation(), 12)
        with report.timed("write the workbooks", rows):
            roster = books.roster(*(_contract(number) for number in range(1, rows + 1)))
            overdue = range(1, rows + 1, _ONE_IN)
            arrears = books.arrears(*(books.overdue(number) for number in overdue))
            paid = books.payments(*(_payment(number) for number in overdue))
        floor = _floor(place, roster, rows)
        _, seconds = place.load(ImportKind.ROSTER, roster, rows)
        report.at_most("a new roster, of the floor's time", seconds / floor.seconds[0], _GOAL)
        _, seconds = place.load(ImportKind.ROSTER, roster, rows)
        report.at_most("the same roster again, of the floor's time", seconds / floor.seconds[0], _GOAL)
        few = len(overdue)
        floor = _floor(place, arrears, few)
        _, seconds = place.load(ImportKind.ARREARS, arrears, few)
        report.at_most("an arrears list, of the floor's time", seconds / floor.seconds[0], _GOAL)
        floor = _floor(place, paid, few)
        batch_id, seconds = place.load(ImportKind.REPAYMENTS, paid, few)
        report.at_most("a repayment list, of the floor's time", seconds / floor.seconds[0], _GOAL)
        with report.timed("repayments: taken back", few), database.write() as session:
            undoing.undo(session, act=Act(None, _AT + timedelta(minutes=1)), batch_id=batch_id)
            if session.get_one(ImportBatch, batch_id).undone_at is None:
                raise AssertionError("it was not taken back")
        database.engine.dispose()


def _floor(place: _Place, content: bytes, rows: int) -> Measurement:
    with place.report.timed("floor: read, bare checks, one upsert", rows) as found:
        sheet = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        head, *lines = sheet.to_python(skip_empty_area=True)
        id_place = head.index("身份证号") if "身份证号" in head else None
        check: Callable[[Any], object] = ric.is_valid if id_place is not None else bool
        for line in lines:
            check(line[id_place or 0])
        columns = [f"c{number}" for number in range(len(head))]
        marks = ", ".join(["?" if place.database.is_sqlite else "%s"] * len(head))
        with place.database.write() as session:
            session.execute(text("DROP TABLE IF EXISTS bench_rows"))
            named = ", ".join(f"{one} TEXT" for one in columns)
            key = "c0" if id_place is not None or len(head) > len(books.REPAYMENT_HEADINGS) else "c3"
            session.execute(text(f"CREATE TABLE bench_rows ({named}, PRIMARY KEY ({key}))"))
            session.connection().exec_driver_sql(
                f"INSERT INTO bench_rows VALUES ({marks}) ON CONFLICT ({key}) DO NOTHING",
                [tuple(str(cell) for cell in line) for line in lines],
            )
            session.execute(text("DROP TABLE bench_rows"))
    return found


def _contract(number: int) -> dict[str, Any]:
    born = date(1995, 1, 1) + timedelta(days=number // 999)
    return books.contract(number, 身份证号=books.person_id(number % 999, born=born.strftime("%Y%m%d")))


def _payment(number: int) -> dict[str, Any]:
    return {"合同编号": f"HT{number:06d}", "还款日期": date(2026, 11, 21), "还款金额": 224, "流水号": f"LS{number}"}
