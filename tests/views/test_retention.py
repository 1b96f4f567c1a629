"""The import page says until when copies are kept; those whose time is over are destroyed by two people."""

from __future__ import annotations

import io
from datetime import date

import time_machine
from flask.testing import FlaskClient
from sqlalchemy import update

from models.database import Database
from models.loans import Loan
from models.rules.imports import ImportKind
from portal.services.imports import store
from tests import books
from tests.conftest import sign_in, work_off
from tests.world import World

EN = {"Accept-Language": "en"}


def test_from_the_import_page_to_the_destruction(client: FlaskClient, world: World, database: Database) -> None:
    settings = client.application.extensions["portal_settings"]
    with time_machine.travel("2026-11-23T02:00:00+00:00", tick=False):
        sign_in(client, "centre")
        content = books.payments({
            "合同编号": "DEMO-overdue-1", "还款日期": date(2026, 11, 20), "还款金额": 10.0, "流水号": "LS-1",
        })  # fmt: skip
        form = {"kind": ImportKind.REPAYMENTS.value, "file": (io.BytesIO(content), "还款.xlsx")}
        place = client.post("/imports/new", data=form).headers["Location"]
        work_off(database, settings)
        client.post(f"{place}/apply")
        work_off(database, settings)
        page = client.get(place, headers=EN).get_data(as_text=True)
        assert "at least until 2031-11-23" in page
        assert store.hash_of(content) in page
        assert "演示区" in page
        assert "No list's time is over" in client.get("/retention", headers=EN).get_data(as_text=True)
        batch_id = int(place.rpartition("/")[2])
        answer = client.post(f"/retention/{batch_id}/ask", data={"reason": "保存期满"}, headers=EN)
        assert answer.status_code == 422
        assert "The time of keeping is not over" in answer.get_data(as_text=True)
    with database.write() as session:
        session.execute(update(Loan).values(settled_on=date(2027, 12, 20)))
    with time_machine.travel("2033-01-10T02:00:00+00:00", tick=False):
        sign_in(client, "centre")
        assert "until 2032-12-20: the time is over" in client.get(place, headers=EN).get_data(as_text=True)
        assert client.post(f"/retention/{batch_id}/ask", data={"reason": "保存期满"}).status_code == 303
        page = client.get("/retention", headers=EN).get_data(as_text=True)
        assert "destruction asked for" in page
        assert f"/retention/{batch_id}/carry-out" not in page
        assert "the destruction of 1 list was asked for" not in client.get("/", headers=EN).get_data(as_text=True)
        assert client.post(f"/retention/{batch_id}/carry-out").status_code == 409
        client.post("/sign-out")
        sign_in(client, "centre2")
        assert "the destruction of 1 list was asked for" in client.get("/", headers=EN).get_data(as_text=True)
        assert f"/retention/{batch_id}/carry-out" in client.get("/retention", headers=EN).get_data(as_text=True)
        assert client.post(f"/retention/{batch_id}/carry-out").status_code == 303
        assert "the destruction of 1 list was asked for" not in client.get("/", headers=EN).get_data(as_text=True)
        places = store.Places.of(settings.data_dir, settings.copy_dir)
        assert not any((folder / store.hash_of(content)).exists() for _, folder in places.named)
        assert "destroyed 2033-01-10" in client.get(place, headers=EN).get_data(as_text=True)
