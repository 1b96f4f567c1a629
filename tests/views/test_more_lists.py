"""Lists of reliefs, contact details and former pupils, as a clerk and a member meet them."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models.database import Database
from models.imports import ImportBatch
from models.roster_matches import RosterMatch
from models.rules.imports import ImportKind, ImportState
from models.rules.roster_matches import MatchState
from portal.queries import imports as reads
from portal.services.imports import store
from portal.sheets import tables
from portal.sheets.reading import read
from portal.views.imports import LAYOUTS
from tests.conftest import sign_in, work_off
from tests.more_books import contacts, relief, reliefs, school_roster
from tests.world import NAMES, World

pytestmark = pytest.mark.usefixtures("time_is")

EN = {"Accept-Language": "en"}


@pytest.fixture
def clerk(client: FlaskClient, world: World) -> FlaskClient:
    assert world.lender.id
    return sign_in(client, "centre")


def bring(clerk: FlaskClient, kind: ImportKind, content: bytes) -> str:
    """Send a list and let a worker compare it; returns its address."""
    answer = clerk.post("/imports/new", data={"kind": kind.value, "file": (io.BytesIO(content), "清单.xlsx")})
    work(clerk)
    return str(answer.headers["Location"])


def work(clerk: FlaskClient) -> None:
    extensions = clerk.application.extensions
    work_off(extensions["portal_database"], extensions["portal_settings"])


def page(clerk: FlaskClient, place: str) -> str:
    return re.sub(r"\s+", " ", clerk.get(place, headers=EN).get_data(as_text=True))


def apply(clerk: FlaskClient, place: str) -> None:
    assert clerk.post(f"{place}/apply").status_code == 303
    work(clerk)


def former_pupil(world: World, key: str) -> dict[str, Any]:
    return {
        "姓名": NAMES[key], "身份证号": world.id_numbers[key], "学校": "演示高级中学", "班级": "高三(2)班",
        "班主任": "李老师", "家长电话": "13899990001",
    }  # fmt: skip


@pytest.mark.parametrize("kind", list(ImportKind))
def test_every_template_is_read_again_with_all_its_columns(clerk: FlaskClient, kind: ImportKind) -> None:
    answer = clerk.get(f"/imports/templates/{kind.value}")
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    for name in book.sheetnames[:-1]:  # the last explains the columns
        book[name].append(["x"])
    filled = io.BytesIO()
    book.save(filled)
    sheets = read(filled.getvalue())
    for layout in LAYOUTS[kind]:
        found = tables.find_named(sheets, layout) if layout.names else tables.find(sheets, layout)
        assert found is not None
        assert found.found == {column.key for column in layout.columns}


def test_reliefs_are_shown_applied_and_taken_back(clerk: FlaskClient, database: Database) -> None:
    row = relief(
        1, 合同编号="DEMO-overdue-1", 类型="免除", 范围="本息", 起始日=date(2025, 1, 1), 截止日=date(2026, 12, 31)
    )
    place = bring(
        clerk, ImportKind.RELIEFS, reliefs(row, relief(1, 合同编号="DEMO-current-1", 起始日=date(2026, 1, 1)))
    )
    shown = page(clerk, place)
    assert "1 waivers, 0 deferrals and 0 pauses are new or changed" in shown
    assert "1 rows are wrong" in shown
    assert "1 are cured" in shown
    assert "until which day the repayment is put off" in page(clerk, f"{place}?show=rejected")
    given = clerk.post(f"{place}/wrong-rows")
    assert openpyxl.load_workbook(io.BytesIO(given.data)).active["A4"].value == "DEMO-current-1"
    apply(clerk, place)
    assert "What we hold is not overwritten" in page(clerk, place)
    clerk.post(f"{place}/undo")
    work(clerk)
    with database.reader() as session:
        assert session.scalars(select(ImportBatch)).one().undone_at is not None


def test_contact_details_say_what_is_kept_first(clerk: FlaskClient, world: World) -> None:
    row = {"身份证号": world.id_numbers["overdue"], "借款学生姓名": NAMES["overdue"], "联系电话": "13899990007"}
    place = bring(clerk, ImportKind.CONTACTS, contacts(row))
    assert "1 numbers and addresses are added" in page(clerk, place)
    apply(clerk, place)
    borrower = page(clerk, f"/borrowers/{world.borrowers['overdue'].id}")
    assert "138****0007" in borrower
    assert "13899990007" not in borrower


def test_a_roster_becomes_suggestions_a_member_answers(
    clerk: FlaskClient, world: World, database: Database, tmp_path: Path
) -> None:
    stranger = {"姓名": "路人甲", "身份证号": world.id_numbers["overdue"], "学校": "演示高级中学"}
    content = school_roster(
        former_pupil(world, "overdue"),
        former_pupil(world, "overdue_long"),
        stranger | {"身份证号": "11010519491231002X"},
        stranger | {"身份证号": "110105194912310021"},
    )
    place = bring(clerk, ImportKind.SCHOOL_ROSTER, content)
    shown = page(clerk, place)
    assert "until it is applied or discarded" in shown
    assert "Download them before you apply or discard the list" in page(clerk, f"{place}?show=rejected")
    assert "2 former pupils may be borrowers" in shown
    assert "1 rows name nobody we know" in shown
    assert "路**" in page(clerk, f"{place}?show=unmatched")
    apply(clerk, place)
    shown = page(clerk, f"{place}?show=rejected")
    assert "Nothing else of the roster was kept" in shown
    assert "1 rows were wrong and left out" in shown
    assert "send the roster again" in shown
    assert "wrong-rows" not in shown
    with database.reader() as session:
        batch = session.scalars(select(ImportBatch)).one()
        assert batch.state is ImportState.APPLIED
        settings = clerk.application.extensions["portal_settings"]
        assert not any(
            (folder / batch.sha256).exists()
            for _, folder in store.Places.of(settings.data_dir, settings.copy_dir).named
        )
        ids = session.scalars(select(RosterMatch.id).order_by(RosterMatch.id)).all()
    clerk.post("/sign-out")
    sign_in(clerk, "member")
    assert "2 former pupils on schools&#39; rosters may be borrowers" in page(clerk, "/")
    listed = page(clerk, "/roster-matches")
    assert "class teacher 李老师" in listed
    assert "138****0001" in listed
    assert "13899990001" not in listed
    answer = clerk.post(f"/roster-matches/{ids[0]}/confirm", data={"from": "list"})
    assert answer.headers["Location"] == "/roster-matches"
    answer = clerk.post(f"/roster-matches/{ids[1]}/refuse")
    assert answer.headers["Location"] == f"/borrowers/{world.borrowers['overdue_long'].id}"
    assert "No suggestion waits" in page(clerk, "/roster-matches")
    assert "confirmed: the same person" in page(clerk, "/roster-matches?state=all")
    assert "class teacher 李老师" in page(clerk, f"/borrowers/{world.borrowers['overdue'].id}")
    assert "class teacher" not in page(clerk, f"/borrowers/{world.borrowers['overdue_long'].id}")
    assert clerk.post(f"/roster-matches/{ids[0]}/refuse").status_code == 409
    clerk.post("/sign-out")
    sign_in(clerk, "member_b")
    assert clerk.post(f"/roster-matches/{ids[1]}/confirm").status_code == 404
    with database.reader() as session:
        states = session.scalars(select(RosterMatch.state).order_by(RosterMatch.id)).all()
    assert states == [MatchState.CONFIRMED, MatchState.REFUSED]


def test_the_list_of_imports_is_narrowed_by_the_address(clerk: FlaskClient, world: World) -> None:
    row = {"身份证号": world.id_numbers["overdue"], "借款学生姓名": NAMES["overdue"], "联系电话": "13899990007"}
    place = bring(clerk, ImportKind.CONTACTS, contacts(row))
    assert place in page(clerk, "/imports?kind=contacts&state=staged")
    assert place not in page(clerk, "/imports?kind=reliefs")
    assert "No list matches" in page(clerk, "/imports?state=applied")
    clerk.post("/sign-out")
    sign_in(clerk, "deputy")
    assert "The rows of a list are seen by the aid centre" in page(clerk, place)
    assert "13899990007" not in page(clerk, place)


def test_older_imports_are_offered_only_where_there_are_some(
    clerk: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"身份证号": world.id_numbers["overdue"], "借款学生姓名": NAMES["overdue"]}
    before = len(re.findall(r'href="/imports/\d+"', page(clerk, "/imports")))
    for number in range(2):
        bring(clerk, ImportKind.CONTACTS, contacts(row | {"联系电话": f"1389999000{number}"}))
    monkeypatch.setattr(reads, "PAGE", before + 2)
    assert "Older imports" not in page(clerk, "/imports")
    monkeypatch.setattr(reads, "PAGE", before + 1)
    assert "Older imports" in page(clerk, "/imports")
