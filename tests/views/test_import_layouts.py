"""A clerk who sends a list with headings of its own says once what they are; the next list is read by itself."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from models.database import Database
from models.events import Event
from models.imports import ImportBatch, ImportLayout
from models.rules.imports import ImportKind, ImportState
from tests import books
from tests.conftest import sign_in
from tests.views.test_imports import clerk, confirm, contract, send, work

pytestmark = pytest.mark.usefixtures("time_is")
__all__ = ["clerk"]

ENGLISH = {"Accept-Language": "en"}
ODD = {"合同编号": "借据单号", "逾期本金": "欠本", "逾期利息": "欠利", "罚息": "滞纳金额", "逾期起始日": "最早欠款日"}


def odd_arrears(*rows: dict[str, Any], names: dict[str, str] = ODD, encoding: str = "gbk") -> bytes:
    """Write an arrears list as CSV with headings nobody knows."""
    out = io.StringIO()
    made = csv.writer(out)
    made.writerow(["逾期贷款清单"])
    made.writerow(["数据日期：2026年11月20日"])
    headings = [one for one in books.ARREARS_HEADINGS if one != "数据日期"]
    made.writerow([names.get(one, one) for one in headings])
    for row in rows:
        made.writerow(["" if row.get(one) is None else row[one] for one in headings])
    return out.getvalue().encode(encoding)


def held(clerk: FlaskClient) -> None:
    confirm(clerk, send(clerk, ImportKind.ROSTER, books.roster(contract(1), contract(2))).headers["Location"])


def upload(clerk: FlaskClient, content: bytes, name: str = "2026-11.csv", kind: str = "found") -> Any:
    return clerk.post("/imports/new", data={"kind": kind, "file": (io.BytesIO(content), name)})


def selects(page: str) -> dict[str, str]:
    """Return what each column of the file is taken for, by its heading."""
    found: dict[str, str] = {}
    for place, heading in re.findall(r'<label for="column-(\d+)">([^<]*)</label>', page):
        box = re.search(rf'<select[^>]*name="column-{place}".*?</select>', page, re.DOTALL)
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', box[0]) if box else None
        found[heading] = chosen[1] if chosen else ""
    return found


def answers(page: str, **told: str) -> dict[str, str]:
    """Return the form of the page, filled in as it stands but for what is told by heading."""
    form = dict(re.findall(r'<input type="hidden" name="(kind|sheet|row)" value="([^"]*)"', page)[-3:])
    places = {heading: place for place, heading in re.findall(r'<label for="column-(\d+)">([^<]*)</label>', page)}
    meant = selects(page) | told
    return form | {f"column-{places[heading]}": key for heading, key in meant.items()}


TOLD = {
    "借据单号": "contract_no",
    "欠本": "overdue_principal",
    "欠利": "overdue_interest",
    "滞纳金额": "penalty",
    "最早欠款日": "overdue_since",
}


def test_a_list_with_odd_headings_is_told_once_and_then_read_by_itself(clerk: FlaskClient, database: Database) -> None:
    held(clerk)
    answer = upload(clerk, odd_arrears(books.overdue(1)))
    assert answer.status_code == 303
    place = answer.headers["Location"]
    assert place.endswith("/layout")
    page = clerk.get(place, headers=ENGLISH).get_data(as_text=True)
    assert "2026-11-20" in page
    assert books.LENDER in page
    assert "row 3" in page
    assert "合同编号" in page
    settled = clerk.post(place, data=answers(page, **TOLD) | {"remembers": "y"}, headers=ENGLISH)
    assert settled.status_code == 303, settled.get_data(as_text=True)
    work(clerk)
    with database.reader() as session:
        batch = session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc())).first()
        assert batch is not None
        assert (batch.kind, batch.state, batch.new, batch.rejected) == (ImportKind.ARREARS, ImportState.STAGED, 1, 0)
        assert {"import:layout_confirmed", "import_layout:remembered"} <= set(session.scalars(select(Event.tag)))
    # The next month: the same headings in another order and encoding, and nobody is asked.
    again = odd_arrears(books.overdue(1), books.overdue(2), encoding="utf-16")
    answer = upload(clerk, again)
    assert not answer.headers["Location"].endswith("/layout")
    work(clerk)
    page = clerk.get(answer.headers["Location"], headers=ENGLISH).get_data(as_text=True)
    assert "2 rows were read" in page
    with database.reader() as session:
        remembered = session.scalars(select(ImportLayout)).one()
        assert remembered.uses == 1
        assert remembered.lender == books.LENDER
    page = clerk.get("/imports/layouts", headers=ENGLISH).get_data(as_text=True)
    assert "借据单号 → 合同编号" in page
    assert clerk.post(f"/imports/layouts/{remembered.id}/forget").status_code == 303
    assert upload(clerk, again).headers["Location"].endswith("/layout")
    assert clerk.post(f"/imports/layouts/{remembered.id}/forget").status_code == 404


def test_wrong_rows_given_back_are_read_as_the_list_they_came_in(clerk: FlaskClient) -> None:
    held(clerk)
    place = upload(clerk, odd_arrears(books.overdue(1), books.overdue(2, 逾期利息="二百"))).headers["Location"]
    page = clerk.get(place, headers=ENGLISH).get_data(as_text=True)
    assert clerk.post(place, data=answers(page, **TOLD) | {"remembers": "y"}).status_code == 303
    work(clerk)
    batch = place.removesuffix("/layout")
    confirm(clerk, batch)
    given = clerk.post(f"{batch}/wrong-rows").data
    book = openpyxl.load_workbook(io.BytesIO(given))
    sheet = book.worksheets[0]
    place_of = {cell.value: cell.column for cell in sheet[3]}
    sheet.cell(4, place_of["欠利"]).value = "224"
    out = io.BytesIO()
    book.save(out)
    mended = upload(clerk, out.getvalue(), "错误数据.xlsx").headers["Location"]
    assert not mended.endswith("/layout")
    work(clerk)
    assert "1 rows were read: 1 new" in clerk.get(mended, headers=ENGLISH).get_data(as_text=True)


def test_a_known_list_is_shown_for_confirmation_with_its_columns_chosen(clerk: FlaskClient, database: Database) -> None:
    content = books.roster(contract(1), above=[["借款合同花名册"], []])
    place = upload(clerk, content, "花名册.xlsx").headers["Location"]
    page = clerk.get(place, headers=ENGLISH).get_data(as_text=True)
    meant = selects(page)
    assert meant["合同编号"] == "contract_no"
    assert meant["村"] == "village"
    assert "花名册" in page
    assert books.person_id(1) not in page, "an identity number is shown whole"
    with database.reader() as session:
        kept = session.execute(text("SELECT head FROM import_batches")).scalar_one()
        assert kept
        assert books.person_id(1) not in kept, "the top rows lie open"
    assert clerk.post(place, data=answers(page)).status_code == 303
    batch = place.removesuffix("/layout")
    work(clerk)
    confirm(clerk, batch)
    with database.reader() as session:
        assert session.execute(text("SELECT head FROM import_batches")).scalar_one() is None


def test_what_is_needed_and_not_told_is_named_and_nothing_is_lost(clerk: FlaskClient) -> None:
    held(clerk)
    place = upload(clerk, odd_arrears(books.overdue(1))).headers["Location"]
    page = clerk.get(place, headers=ENGLISH).get_data(as_text=True)
    answer = clerk.post(place, data=answers(page, **(TOLD | {"滞纳金额": ""})), headers=ENGLISH)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Say which column holds “罚息”" in page
    assert selects(page)["欠本"] == "overdue_principal"
    answer = clerk.post(place, data=answers(page, **(TOLD | {"滞纳金额": "overdue_interest"})), headers=ENGLISH)
    assert "both said to be “逾期利息”" in answer.get_data(as_text=True)


def test_another_kind_and_row_may_be_chosen(clerk: FlaskClient) -> None:
    place = upload(clerk, odd_arrears(books.overdue(1))).headers["Location"]
    page = clerk.get(f"{place}?kind=repayments&sheet=0&row=2", headers=ENGLISH).get_data(as_text=True)
    assert "row 2" in page
    assert "repayment list" in page
    assert clerk.get(f"{place}?kind=none&sheet=99&row=-1").status_code == 200
    answer = clerk.post(place, data={"kind": "arrears", "sheet": "0", "row": "77", "column-0": "contract_no"})
    assert answer.status_code == 422


def test_a_file_of_no_known_kind_asks_what_it_is(clerk: FlaskClient) -> None:
    content = books.book(("x", ["甲", "乙", "丙"], [["1", "2", "3"]]))
    place = upload(clerk, content, "x.xlsx").headers["Location"]
    page = clerk.get(place, headers=ENGLISH).get_data(as_text=True)
    assert "cannot be told" in page
    page = clerk.get(f"{place}?kind=repayments&sheet=0&row=1", headers=ENGLISH).get_data(as_text=True)
    told = {"甲": "contract_no", "乙": "paid_on", "丙": "amount"}
    answer = clerk.post(place, data=answers(page, **told), headers=ENGLISH)
    assert "“流水号”" in answer.get_data(as_text=True)


def test_a_kind_that_is_told_and_complete_is_compared_at_once(clerk: FlaskClient) -> None:
    held(clerk)
    place = upload(clerk, books.arrears(books.overdue(1)), "a.xlsx", kind="arrears").headers["Location"]
    assert re.fullmatch(r"/imports/\d+", place)
    work(clerk)
    page = clerk.get(place, headers=ENGLISH).get_data(as_text=True)
    assert "Change what its columns are" in page
    assert clerk.get(f"{place}/layout").status_code == 200
    confirm(clerk, place)
    assert clerk.get(f"{place}/layout").status_code == 404


def test_the_organisation_is_told_by_its_sheets(clerk: FlaskClient) -> None:
    place = upload(clerk, books.organisation(), "机构.xlsx").headers["Location"]
    assert re.fullmatch(r"/imports/\d+", place)


def test_a_long_list_of_text_may_be_sent_by_who_imports_and_nobody_else(clerk: FlaskClient) -> None:
    row = ",".join(["HT1", "2026-01-05", "1", "L" * 40]) + "\n"
    content = ("合同编号,还款日期,还款金额,流水号\n" + row * (28 * 1024 * 1024 // len(row))).encode()
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n'
    head = part.format("kind") + "found\r\n" + part.format('file"; filename="long.csv')
    body = head.encode() + content + b"\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    assert clerk.post("/imports/new", data=body, content_type=kind).status_code == 303
    other = sign_in(clerk.application.test_client(), "deputy")
    assert other.post("/imports/new", data=body, content_type=kind).status_code in {403, 413}
    refused = other.post("/notices/scans", data=body, content_type=kind, headers=ENGLISH)
    assert refused.status_code == 413
    assert "No more than 25 MB" in refused.get_data(as_text=True)


def test_a_list_whose_columns_nobody_told_waits_on_the_desk(clerk: FlaskClient) -> None:
    held(clerk)
    place = upload(clerk, b"what,who\r\n1,2\r\n", name="odd.csv").headers["Location"]
    desk = clerk.get("/", headers=ENGLISH).get_data(as_text=True)
    assert "1 list waits to be told what its columns are" in desk
    assert 'href="/imports?state=received"' in desk
    index = clerk.get("/imports?state=received", headers=ENGLISH).get_data(as_text=True)
    assert "List of a kind still to be told" in index
    assert f'href="{place}"' in index
    assert clerk.post(f"{place.removesuffix('/layout')}/discard").status_code == 303
    assert "waits to be told" not in clerk.get("/", headers=ENGLISH).get_data(as_text=True)
