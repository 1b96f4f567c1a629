"""The target page judges by both figures, and says by which of them an area is above the target."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from models.rules.default_rate import DEFINITIONS, OFFICIAL
from portal.queries import rates
from portal.queries.area_figures import AreaFigures
from tests.conftest import sign_in

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
    said = {code: re.sub(r"<[^>]+>|\s+", " ", row) for code, row in rows.items()}
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
