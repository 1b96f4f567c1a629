"""Pages of reconciliations: who sees which lines, what a clerk writes, and that a file holds what the page shows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from models.database import Database
from models.events import Event
from models.imports import ImportBatch
from models.loans import ArrearsList, Statement
from models.reconciliations import Difference
from models.rules.imports import ImportKind, ImportState
from portal.queries import differences
from portal.services import reconciliations
from tests.conftest import NOW, sign_in
from tests.world import NAMES, World

NEXT = date(2026, 11, 20)


@pytest.fixture
def compared(database: Database, world: World) -> int:
    """A list of 20 November with one difference in each school, and one more that is larger; returns its id."""
    with database.write() as session:
        made = ArrearsList(lender_id=world.lender.id, data_on=NEXT, applied_at=NOW)
        session.add(made)
        session.flush()
        lines = {"overdue": "900.00", "nobody": "1000.00", "foreign": "1500.00", "current": "2000.00"}
        for key, principal in lines.items():
            session.add(
                Statement(
                    arrears_list_id=made.id,
                    loan_id=world.loans[f"{key}/1"].id,
                    overdue_principal=Decimal(principal),
                    overdue_interest=Decimal("140.00"),
                    penalty=Decimal("33.42"),
                    overdue_since=date(2025, 12, 20),
                )
            )
        list_id = made.id
    with database.reader() as session:
        parts = reconciliations.ranges(session, list_id)
    with database.write() as session:
        for part in parts:
            reconciliations.compare_range(session, arrears_list_id=list_id, part=part, made_at=NOW)
    return list_id


def _difference(database: Database, world: World, key: str) -> int:
    with database.reader() as session:
        query = select(Difference.id).where(Difference.loan_id == world.loans[f"{key}/1"].id)
        return session.scalars(query).one()


def test_before_the_first_the_page_says_when_it_comes(client: FlaskClient, time_is: None) -> None:
    page = sign_in(client, "centre").get("/reconciliations").get_data(as_text=True)
    assert 'class="empty"' in page


def test_the_centre_sees_totals_causes_and_every_line(
    client: FlaskClient, compared: int, world: World, time_is: None
) -> None:
    sign_in(client, "centre")
    index = client.get("/reconciliations").get_data(as_text=True)
    assert f"/reconciliations/{compared}" in index
    assert "5 / 10" in index  # paid after the list, settled, studying, deferred, nobody
    page = client.get(f"/reconciliations/{compared}").get_data(as_text=True)
    for key in ("overdue", "foreign", "current", "colleague", "overdue_long", "paid_after_list"):
        shown = NAMES[key] in page
        assert shown is (key != "paid_after_list"), key
    assert page.index(NAMES["overdue_long"]) < page.index(NAMES["current"]) < page.index(NAMES["foreign"])
    assert NAMES["nobody"] not in page


def test_a_deputy_sees_the_lines_of_their_school_and_no_totals_of_others(
    client: FlaskClient, compared: int, time_is: None
) -> None:
    sign_in(client, "deputy_b")
    page = client.get(f"/reconciliations/{compared}").get_data(as_text=True)
    assert NAMES["foreign"] in page
    for key in ("overdue", "current", "colleague", "overdue_long"):
        assert NAMES[key] not in page
    assert "5 / 10" not in client.get("/reconciliations").get_data(as_text=True)
    printed = client.get(f"/reconciliations/{compared}/print?school=S01").get_data(as_text=True)
    assert NAMES["overdue"] not in printed
    assert NAMES["foreign"] not in printed


@pytest.mark.parametrize("username", ["member", "leader", "township", "auditor"])
def test_others_have_no_such_page(client: FlaskClient, compared: int, username: str, time_is: None) -> None:
    assert sign_in(client, username).get(f"/reconciliations/{compared}").status_code == 403


def test_filters_narrow_and_pages_go_on(
    client: FlaskClient, compared: int, monkeypatch: pytest.MonkeyPatch, time_is: None
) -> None:
    sign_in(client, "centre")
    unknown = client.get(f"/reconciliations/{compared}?cause=unknown&school=S01").get_data(as_text=True)
    assert NAMES["current"] in unknown
    assert NAMES["foreign"] not in unknown
    assert NAMES["colleague"] not in unknown
    nothing = client.get(f"/reconciliations/{compared}?open=no").get_data(as_text=True)
    assert 'class="empty"' in nothing
    found = list[str]()
    monkeypatch.setattr(differences.lines, "__kwdefaults__", {"after": "", "limit": 2})
    address: str | None = f"/reconciliations/{compared}"
    while address:
        page = client.get(address).get_data(as_text=True)
        found += [key for key, name in NAMES.items() if name in page]
        _, _, rest = page.partition('rel="next"')
        before = page[: len(page) - len(rest)]
        address = before.rpartition('href="')[2].partition('"')[0].replace("&amp;", "&") if rest else None
    assert sorted(found) == ["colleague", "current", "foreign", "overdue", "overdue_long"]


def test_a_clerk_explains_a_difference(
    client: FlaskClient, compared: int, database: Database, world: World, time_is: None
) -> None:
    sign_in(client, "centre")
    address = f"/reconciliations/differences/{_difference(database, world, 'foreign')}"
    assert client.get(address).status_code == 200
    assert "有 5 处差异尚未说明原因" in client.get("/").get_data(as_text=True)
    refused = client.post(address, data={"note": "  ", "is_explained": "y", "submit_key": "a" * 24})
    assert refused.status_code == 422
    answer = client.post(address, data={"note": "问过银行", "is_explained": "y", "submit_key": "b" * 24})
    assert (answer.status_code, answer.location) == (303, f"/reconciliations/{compared}")
    assert "有 4 处差异尚未说明原因" in client.get("/").get_data(as_text=True)
    page = client.get(f"/reconciliations/{compared}?open=no").get_data(as_text=True)
    assert "问过银行" in page
    assert NAMES["foreign"] in page
    assert NAMES["current"] not in page


def test_a_deputy_may_read_and_not_settle(
    client: FlaskClient, compared: int, database: Database, world: World, time_is: None
) -> None:
    sign_in(client, "deputy_b")
    address = f"/reconciliations/differences/{_difference(database, world, 'foreign')}"
    assert client.post(address, data={"note": "x"}).status_code == 403
    assert address not in client.get(f"/reconciliations/{compared}").get_data(as_text=True)


def test_the_file_holds_what_the_page_shows(
    client: FlaskClient, compared: int, database: Database, time_is: None
) -> None:
    sign_in(client, "deputy_b")
    answer = client.post(f"/reconciliations/{compared}/export", data={"submit_key": "c" * 24})
    assert answer.status_code == 200
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.get_data())).get_sheet_by_index(0).to_python()
    lines = [row for row in rows if row[0] in NAMES.values()]
    assert [row[0] for row in lines] == [NAMES["foreign"]]
    assert lines[0][5:12] == [1000.0, 140.0, 33.42, 1500.0, 140.0, 33.42, 500.0]
    with database.reader() as session:
        event = session.scalars(select(Event).where(Event.tag == "reconciliation:exported")).one()
        assert event.subject == f"reconciliation/{compared}"


def test_an_import_leads_to_its_comparison(
    client: FlaskClient, compared: int, database: Database, world: World, time_is: None
) -> None:
    with database.write() as session:
        batch = ImportBatch(
            kind=ImportKind.ARREARS,
            state=ImportState.APPLIED,
            file_name="list.xlsx",
            sha256="0" * 64,
            size=1,
            lender_id=world.lender.id,
            data_on=NEXT,
            received_at=NOW,
            applied_at=NOW + timedelta(minutes=1),
            facts={},
        )
        session.add(batch)
        session.flush()
        batch_id = batch.id
    sign_in(client, "centre")
    assert f"/reconciliations/of-import/{batch_id}" in client.get(f"/imports/{batch_id}").get_data(as_text=True)
    assert client.get(f"/reconciliations/of-import/{batch_id}").location == f"/reconciliations/{compared}"
    assert "/reconciliations" in client.get("/imports").get_data(as_text=True)


def test_a_list_not_compared_yet_says_so(client: FlaskClient, world: World, time_is: None) -> None:
    answer = sign_in(client, "centre").get(f"/reconciliations/{world.arrears_list.id}")
    assert answer.status_code == 200
    assert 'class="empty"' in answer.get_data(as_text=True)
