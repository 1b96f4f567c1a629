"""Lists are picked up from a folder, moved on, and reported on; a file is applied once, whatever happens to the move."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from config import Settings
from models.imports import ImportBatch
from models.loans import Loan
from models.rules.imports import ImportKind, ImportState
from portal.cli.import_folder import Picked, pick_up
from portal.services import fsck
from portal.services.imports.store import Places
from tests import books
from tests.services.test_imports import Desk, desk

__all__ = ["desk"]  # a fixture


class Box:
    """A folder into which a bank drops lists."""

    def __init__(self, desk: Desk, settings: Settings, folder: Path) -> None:
        self.desk, self.settings, self.folder = desk, settings, folder

    def drop(self, kind: ImportKind, name: str, content: bytes, age: int = 60) -> Path:
        place = self.folder / kind.value
        place.mkdir(parents=True, exist_ok=True)
        file = place / name
        file.write_bytes(content)
        then = (datetime.now(UTC) - timedelta(seconds=age)).timestamp()
        os.utime(file, (then, then))
        return file

    def pick_up(self, **other: Any) -> list[Picked]:
        self.desk.at += timedelta(minutes=1)
        return list(
            pick_up(
                self.desk.database, self.settings, self.folder, now=datetime.now(UTC),
                **({"quiet_seconds": 10, "is_strict": False} | other),
            )
        )  # fmt: skip

    def loans(self) -> int:
        return int(self.desk.one(select(func.count()).select_from(Loan)))


@pytest.fixture
def box(desk: Desk, settings: Settings, tmp_path: Path) -> Box:
    return Box(desk, settings, tmp_path / "box")


def test_lists_go_in_and_their_files_move_on(box: Box) -> None:
    box.drop(ImportKind.ARREARS, "b.xlsx", books.arrears(books.overdue(1)))  # needs the roster that is taken first
    roster = box.drop(ImportKind.ROSTER, "a.xlsx", books.roster(books.contract(1), books.contract(2, 合同金额=-1)))
    box.drop(ImportKind.ROSTER, "~$a.xlsx", b"open in a program")
    box.drop(ImportKind.ROSTER, "c.xlsx.part", b"arriving")
    late = box.drop(ImportKind.ROSTER, "late.xlsx", books.roster(books.contract(3)), age=0)
    found = box.pick_up()
    assert [(one.report["kind"], one.was_taken) for one in found] == [("roster", True), ("arrears", True)]
    assert box.loans() == 1
    assert not roster.exists()
    assert late.exists()
    names = sorted(path.name[16:] for path in (box.folder / "processed").iterdir())
    assert names == ["a-错误数据.xlsx", "a.xlsx", "a.xlsx.json", "b.xlsx", "b.xlsx.json"]
    report = json.loads(found[0].file.with_name(found[0].file.name + ".json").read_text())
    assert (report["new"], report["rejected"], report["rejected_rows"][0]["column"]) == (1, 1, "合同金额")
    assert books.person_id(2) not in json.dumps(report)
    wrong = openpyxl.load_workbook(found[0].file.with_name(found[0].file.stem + "-错误数据.xlsx")).worksheets[0]
    assert wrong.cell(4, 1).value == "HT000002"


def test_a_list_that_cannot_go_in_is_put_aside_with_the_reason(box: Box) -> None:
    box.drop(ImportKind.ROSTER, "letter.xlsx", b"a letter")
    box.drop(ImportKind.ROSTER, "strict.xlsx", books.roster(books.contract(1), books.contract(2, 合同金额=-1)))
    found = box.pick_up(is_strict=True)
    assert [one.was_taken for one in found] == [False, False]
    assert "not a spreadsheet" in found[0].report["reason"]
    assert "to go in whole" in found[1].report["reason"]
    assert box.loans() == 0
    with box.desk.database.reader() as session:
        states = session.scalars(select(ImportBatch.state).order_by(ImportBatch.id.desc()).limit(2)).all()
    assert states == [ImportState.STAGED, ImportState.UNREADABLE]
    assert len(list((box.folder / "rejected").iterdir())) == 5


def test_a_file_that_was_applied_and_not_moved_is_not_applied_again(box: Box) -> None:
    content = books.roster(books.contract(1))
    box.drop(ImportKind.ROSTER, "a.xlsx", content)
    first = box.pick_up()
    box.drop(ImportKind.ROSTER, "a.xlsx", content)
    again = box.pick_up()
    assert again[0].was_taken
    assert (again[0].report["import"], again[0].report["applied"]) == (first[0].report["import"], False)
    assert again[0].file != first[0].file
    assert box.desk.one(select(func.count()).select_from(ImportBatch).where(ImportBatch.kind == ImportKind.ROSTER)) == 1


def test_both_copies_are_checked(box: Box, settings: Settings) -> None:
    box.drop(ImportKind.ROSTER, "a.xlsx", books.roster(books.contract(1)))
    batch_id = box.pick_up()[0].report["import"]
    places = Places.of(settings.data_dir)
    with box.desk.database.reader() as session:
        assert fsck.copies(session, places) == []
        (places.second / session.get_one(ImportBatch, batch_id).sha256).write_bytes(b"x")
        found = fsck.copies(session, places)
    assert [(one.subject, one.what) for one in found] == [
        (f"import/{batch_id}", "the second copy of its file is not the file that came in")
    ]


def test_a_text_list_goes_the_same_way(box: Box) -> None:
    """As a bank's system drops it: GBK, a wrong row among the good ones."""
    rows = [books.contract(1), books.contract(2, 贷款余额=9000)]
    lines = [",".join(books.ROSTER_HEADINGS)]
    lines += [
        ",".join("" if (cell := row.get(one)) is None else str(cell) for one in books.ROSTER_HEADINGS) for row in rows
    ]
    box.drop(ImportKind.ROSTER, "a.csv", "\r\n".join(lines).encode("gbk"))
    found = box.pick_up()
    assert [(one.was_taken, one.report["new"], one.report["rejected"]) for one in found] == [(True, 1, 1)]
    assert box.loans() == 1
    names = sorted(path.name[16:] for path in (box.folder / "processed").iterdir())
    assert names == ["a-错误数据.xlsx", "a.csv", "a.csv.json"]
    mended = (
        box.folder / "processed" / next(path for path in (box.folder / "processed").iterdir() if path.suffix == ".xlsx")
    )
    wrong = openpyxl.load_workbook(mended).worksheets[0]
    assert "贷款余额" in str(wrong.cell(4, wrong.max_column).value)
