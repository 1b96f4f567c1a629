"""The target page judges by both figures, and says by which of them an area is above the target."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from models.database import Database
from models.rules.default_rate import DEFINITIONS, OFFICIAL, Rate
from models.rules.standing import StandingState
from models.standings import BorrowerStanding
from portal import charts
from portal.queries import rates
from portal.queries.area_figures import AreaFigures
from tests.conftest import sign_in
from tests.world import World

EN = {"Accept-Language": "en"}
TODAY = date(2026, 11, 23)


def area(code: str, heads: tuple[int, int], overdue: str) -> AreaFigures:
    """Make an area with 1,000 yuan due."""
    bad, everybody = heads
    return AreaFigures(
        code=code, name=code, borrowers=everybody, in_arrears=bad, in_default=bad, has_due=everybody,
        overdue=Decimal(overdue), due=Decimal(1_000), overdue_total=Decimal(overdue), data_on=TODAY,
    )  # fmt: skip


@pytest.fixture
def four(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show a district inside by heads only, and schools of all four kinds."""
    schools = (
        area("both", (10, 100), "100"),
        area("heads", (10, 100), "50"),
        area("money", (5, 100), "80"),
        area("none", (5, 100), "50"),
    )
    district = area("990101", (21, 2_000), "600")
    found = rates.Target(district, (), schools, DEFINITIONS[OFFICIAL], TODAY)
    monkeypatch.setattr(rates, "target", lambda *_args: found)


def test_an_area_is_inside_only_by_both_figures(client: FlaskClient, four: None, time_is: None) -> None:
    sign_in(client, "centre")
    page = client.get("/target", headers=EN).get_data(as_text=True)
    rows = {code: row for row in page.split("<tr>") for code in re.findall(r'<a href="[^"]*school=(\w+)"', row)}
    said = {code: " ".join(re.sub(r"<[^>]+>", " ", row).split()) for code, row in rows.items()}
    assert "above the target " in said["both"] + " "
    assert "above the target by heads" in said["heads"]
    assert "above the target by money" in said["money"]
    assert "inside the target" in said["none"]
    assert "5 borrowers · ¥50.00" in said["both"]
    assert "5 borrowers" in said["heads"]
    assert "¥" not in said["heads"].rpartition("5.0 %")[2]
    assert "0 borrowers" not in said["money"]
    assert "¥30.00" in said["money"]
    assert "less than a tenth of a point: one of 2000 people" in page  # not 1.0 % → 1.0 %
    assert "above the target by money" in client.get("/", headers=EN).get_data(as_text=True)


def test_a_mark_of_the_chart_is_called_by_its_area_and_figure(client: FlaskClient, four: None, time_is: None) -> None:
    sign_in(client, "centre")
    page = client.get("/target", headers=EN).get_data(as_text=True)
    links = re.findall(r"<a [^>]*>\s*<(?:path|text)[^>]*>", page)
    assert links
    assert {name for link in links for name in re.findall(r'aria-label="([^"]*)"', link)} == {
        "both 10.0 %", "heads 10.0 %", "money 5.0 %", "none 5.0 %",
    }  # fmt: skip


def test_a_figure_leads_to_those_it_counts(
    client: FlaskClient, database: Database, world: World, time_is: None
) -> None:
    """A township's figure of more than 90 days past due, and the list behind it, hold the same people."""
    with database.write() as session:
        late = world.borrowers["overdue_long"].id
        session.execute(
            update(BorrowerStanding)
            .where(BorrowerStanding.state == StandingState.OVERDUE, BorrowerStanding.borrower_id != late)
            .values(overdue_since=TODAY - timedelta(days=90), bucket="31-90")
        )
    sign_in(client, "centre")
    for definition, others in (("over-90-days", 0), ("season", 1)):
        page = client.get(f"/target?definition={definition}", headers=EN).get_data(as_text=True)
        (row,) = (row for row in page.split("<tr>") if "area=990101101" in row)
        url = re.search(r'href="(/borrowers[^"]+)"', row)[1].replace("&amp;", "&")  # type: ignore[index]
        counted = int(re.search(r">(\d+) / \d+<", row)[1])  # type: ignore[index]
        people = client.get(url, headers=EN).get_data(as_text=True)
        assert len(set(re.findall(r'href="/borrowers/(\d+)"', people))) == counted
        assert (counted > 1) == bool(others)
    assert "more than 90 days" in client.get("/borrowers?state=overdue&bucket=90%2B", headers=EN).get_data(as_text=True)


def test_a_chart_is_drawn_once_for_the_same_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(charts.vl_convert, "vegalite_to_svg", lambda chart: drawn.append(chart) or "<svg></svg>")
    charts.forget()
    for bad in (1, 1, 2, 1):
        bars = [charts.Bar("甲校", Rate(bad, 100), "/borrowers?school=S01")]
        charts.bullet(bars, title="t", axis="a", target_label="l")
    assert len(drawn) == 2
    charts.forget()
