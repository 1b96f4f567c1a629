"""A clerk brings a list, sees what it would do, confirms it; a wrong one changes nothing and says what to mend."""

from __future__ import annotations

import contextlib
import io
import re
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError
from werkzeug.test import EnvironBuilder

from models.database import Database
from models.events import Event
from models.imports import ImportBatch
from models.jobs import Job
from models.loans import Loan
from models.rules.imports import ImportKind, ImportState
from models.rules.jobs import JobState
from portal.services.imports import store
from tests import books
from tests.conftest import sign_in, work_off
from tests.services.test_import_jobs import QUIET
from tests.services.test_imports import fingerprint
from tests.world import World

pytestmark = pytest.mark.usefixtures("time_is")

PLACE = {"乡镇": "", "村": ""}


@pytest.fixture
def clerk(client: FlaskClient, world: World) -> FlaskClient:
    village = world.villages["东湾"]
    township = next(one for one in world.townships.values() if one.id == village.township_id)
    PLACE.update({"乡镇": township.name, "村": village.name})
    return sign_in(client, "centre")


def contract(number: int, **other: Any) -> dict[str, Any]:
    return books.contract(number, **(PLACE | other))


def work(clerk: FlaskClient) -> list[str]:
    """Let a worker do what was asked for."""
    extensions = clerk.application.extensions
    return work_off(extensions["portal_database"], extensions["portal_settings"])


def send(clerk: FlaskClient, kind: ImportKind, content: bytes, name: str = "名单.xlsx", **other: str) -> Any:
    """Send a list; when the answer is given, it is compared."""
    answer = clerk.post("/imports/new", data={"kind": kind.value, "file": (io.BytesIO(content), name)} | other)
    work(clerk)
    return answer


def confirm(clerk: FlaskClient, place: str) -> None:
    asked = re.search(r'name="gone"[^>]*value="(\d+)"', seen(clerk, place))
    said = {"is_so": "y", "gone": asked[1]} if asked else {}
    assert clerk.post(f"{place}/apply", data=said).status_code == 303
    assert len(work(clerk)) == 1


def held(database: Database) -> str:
    return fingerprint(database, without=QUIET)


def contracts(database: Database) -> int:
    with database.reader() as session:
        return session.scalars(select(func.count()).select_from(Loan)).one()


def test_nobody_waits_while_a_file_is_kept(
    clerk: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large one takes seconds to seal twice."""
    written: list[bool] = []
    keep = store.keep

    def seen(*given: Any) -> None:
        add = text("INSERT INTO event_chain (id, head) VALUES (:id, '0')")
        written.append(database.write_if_free(lambda session: session.execute(add, {"id": 100 + len(written)})))
        keep(*given)

    monkeypatch.setattr(store, "keep", seen)
    assert send(clerk, ImportKind.ROSTER, books.roster(contract(1))).status_code == 303
    assert written == [True]


def test_a_list_is_checked_shown_and_applied(clerk: FlaskClient, database: Database) -> None:
    before, many = held(database), contracts(database)
    answer = send(clerk, ImportKind.ROSTER, books.roster(contract(1), contract(2)))
    assert answer.status_code == 303
    place = answer.headers["Location"]
    assert re.fullmatch(r"/imports/\d+", place)
    assert held(database) == before
    page = clerk.get(place, headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "2 rows were read: 2 new" in page
    assert "HT000001" in page
    confirm(clerk, place)
    assert contracts(database) == many + 2
    page = clerk.get(place, headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "What this list does" in page
    assert f"{place}/apply" not in page


def test_what_is_no_spreadsheet_is_refused_beside_the_field(clerk: FlaskClient, database: Database) -> None:
    before = fingerprint(database, without={"user_sessions"})
    answer = clerk.post(
        "/imports/new",
        data={"kind": "roster", "file": (io.BytesIO(b"a letter"), "名单.xlsx")},
        headers={"Accept-Language": "en"},
    )
    assert answer.status_code == 422
    assert "not a spreadsheet" in answer.get_data(as_text=True)
    assert fingerprint(database, without={"user_sessions"}) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: books.roster(contract(1), without=("身份证号",)), "身份证号"),
        (lambda: books.book(("x", ["甲", "乙"], [["1", "2"]])), "No row with the headings"),
    ],
)
def test_a_list_whose_columns_are_not_known_says_what_is_needed_and_what_next(
    clerk: FlaskClient, database: Database, content: Any, words: str
) -> None:
    before = held(database)
    asked = send(clerk, ImportKind.ROSTER, content()).headers["Location"]
    place = asked.removesuffix("/layout")
    assert asked != place
    page = clerk.get(asked, headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert words in page
    assert "/imports/new" in page
    page = clerk.get(place, headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert f"{place}/apply" not in page
    assert asked in page
    assert held(database) == before
    assert clerk.post(f"{place}/apply").status_code == 409


def test_a_list_refused_as_a_whole_says_why_and_what_next(clerk: FlaskClient, database: Database) -> None:
    before = held(database)
    early = books.overdue(1, 数据日期=date(2099, 1, 1))
    place = send(clerk, ImportKind.ARREARS, books.arrears(early)).headers["Location"]
    page = clerk.get(place, headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "lies in the future" in page
    assert "/imports/new" in page
    assert f"{place}/apply" not in page
    assert held(database) == before
    assert clerk.post(f"{place}/apply").status_code == 409


@pytest.mark.parametrize(
    ("other", "column", "words"),
    [
        ({"身份证号": "990101200001010010"}, "身份证号", "check digit"),
        ({"身份证号": 990101200001010010}, "身份证号", "stored as a figure"),
        ({"合同金额": -1}, "合同金额", "negative"),
        ({"村": "没有村"}, "村", "There is no village"),
        ({"合同编号": "HT000001"}, "合同编号", "more than once"),
    ],
)
def test_a_wrong_row_is_named_on_the_page_and_given_back(
    clerk: FlaskClient, database: Database, other: dict[str, Any], column: str, words: str
) -> None:
    before = held(database)
    answer = send(clerk, ImportKind.ROSTER, books.roster(contract(1), contract(2), contract(9, **other)))
    place = answer.headers["Location"]
    page = clerk.get(f"{place}?show=rejected", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert words in page
    assert column in page
    assert books.person_id(9) not in page
    assert held(database) == before
    answer = clerk.post(f"{place}/wrong-rows", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "%E9%94%99%E8%AF%AF%E6%95%B0%E6%8D%AE.xlsx" in answer.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[2][:2] == ("合同编号", "借款学生姓名")
    assert rows[2][-1] == "错误原因"
    given = rows[-1]
    assert "Row 4" in given[-1]
    assert words in given[-1]
    assert held(database) == before


def test_a_discarded_list_changes_nothing(clerk: FlaskClient, database: Database) -> None:
    before = held(database)
    place = send(clerk, ImportKind.ROSTER, books.roster(contract(1))).headers["Location"]
    assert clerk.post(f"{place}/discard").status_code == 303
    assert held(database) == before
    with database.reader() as session:
        assert session.scalars(select(ImportBatch.state)).one() is ImportState.DISCARDED
    assert clerk.post(f"{place}/apply").status_code == 409


def test_a_list_out_of_step_is_compared_again(clerk: FlaskClient, database: Database, time_is: Any) -> None:
    first = send(clerk, ImportKind.ROSTER, books.roster(contract(1))).headers["Location"]
    with database.write() as session:
        for batch in session.scalars(select(ImportBatch)):
            session.add(
                ImportBatch(
                    kind=batch.kind, state=ImportState.APPLIED, file_name="later.xlsx", sha256="0" * 64, size=1,
                    received_at=batch.received_at, applied_at=batch.staged_at.replace(year=2027), facts={},
                )
            )  # fmt: skip
    many = contracts(database)
    answer = clerk.post(f"{first}/apply", headers={"Accept-Language": "en"}, follow_redirects=True)
    assert "compare it again" in answer.get_data(as_text=True)
    assert contracts(database) == many
    assert clerk.post(f"{first}/again").status_code == 303
    assert clerk.post(f"{first}/again").status_code == 409  # one at a time
    work(clerk)
    confirm(clerk, first)
    assert contracts(database) == many + 1


def test_the_page_of_a_list_at_work_looks_again_and_stops_it(clerk: FlaskClient, database: Database) -> None:
    content = io.BytesIO(books.roster(contract(1)))
    place = clerk.post("/imports/new", data={"kind": "roster", "file": (content, "a.xlsx")}).headers["Location"]
    answer = clerk.get(place, headers={"Accept-Language": "en"})
    assert answer.headers["Refresh"] == "3"
    page = answer.get_data(as_text=True)
    assert "read and compared" in page
    assert f"{place}/discard" not in page
    assert clerk.post(f"{place}/discard").status_code == 409
    job_id = re.search(r"/jobs/(\d+)/cancel", page)[1]  # type: ignore[index]  # the page offers it
    assert clerk.post(f"/jobs/{job_id}/cancel").status_code == 303
    assert work(clerk) == []
    answer = clerk.get(place, headers={"Accept-Language": "en"})
    assert "Refresh" not in answer.headers
    assert clerk.post(f"{place}/again").status_code == 303
    work(clerk)
    confirm(clerk, place)
    with database.reader() as session:
        assert session.scalars(select(ImportBatch.state)).one() is ImportState.APPLIED


def test_the_mended_rows_go_in_again(clerk: FlaskClient, database: Database) -> None:
    many = contracts(database)
    wrong = contract(9, 合同金额=-1, 就读高校="=HYPERLINK(1)")
    place = send(clerk, ImportKind.ROSTER, books.roster(contract(1), wrong)).headers["Location"]
    confirm(clerk, place)
    assert contracts(database) == many + 1
    book = openpyxl.load_workbook(io.BytesIO(clerk.post(f"{place}/wrong-rows").data))
    sheet = book.worksheets[0]
    places = {cell.value: cell.column for cell in sheet[3]}
    assert {cell.data_type for row in sheet for cell in row if cell.value is not None} == {"s"}
    assert sheet.cell(4, places["就读高校"]).value == "=HYPERLINK(1)"
    sheet.cell(4, places["合同金额"]).value = "8000"
    sheet.cell(4, places["就读高校"]).value = "示范大学"
    mended = io.BytesIO()
    book.save(mended)
    again = send(clerk, ImportKind.ROSTER, mended.getvalue()).headers["Location"]
    page = clerk.get(again, headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "1 rows were read: 1 new" in page
    confirm(clerk, again)
    assert contracts(database) == many + 2


def test_a_strict_list_goes_in_whole_or_not_at_all(clerk: FlaskClient, database: Database) -> None:
    many = contracts(database)
    content = books.roster(contract(1), contract(2, 合同金额=-1))
    place = send(clerk, ImportKind.ROSTER, content, is_strict="y").headers["Location"]
    page = clerk.get(place, headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "to go in whole" in page
    assert f"{place}/apply" not in page
    assert clerk.post(f"{place}/apply").status_code == 409
    assert contracts(database) == many
    answer = clerk.post(
        "/imports/new",
        data={"kind": "roster", "file": (io.BytesIO(content), "b.xlsx")},
        headers={"Accept-Language": "en"},
        follow_redirects=True,
    )
    assert "came in before" in answer.get_data(as_text=True)


def test_the_form_asks_for_kind_and_file(clerk: FlaskClient) -> None:
    answer = clerk.post("/imports/new", data={}, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Say what the list is." in page
    assert "Choose the file." in page


@pytest.mark.parametrize("kind", list(ImportKind))
def test_each_template_is_handed_out(clerk: FlaskClient, kind: ImportKind) -> None:
    answer = clerk.get(f"/imports/templates/{kind.value}")
    assert answer.status_code == 200
    assert openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0].max_column >= 2
    name = re.search(r"filename\*=UTF-8''(\S+)", answer.headers["Content-Disposition"])
    assert name is not None
    listed = clerk.get("/imports/new", headers={"Accept-Language": "zh-CN"}).get_data(as_text=True)
    assert f"模板：{unquote(name[1]).removesuffix('模板.xlsx')}<" in listed


def test_an_unknown_template_and_an_unknown_import_are_missing(clerk: FlaskClient) -> None:
    assert clerk.get("/imports/templates/secrets").status_code == 404
    assert clerk.get("/imports/999").status_code == 404
    assert clerk.post("/imports/999/apply").status_code == 404
    assert clerk.post("/imports/999/wrong-rows").status_code == 404


@pytest.mark.parametrize("who", ["member", "leader", "township", "admin", "auditor"])
def test_others_neither_see_nor_run_imports(client: FlaskClient, who: str) -> None:
    sign_in(client, who)
    assert client.get("/imports").status_code == 403
    assert client.get("/imports/new").status_code == 403
    assert client.post("/imports/1/apply").status_code == 403


def test_a_deputy_sees_the_lists_but_not_their_rows(clerk: FlaskClient) -> None:
    place = send(clerk, ImportKind.ROSTER, books.roster(contract(1))).headers["Location"]
    clerk.post("/sign-out")
    sign_in(clerk, "deputy")
    page = clerk.get(place).get_data(as_text=True)
    assert "HT000001" not in page
    assert f"{place}/apply" not in page
    assert clerk.get("/imports").status_code == 200
    assert clerk.post(f"{place}/apply").status_code == 403


def test_the_list_of_imports_says_how_fresh_the_data_is(clerk: FlaskClient, world: World) -> None:
    page = clerk.get("/imports", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert world.lender.name in page
    assert world.arrears_list.data_on.isoformat() in page


def arrears_of(world: World, *names: str, interest: int = 140) -> bytes:
    lines = [
        books.overdue(1, 合同编号=f"DEMO-{name}-1", 贷款银行=world.lender.name, 逾期本金=1000, 逾期利息=interest)
        | {"逾期起始日": date(2025, 12, 20), "逾期合计": 1000 + interest}
        for name in names
    ]
    return books.arrears(*lines)


def seen(clerk: FlaskClient, place: str) -> str:
    return clerk.get(place, headers={"Accept-Language": "en"}).get_data(as_text=True)


def test_the_page_says_what_follows_and_who_is_no_longer_listed(clerk: FlaskClient, world: World) -> None:
    place = send(clerk, ImportKind.ARREARS, arrears_of(world, "overdue", "current")).headers["Location"]
    page = seen(clerk, place)
    assert re.search(r"1 borrowers become overdue, \d+ are cured, \d+ open notices will be called back", page)
    gone = seen(clerk, f"{place}?show=vanished")
    assert "DEMO-foreign-1" in gone
    assert "DEMO-overdue-1" not in gone
    assert f"/borrowers/{world.borrowers['foreign'].id}" in gone


def test_rows_are_filtered_and_sampled_by_the_address(clerk: FlaskClient) -> None:
    rows = [contract(number) for number in range(1, 71)]
    place = send(clerk, ImportKind.ROSTER, books.roster(*rows)).headers["Location"]
    assert "HT000051" not in seen(clerk, place)
    assert "HT000051" in seen(clerk, f"{place}?show=new&page=2")
    found = seen(clerk, f"{place}?show=new&q=HT00005")
    assert set(re.findall(r"HT\d{6}", found)) == {f"HT{number:06d}" for number in range(50, 60)}
    first, again, other = (set(re.findall(r"HT\d{6}", seen(clerk, f"{place}?show=new&sample={n}"))) for n in (1, 1, 2))
    assert len(first) == 20
    assert first == again != other
    confirm(clerk, place)
    rows = [contract(number, 贷款余额=7000 if number % 2 else 8000, 就读高校="另一大学") for number in range(1, 31)]
    place = send(clerk, ImportKind.ROSTER, books.roster(*rows)).headers["Location"]
    page = seen(clerk, f"{place}?show=changed")
    assert '<option value="贷款余额"' in page
    assert "<del>8000.00</del> → <ins>7000" in page.replace("\n", "")
    page = seen(clerk, f"{place}?show=changed&field=贷款余额")
    assert "15 rows." in page
    assert "HT000002" not in page
    assert "There are no such rows" in seen(clerk, f"{place}?show=changed&q=%25")


def test_a_list_is_taken_back_until_somebody_acts(clerk: FlaskClient, world: World, database: Database) -> None:
    place = send(clerk, ImportKind.ARREARS, arrears_of(world, "overdue", "current")).headers["Location"]
    before = held(database)
    assert f"{place}/undo" not in seen(clerk, place)
    confirm(clerk, place)
    assert f"{place}/undo" in seen(clerk, place)
    assert clerk.post(f"{place}/undo").status_code == 303
    assert "being taken back" in seen(clerk, place)
    work(clerk)
    page = seen(clerk, place)
    assert "taken back" in page
    assert f"{place}/undo" not in page
    assert held(database) != before  # cases and history stay
    assert clerk.post(f"{place}/undo").status_code == 409

    place = send(clerk, ImportKind.ARREARS, arrears_of(world, "overdue", "current", interest=150)).headers["Location"]
    confirm(clerk, place)
    touched = world.borrowers["current"]
    with database.write() as session:
        world.act("centre").record(session, "contact:logged", borrower_id=touched.id)
    page = seen(clerk, place)
    assert "somebody has acted on 1 of its borrowers" in page
    assert f"/borrowers/{touched.id}" in page
    assert f"{place}/undo" not in page
    assert clerk.post(f"{place}/undo").status_code == 409


def test_a_new_clerk_fills_the_template_wrongly_mends_it_and_takes_it_back(
    clerk: FlaskClient, database: Database
) -> None:
    """Ten mistakes in a row each; every one is named, given back, mended in the file given back, and goes in."""
    wrong: list[tuple[str, Any]] = [
        ("身份证号", "990101200001010010"),
        ("身份证号", ""),
        ("合同金额", "-5"),
        ("贷款余额", "9000"),
        ("村", "没有这个村"),
        ("毕业年份", "明年"),
        ("签订日期", "2021-02-30"),
        ("到期日", "2020-01-01"),
        ("贷款利率", "很高"),
        ("贷款银行", ""),
    ]
    many = contracts(database)
    book = openpyxl.load_workbook(io.BytesIO(clerk.get("/imports/templates/roster").data))
    sheet = book.worksheets[0]
    places = {cell.value: cell.column for cell in sheet[1]}
    right = {number: contract(number) for number in range(1, 12)}
    for number, row in right.items():
        column, value = wrong[number - 2] if number > 1 else ("", None)
        for heading, cell in row.items():
            sheet.cell(number + 1, places[heading]).value = value if heading == column else cell
    content = io.BytesIO()
    book.save(content)
    place = send(clerk, ImportKind.ROSTER, content.getvalue()).headers["Location"]
    page = seen(clerk, f"{place}?show=rejected")
    assert "10 rows are wrong" in page
    confirm(clerk, place)
    assert contracts(database) == many + 1

    book = openpyxl.load_workbook(io.BytesIO(clerk.post(f"{place}/wrong-rows").data))
    sheet = book.worksheets[0]
    places = {cell.value: cell.column for cell in sheet[3]}
    for number, (column, _) in enumerate(wrong, start=4):
        assert column in sheet.cell(number, places["错误原因"]).value
        cell = right[number - 2][column]
        sheet.cell(number, places[column]).value = cell.isoformat() if isinstance(cell, date) else str(cell)
    content = io.BytesIO()
    book.save(content)
    mended = send(clerk, ImportKind.ROSTER, content.getvalue()).headers["Location"]
    page = seen(clerk, mended)
    assert "10 rows were read: 10 new" in page
    confirm(clerk, mended)
    assert contracts(database) == many + 11
    for one in (mended, place):
        assert clerk.post(f"{one}/undo").status_code == 303
        assert len(work(clerk)) == 1
    assert contracts(database) == many
    assert "taken back" in seen(clerk, "/imports")


def test_a_list_that_holds_the_right_to_write_hears_that_it_is_to_stop(clerk: FlaskClient, database: Database) -> None:
    place = send(clerk, ImportKind.ROSTER, books.roster(contract(1))).headers["Location"]
    clerk.post(f"{place}/apply")
    with database.write() as session:
        job = session.scalars(select(Job).order_by(Job.id.desc())).first()
        assert job is not None
        job.state = JobState.RUNNING
    folder = clerk.application.extensions["portal_settings"].data_dir / "progress"
    folder.mkdir(exist_ok=True)
    (folder / f"{job.id}.done").write_text("40")
    assert 'value="40" max="100"' in seen(clerk, place)
    assert clerk.get(f"/jobs/{job.id}/progress").get_json()["processed"] == 40
    with pytest.MonkeyPatch.context() as patch:

        def busy(*_args: object, **_facts: object) -> None:
            raise OperationalError("", {}, Exception("database is locked"))

        patch.setattr("portal.views.jobs.jobs.ask_cancel", busy)
        assert clerk.post(f"/jobs/{job.id}/cancel").status_code == 303
    assert (folder / f"{job.id}.stop").exists()
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job.id).values(state=JobState.WAITING))
    before = held(database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("portal.jobs.progress._EVERY", -1)
        work(clerk)
    assert held(database) == before
    with database.reader() as session:
        assert session.get_one(Job, job.id).state is JobState.CANCELLED
    assert not (folder / f"{job.id}.stop").exists()


def test_a_long_upload_is_never_held_as_a_whole(clerk: FlaskClient, database: Database, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    headings = ",".join(books.REPAYMENT_HEADINGS)
    line = f"HT000001,2026-11-21,224,LS1{',' * (len(books.REPAYMENT_HEADINGS) - 4)}\n"
    path.write_text(f"{headings}\n{line * 1_000_000}", encoding="utf-8")
    with path.open("rb") as file:
        data = {"kind": ImportKind.REPAYMENTS.value, "file": (file, "long.csv")}
        sent = EnvironBuilder("/imports/new", method="POST", data=data).get_environ()
    with contextlib.closing(sent["wsgi.input"]):  # what a browser sends
        tracemalloc.start()
        try:
            answer = clerk.open(sent)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert answer.status_code == 303
    with database.reader() as session:
        size = session.scalars(select(ImportBatch.size).order_by(ImportBatch.id.desc())).first()
    assert size == path.stat().st_size > 2 * peak


def test_a_list_taken_back_leads_nowhere_but_to_a_corrected_one(clerk: FlaskClient) -> None:
    confirm(clerk, send(clerk, ImportKind.ROSTER, books.roster(contract(1), contract(2))).headers["Location"])
    wrong = books.overdue(2, 逾期本金="abc")
    place = send(clerk, ImportKind.ARREARS, books.arrears(books.overdue(1), wrong)).headers["Location"]
    assert "borrowers become overdue" in seen(clerk, place)
    confirm(clerk, place)
    applied = seen(clerk, place)
    assert "borrowers became overdue" in applied
    assert "promises are closed as kept" not in applied  # nothing of it happened
    ledger = place.replace("/imports/", "/reconciliations/of-import/")
    assert f'href="{ledger}"' in applied
    assert f"{place}/wrong-rows" in applied
    assert clerk.post(f"{place}/undo").status_code == 303
    work(clerk)
    undone = seen(clerk, place)
    assert "What this list did before it was taken back" in undone
    assert f'href="{ledger}"' not in undone  # there is nothing behind it
    assert f"{place}/wrong-rows" not in undone
    assert "Send the whole list again" in undone


def test_a_good_row_of_money_says_how_much_and_when(clerk: FlaskClient) -> None:
    confirm(clerk, send(clerk, ImportKind.ROSTER, books.roster(contract(1))).headers["Location"])
    lines = [
        {"合同编号": "HT000001", "还款日期": date(2026, 11, 20), "还款金额": number / 100, "流水号": f"R{number}"}
        for number in range(1, 1_201)
    ]
    for line in lines[::7]:
        line["还款金额"] = "abc"
    lines[1] |= {"冲正日期": date(2026, 11, 21)}
    place = send(clerk, ImportKind.REPAYMENTS, books.payments(*lines)).headers["Location"]
    shown: dict[int, str] = {}
    for page in range(1, 22):
        text = seen(clerk, f"{place}?show=new&page={page}")
        for number, amount in re.findall(
            r'data-label="Row">\s*(\d+)</td>.*?¥([\d.]+) paid on 2026-11-20', text, re.DOTALL
        ):
            shown[int(number)] = amount
    assert shown == {number + 1: f"{number / 100:.2f}" for number in range(1, 1_201) if (number - 1) % 7}
    assert "taken back on 2026-11-21" in seen(clerk, f"{place}?show=new")
    assert "清单内容" in clerk.get(f"{place}?show=new").get_data(as_text=True)  # not the word for a wording's text
    assert "¥" in seen(clerk, f"{place}?show=new&sample=3").partition('id="rows"')[2]
    place = send(clerk, ImportKind.ARREARS, books.arrears(books.overdue(1))).headers["Location"]
    assert re.search(r"¥[\d.,]+ overdue since \d{4}-\d\d-\d\d", seen(clerk, place))


def test_a_list_without_most_of_the_one_before_is_applied_only_when_that_is_said(
    clerk: FlaskClient, database: Database
) -> None:
    clerk.post("/language", data={"language": "en"})
    confirm(clerk, send(clerk, ImportKind.ROSTER, books.roster(*map(contract, range(1, 5)))).headers["Location"])
    lines = [books.overdue(number, 数据日期="2026-11-01") for number in range(1, 5)]
    confirm(clerk, send(clerk, ImportKind.ARREARS, books.arrears(*lines)).headers["Location"])
    later = [line | {"数据日期": "2026-11-10"} for line in lines]
    half = send(clerk, ImportKind.ARREARS, books.arrears(*later[:2])).headers["Location"]
    assert "really not on this one" not in seen(clerk, half)
    assert clerk.post(f"{half}/discard").status_code == 303
    before = held(database)
    place = send(clerk, ImportKind.ARREARS, books.arrears(later[0])).headers["Location"]
    page = seen(clerk, place)
    assert "Yes, 3 contracts of the list before are really not on this one" in page
    assert "more than 50 %" in page
    for said in ({}, {"gone": "3"}, {"is_so": "y"}, {"is_so": "y", "gone": "no number"}):
        answer = clerk.post(f"{place}/apply", data=said)
        assert answer.status_code == 422
        assert "then tick that it is so" in answer.get_data(as_text=True)
    assert clerk.post(f"{place}/apply", data={"is_so": "y", "gone": "2"}).status_code == 303  # of an older comparison
    assert work(clerk) == []
    assert held(database) == before
    assert clerk.post(f"{place}/apply", data={"is_so": "y", "gone": "3"}).status_code == 303
    assert len(work(clerk)) == 1
    with database.reader() as session:
        assert session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc())).first().state is ImportState.APPLIED  # type: ignore[union-attr]
        assert session.scalars(select(Event).where(Event.tag == "import:gone_agreed")).one().facts["vanished"] == 3


def test_what_a_list_does_to_the_work_names_only_what_is_so(clerk: FlaskClient, database: Database) -> None:
    place = send(clerk, ImportKind.ROSTER, books.roster(contract(1))).headers["Location"]
    with database.write() as session:
        batch = session.scalars(select(ImportBatch)).one()
        none_of_it = {"promises_kept": 0, "claims_found": 0, "claims_not_found": 0, "thanked": 0}
        batch.facts = batch.facts | none_of_it | {"claims_found": 2}
    page = seen(clerk, place)
    assert "2 who said “paid already” are answered with the payment found" in page
    assert "promise" not in page
    assert "to be thanked" not in page
    assert "no payment found" not in page
