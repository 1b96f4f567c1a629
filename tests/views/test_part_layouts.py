"""An organisation's workbook whose sheets have names and headings of their own: told once, then read by itself."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models.database import Database
from models.imports import ImportBatch, ImportLayout
from models.organisation import Village
from models.rules.imports import ImportKind, ImportState
from tests import books
from tests.views.test_import_layouts import upload
from tests.views.test_imports import clerk, work

pytestmark = pytest.mark.usefixtures("time_is")
__all__ = ["clerk"]

ENGLISH = {"Accept-Language": "en"}
VILLAGES = (
    "花桥各村",
    ("编码", "村居名", "属于"),
    [("990101001009", "新柳村", "东河镇"), ("990101001", "旧柳村", "东河镇")],
)
TOLD = {"编码": "code", "村居名": "name", "属于": "township"}


@pytest.fixture
def district(clerk: FlaskClient) -> FlaskClient:
    """A clerk whose district has townships already."""
    place = upload(clerk, books.organisation(), "组织机构.xlsx").headers["Location"]
    assert re.fullmatch(r"/imports/\d+", place)  # its sheets have the official names: nobody is asked
    work(clerk)
    clerk.post(f"{place}/apply")
    work(clerk)
    return clerk


def page(clerk: FlaskClient, place: str) -> str:
    return re.sub(r"\s+", " ", clerk.get(place, headers=ENGLISH).get_data(as_text=True))


def places(shown: str, sheet: int) -> dict[str, str]:
    """Return the name of each column's field by the heading of the column."""
    found = re.findall(rf'<label for="(column-{sheet}-\d+)">([^<]*)</label>', shown)
    return {heading: name for name, heading in found}


def answers(shown: str, told: dict[str, str], sheet: int = 0) -> dict[str, str]:
    """Return the form as it was shown, a sheet's columns as they are told."""
    form = dict(re.findall(r'<input type="hidden" name="((?:part|row)-\d+)" value="([^"]*)"', shown))
    return form | {name: told.get(heading, "") for heading, name in places(shown, sheet).items()}


def bring(clerk: FlaskClient, *sheets: Any, kind: str = ImportKind.ORGANISATION.value) -> str:
    return str(upload(clerk, books.book(*sheets), "各村.xlsx", kind).headers["Location"])


def test_a_sheet_with_names_of_its_own_is_told_once_and_then_read_by_itself(
    district: FlaskClient, database: Database
) -> None:
    first = bring(district, VILLAGES)
    assert first.endswith("/layout")
    followed = district.get(first)
    assert followed.headers["Location"].endswith("/parts")
    place = followed.headers["Location"]
    shown = page(district, f"{place}?part-0=villages&row-0=1")
    assert "Still needed:" in shown
    assert "代码" in shown
    missing = district.post(place, data=answers(shown, {"编码": "code"}), headers=ENGLISH)
    assert missing.status_code == 422
    assert "say which column holds “名称”、“乡镇”" in missing.get_data(as_text=True)
    twice = district.post(place, data=answers(shown, TOLD | {"属于": "code"}), headers=ENGLISH)
    assert twice.status_code == 422
    assert "are both said to be “代码”" in twice.get_data(as_text=True)
    told = district.post(place, data=answers(shown, TOLD) | {"remembers": "y"}, headers=ENGLISH)
    assert told.status_code == 303, told.get_data(as_text=True)
    work(district)
    with database.reader() as session:
        batch = session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc())).first()
        assert batch is not None
        assert (batch.kind, batch.state, batch.new, batch.rejected) == (
            ImportKind.ORGANISATION, ImportState.STAGED, 1, 1,
        )  # fmt: skip
    checked = told.headers["Location"]
    assert "新柳村" in page(district, f"{checked}?show=new")
    shown = page(district, f"{place}?")
    assert 'value="villages" selected' in shown  # what was settled is shown again, to be changed
    assert re.search(rf'name="{places(shown, 0)["属于"]}".*?value="township"[^>]*selected', shown)

    # The wrong row comes back under the headings it had; mended, it is read without a question.
    given = openpyxl.load_workbook(io.BytesIO(district.post(f"{checked}/wrong-rows").data))
    sheet = given.active
    assert sheet is not None
    assert sheet.title == "花桥各村"
    cell = next(one for row in sheet.iter_rows() for one in row if one.value == "990101001")
    cell.value = "990101001008"
    mended = io.BytesIO()
    given.save(mended)
    district.post(f"{checked}/apply")
    work(district)
    again = upload(district, mended.getvalue(), "错误数据.xlsx").headers["Location"]
    assert re.fullmatch(r"/imports/\d+", again)
    work(district)
    district.post(f"{again}/apply")
    work(district)
    with database.reader() as session:
        names = set(session.scalars(select(Village.name)))
        assert {"新柳村", "旧柳村"} <= names
        assert session.scalars(select(ImportLayout.uses)).one() == 1
    assert "村居名 → 行政村：名称" in page(district, "/imports/layouts")


def test_a_text_file_can_hold_one_part(district: FlaskClient, database: Database) -> None:
    content = "村代码,村名,所属乡镇\n990101001007,柳岸村,东河镇\n".encode("gbk")
    first = upload(district, content, "村.csv", ImportKind.ORGANISATION.value).headers["Location"]
    place = district.get(first).headers["Location"]
    shown = page(district, place)
    assert 'value="villages" selected' in shown  # by its headings, so a person is asked
    meant = {"村代码": "code", "村名": "name", "所属乡镇": "township"}
    told = district.post(place, data=answers(shown, meant))
    work(district)
    district.post(f"{told.headers['Location']}/apply")
    work(district)
    with database.reader() as session:
        assert "柳岸村" in set(session.scalars(select(Village.name)))
        assert session.scalars(select(ImportLayout.id)).all() == []  # nobody asked to remember it


def test_two_sheets_cannot_hold_the_same_and_one_has_to_hold_something(district: FlaskClient) -> None:
    second = ("山桥各村", *VILLAGES[1:])
    place = district.get(bring(district, VILLAGES, second)).headers["Location"]
    shown = page(district, f"{place}?part-0=villages&row-0=1&part-1=villages&row-1=1")
    told = answers(shown, TOLD) | {name: TOLD[heading] for heading, name in places(shown, 1).items()}
    answer = district.post(place, data=told, headers=ENGLISH)
    assert answer.status_code == 422
    assert "Two sheets are said to hold “行政村”" in answer.get_data(as_text=True)
    shown = page(district, f"{place}?part-0=&part-1=")
    answer = district.post(place, data=answers(shown, {}), headers=ENGLISH)
    assert answer.status_code == 422
    assert "Say of at least one sheet what it holds" in answer.get_data(as_text=True)


@pytest.mark.parametrize("asked", ["?part-0=moon&row-0=1", "?part-7=villages&row-7=99", "?part-0=villages&row-0=x"])
def test_an_address_that_asks_for_nonsense_shows_the_page(district: FlaskClient, asked: str) -> None:
    place = district.get(bring(district, VILLAGES)).headers["Location"]
    assert "花桥各村" in page(district, f"{place}{asked}")


def test_another_sheet_than_the_named_ones_is_asked_about(clerk: FlaskClient) -> None:
    content = books.book(
        ("乡镇", ("代码", "名称"), [("990101001", "东河镇")]),
        ("各村", ("村代码", "村名", "所属乡镇"), [("990101001001", "柳湾村", "东河镇")]),
    )
    place = clerk.get(upload(clerk, content, "组织机构.xlsx").headers["Location"]).headers["Location"]
    shown = page(clerk, place)
    assert 'value="townships" selected' in shown
    assert 'value="villages" selected' in shown
