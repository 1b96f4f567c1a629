"""Rates on the page, from the command and from a plain count are one."""

from __future__ import annotations

import json
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from models.borrowers import Borrower
from models.database import Database
from models.rules.default_rate import DEFINITIONS, Rate
from models.rules.refusals import NotVisible
from portal.queries.area_figures import Level, figures
from portal.queries.rates import rate_on, target
from tests.conftest import sign_in
from tests.world import World

TODAY = date(2026, 11, 23)


def _plain_count(database: Database) -> tuple[int, int, int, int]:
    """Count by hand, without any of our queries."""
    statement = text(
        "SELECT sum(state = 'overdue'), sum(has_anything_due),"
        " sum(CASE WHEN state = 'overdue' THEN overdue_this_season ELSE 0 END), sum(due_this_season)"
        " FROM borrower_standings"
    )
    with database.reader() as session:
        return tuple(session.execute(statement).one())  # type: ignore[return-value]


def test_page_command_and_plain_count_agree(app: Flask, database: Database, client: FlaskClient, time_is: None) -> None:
    heads_bad, heads_all, fen_bad, fen_all = _plain_count(database)
    assert (heads_bad, heads_all, fen_bad, fen_all) == (5, 9, 570000, 1026000)
    printed = app.test_cli_runner().invoke(args=["rate", "--as-of", "2026-11-23", "--json"]).output
    found = json.loads(printed)
    assert (found["heads"]["bad"], found["heads"]["all"]) == (heads_bad, heads_all)
    assert (found["money"]["bad"], found["money"]["all"]) == (fen_bad, fen_all)
    assert found["heads"] == {"bad": 5, "all": 9, "shown": "55.5", "exceeds": True, "cures_needed": 5}
    page = sign_in(client, "centre").get("/target").get_data(as_text=True)
    assert "55.5 %" in page
    assert "5 / 9" in page


@pytest.mark.parametrize("key", list(DEFINITIONS))
@pytest.mark.parametrize("area", ["", "990101101", "990101102205", "S01"])
def test_kept_and_judged_anew_are_the_same(database: Database, world: World, area: str, key: str) -> None:
    """The kept standings and a fresh judgement of every borrower give one figure."""
    with database.reader() as session:
        kept = rate_on(session, as_of=TODAY, area=area, definition=DEFINITIONS[key])
    with database.write() as session:
        session.execute(text("UPDATE borrower_standings SET as_of = '2030-01-01'"))  # nothing kept holds for the day
    with database.reader() as session:
        assert rate_on(session, as_of=TODAY, area=area, definition=DEFINITIONS[key]) == kept


def test_parts_add_up_to_the_whole(database: Database, world: World) -> None:
    with database.reader() as session:
        whole, *parts = (
            figures(session, select(Borrower.id), level, as_of=TODAY)
            for level in (Level.DISTRICT, Level.TOWNSHIP, Level.VILLAGE)
        )
    for part in parts:
        assert sum(row.in_default for row in part) == whole[0].in_default
        assert sum(row.due for row in part) == whole[0].due
        assert sum(row.borrowers for row in part) == whole[0].borrowers == 10


def test_a_school_sees_the_district_and_itself(database: Database, world: World) -> None:
    with database.reader() as session:
        found = target(session, world.actor("leader"), TODAY)
    assert found.district is not None
    assert found.district.heads == Rate(5, 9)
    assert [row.code for row in found.schools] == ["S01"]
    assert found.townships == ()


def test_the_past_is_judged_from_the_facts(database: Database, world: World) -> None:
    with database.reader() as session:
        heads, _ = rate_on(session, as_of=date(2025, 11, 1), definition=DEFINITIONS["season"])
    assert heads.bad == 1  # before the first list our ledger alone knows: only the one who missed 2024


def test_an_unknown_area_is_named(database: Database, world: World) -> None:
    with database.reader() as session, pytest.raises(NotVisible):
        rate_on(session, as_of=TODAY, area="nowhere", definition=DEFINITIONS["season"])


def test_export_holds_what_the_page_shows(client: FlaskClient, time_is: None) -> None:
    from io import BytesIO

    from openpyxl import load_workbook

    answer = sign_in(client, "centre").get("/target.xlsx")
    assert answer.status_code == 200
    rows = list(load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True))
    district = next(row for row in rows if row[1] == "990101")
    assert district[3:6] == (5, 9, "55.5")
    assert not any(isinstance(cell, str) and cell.startswith("=") for row in rows for cell in row)
