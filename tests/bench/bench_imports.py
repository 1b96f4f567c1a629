"""Lists at scale: read, checked, compared, staged and applied, beside the least that could be done with the file.

``BENCH_ROWS`` (100,000) is the size of the workbook, ``BENCH_CSV_ROWS`` (1,000,000) that of the text file, each of 25
columns with one row in a thousand wrong; ``BENCH_DATABASE_URL`` names an empty PostgreSQL database instead of a SQLite
file. Each list is taken in by a process of its own, so that its peak of memory can be told. The floors, measured in the
same run, are described in ``import_floor``: ``bare`` is the goal's, ``same`` writes what the list brings. The bare floor
seals nothing; what sealing costs is printed with the other, since at rest it cannot be left out. ``ready`` tells what of
our time is the database's alone, whatever the program does. Reading and checking as the bare floor does, sealing as the
second and writing as ``ready``, with no rule of ours in between, is the least that takes such a list in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData

from models import schema
from models.database import Database
from models.rules.imports import ImportKind
from tests import books
from tests.bench import bank_files
from tests.bench.report import Report

_GOAL = 3
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class _Taken:
    seconds: dict[str, float]  # by step
    cpu: float

    @property
    def wall(self) -> float:
        """Return what all steps took together."""
        return sum(self.seconds.values())


@dataclass(frozen=True)
class _Place:
    url: str
    folder: Path
    report: Report

    def run(self, module: str, *arguments: str) -> dict[str, Any]:
        """Run a module in a process of its own; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{module}", *arguments],
            cwd=_ROOT, capture_output=True, check=False, text=True,
        )  # fmt: skip
        if done.returncode:
            raise AssertionError(done.stderr[-2_000:])
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def floor(self, which: str, path: Path) -> _Taken:
        """Measure a floor."""
        found = self.run("import_floor", which, self.url, str(path))
        if found["wrong"] not in {0, sum(map(bank_files.is_wrong, range(1, found["rows"] + 1)))}:
            raise AssertionError(f"the floor found {found['wrong']} wrong rows")
        self._say(f"floor, {which}", found)
        return _Taken(found["seconds"], found["cpu"])

    def load(self, kind: ImportKind, path: Path, *, wrong: int = 0, undo: bool = False) -> _Taken:
        """Take a list in; returns what all steps took but taking it back."""
        more = ["undo"] if undo else []
        found = self.run("one_import", self.url, str(self.folder), kind.value, str(path), *more)
        if found["rejected"] != wrong:
            raise AssertionError(f"{found['rejected']} of {found['rows']} rows were not taken")
        self._say(f"{kind.value}: {found['new']:,} new, {found['unchanged']:,} as they were", found)
        return _Taken({step: taken for step, taken in found["seconds"].items() if step != "undo"}, found["cpu"])

    def judge(self, label: str, taken: _Taken, floor: _Taken) -> None:
        """Print the ratio of the seconds, judged, and beside it that of processor time, which neighbours disturb less."""
        self.report.at_most(f"{label}'s time", taken.wall / floor.wall, _GOAL)
        self.report.say(f"         {taken.cpu / floor.cpu:10.3g}  of the floor's processor time")

    def _say(self, label: str, found: dict[str, Any]) -> None:
        steps = ", ".join(f"{step} {taken:.2f}" for step, taken in found["seconds"].items())
        total = sum(found["seconds"].values())
        reader = f" + {found['reader_peak']:,.0f}" if found.get("reader_peak") else ""
        written = f", {found['written']:,} rows written" if found.get("written") else ""
        self.report.say(
            f"{total:8.2f} s  {found['rows']:>9,} rows  {found['rows'] / total:>9,.0f}/s  "
            f"processor {found['cpu']:.2f} s  peak {found['peak']:,.0f}{reader} MB  {label} ({steps}{written})"
        )


def run(report: Report) -> None:
    """Measure both forms, each in a database of its own where that is a file."""
    sizes = {
        ".xlsx": int(os.environ.get("BENCH_ROWS", "100000")),
        ".csv": int(os.environ.get("BENCH_CSV_ROWS", "1000000")),
    }
    for suffix, rows in sizes.items():
        if rows:
            with tempfile.TemporaryDirectory() as folder:
                _form(report, Path(folder), suffix, rows)


def _form(report: Report, folder: Path, suffix: str, rows: int) -> None:
    url = os.environ.get("BENCH_DATABASE_URL") or f"sqlite:///{folder / 'bench.sqlite3'}"
    database = Database(url)
    _empty(database)
    schema.migrate(database)
    report.say(f"{database.engine.dialect.name}, {suffix}: {rows:,} contracts of 25 columns")
    database.engine.dispose()
    place = _Place(url, folder, report)
    files = {name: folder / f"{name}{suffix}" for name in ("roster", "arrears", "payments")}
    organisation = folder / "organisation.xlsx"
    organisation.write_bytes(books.organisation())
    for name, lines in (
        ("roster", bank_files.roster(rows)),
        ("arrears", bank_files.arrears(rows)),
        ("payments", bank_files.payments(rows)),
    ):
        bank_files.write(files[name], lines)
        report.say(f"{files[name].stat().st_size / 1e6:8.1f} MB  {name}{suffix}")
    place.load(ImportKind.ORGANISATION, organisation)
    wrong = sum(map(bank_files.is_wrong, range(1, rows + 1)))
    bare = place.floor("bare", files["roster"])
    new = place.load(ImportKind.ROSTER, files["roster"], wrong=wrong)
    same = place.floor("same", files["roster"])
    ready = place.floor("ready", files["roster"])
    again = place.load(ImportKind.ROSTER, files["roster"], wrong=wrong)
    place.judge(f"{suffix}: a new roster, of the bare floor", new, bare)
    place.judge(f"{suffix}: a new roster, of sealing and writing the same rows", new, same)
    least = bare.seconds["read"] + bare.seconds["check"] + same.seconds["seal"] + ready.wall
    report.say(
        f"         {ready.wall / bare.wall:10.3g}  of the bare floor's time: writing alone what a new roster brings"
    )
    report.say(f"         {least / bare.wall:10.3g}  of it: the least that reads, checks, seals and writes")
    report.say(f"         {new.wall / least:10.3g}  of the least: {suffix}, a new roster")
    place.judge(f"{suffix}: the same roster again, of the bare floor", again, bare)
    for kind, name in ((ImportKind.ARREARS, "arrears"), (ImportKind.REPAYMENTS, "payments")):
        bare = place.floor("bare", files[name])
        taken = place.load(kind, files[name], undo=kind is ImportKind.REPAYMENTS)
        place.judge(f"{suffix}: {kind.value}, of the bare floor", taken, bare)


def _empty(database: Database) -> None:
    """Begin with no table, so that a database given by its address can be used again."""
    if not database.is_sqlite:
        held = MetaData()
        held.reflect(database.engine)
        held.drop_all(database.engine)
