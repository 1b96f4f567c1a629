"""The target page and its file list what was published and would read otherwise today."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from models.database import Database
from models.rates import RateCorrection, RateSnapshot
from models.rules.default_rate import OFFICIAL
from portal.services import rates
from tests.conftest import sign_in
from tests.world import World

PUBLISHED, FOUND = date(2026, 11, 21), date(2026, 11, 23)


@pytest.fixture
def corrected(database: Database, world: World) -> None:
    """Every area's snapshot of 21 November, each corrected by one head less in default."""
    with database.write() as session:
        rates.take_snapshot(session, act=world.act("centre"), as_of=PUBLISHED)
        for row in session.scalars(select(RateSnapshot).where(RateSnapshot.heads_bad > 0)).all():
            session.add(
                RateCorrection(
                    snapshot_id=row.id,
                    found_on=FOUND,
                    heads_bad=row.heads_bad - 1,
                    heads_all=row.heads_all,
                    fen_bad=row.fen_bad,
                    fen_all=row.fen_all,
                    causes=["import/12", "relief/7", "history/3"],
                )
            )


def _section(page: str) -> str:
    return page.partition('id="corrections"')[2].partition("</section>")[0]


def test_without_corrections_the_page_says_so(client: FlaskClient, time_is: None) -> None:
    section = _section(sign_in(client, "centre").get("/target").get_data(as_text=True))
    assert section
    assert "<table" not in section


def test_published_and_known_now_stand_side_by_side(client: FlaskClient, corrected: None, time_is: None) -> None:
    section = _section(sign_in(client, "centre").get("/target").get_data(as_text=True))
    assert "5 / 9" in section
    assert "4 / 9" in section
    assert "2026-11-21" in section
    assert 'href="/imports/12"' in section
    assert "history/3" in section
    assert "cumulative" not in section
    other = _section(client.get("/target?definition=cumulative").get_data(as_text=True))
    assert "<table" not in other  # snapshots are of the official definition


def test_a_school_sees_the_district_and_itself(client: FlaskClient, corrected: None, time_is: None) -> None:
    section = _section(sign_in(client, "deputy_b").get("/target").get_data(as_text=True))
    assert "演示区" in section
    assert "河口乡中心学校" in section
    assert "山前镇" not in section


def test_a_member_gets_no_link_to_an_import(client: FlaskClient, corrected: None, time_is: None) -> None:
    section = _section(sign_in(client, "member").get("/target").get_data(as_text=True))
    assert "<table" in section
    assert "/imports/" not in section


def test_the_file_has_a_sheet_of_corrections(
    client: FlaskClient, corrected: None, database: Database, time_is: None
) -> None:
    answer = sign_in(client, "centre").get("/target.xlsx")
    book = CalamineWorkbook.from_filelike(BytesIO(answer.get_data()))
    assert len(book.sheet_names) == 2
    rows = [row for row in book.get_sheet_by_index(1).to_python() if row[1] == "990101"]
    assert rows[0][3:11] == [5.0, 9.0, 5700.0, 10260.0, 4.0, 9.0, 5700.0, 10260.0]
    with database.reader() as session:
        kept = session.scalars(
            select(RateSnapshot).where(RateSnapshot.area_code == "990101", RateSnapshot.definition == OFFICIAL)
        ).one()
        assert (kept.heads_bad, kept.heads_all) == (5, 9)
