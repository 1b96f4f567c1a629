"""Pages of published rates: read by schools, kept by the centre, consequence before the act."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from config import Settings
from models.database import Database
from models.events import Event
from models.interest_rates import RateSpread, ReferenceRate
from models.jobs import Job
from models.loans import Loan
from models.rules.interest_rates import DEFAULTS, RateBasis, contract_rates
from models.rules.jobs import JobState
from models.rules.schedule import Terms, plan
from tests.conftest import sign_in, work_off
from tests.plans import plan_of
from tests.world import World

RATE = {"basis": "lpr_5y", "from_on": "2026-11-20", "rate": "3.40", "source": "announcement 11/2026"}
SPREAD = {
    "signed_from": "2000-01-01",
    "ends_from": "2027",
    "basis": "lpr_5y",
    "spread": "-1.00",
    "source": "circular",
}


def _follow(database: Database, world: World) -> None:
    """Give one contract a plan of ours that follows the published rates."""
    loan = world.loans["current/1"]
    given = {2026: Decimal("2.80")}
    years = range(loan.graduation_year, loan.matures_on.year + 1)
    terms = Terms(
        loan.principal,
        loan.signed_on,
        loan.graduation_year,
        loan.subsidy_ends_on,
        loan.matures_on,
        loan.grace_years,
        loan.rate_percent,
        rates=contract_rates(DEFAULTS, signed_on=loan.signed_on, given=given, years=years),
    )
    with database.write() as session:
        lines = [(line.due_on, line.principal, line.interest) for line in plan(terms)]
        session.get_one(Loan, loan.id).plan_id = plan_of(session, lines, [(date(2025, 12, 21), given[2026])])


def _seen(page: str) -> str:
    found = re.search(r'name="seen"[^>]*value="([^"]*)"', page)
    assert found
    return found.group(1)


def _count(database: Database, table: type[ReferenceRate | RateSpread]) -> int:
    with database.reader() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_page_says_what_is_known_and_what_is_not_confirmed(client: FlaskClient, time_is: None) -> None:
    sign_in(client, "leader")
    page = client.get("/interest-rates?language=en").get_data(as_text=True)
    assert "2.80" in page
    assert "-0.70" in page
    assert "2025-05-20" in page
    assert (
        page.count("status-warn") == sum(not row.is_confirmed for row in (*DEFAULTS.references, *DEFAULTS.spreads)) + 4
    )
    assert "/interest-rates/references/new" not in page  # a leader reads


def test_a_rate_is_kept_by_a_job_after_its_consequence_was_seen(
    client: FlaskClient, database: Database, settings: Settings, world: World, time_is: None
) -> None:
    _follow(database, world)
    sign_in(client, "centre")
    url = "/interest-rates/references/new"
    first = client.post(url, data=RATE)
    page = first.get_data(as_text=True)
    assert first.status_code == 200
    assert "notice-line-warning" in page
    assert re.search(r'notice-line-warning"[^>]*>\s*[^<]*\b1\b', page)  # one contract
    assert _count(database, ReferenceRate) == len(DEFAULTS.references)  # nothing is kept yet
    other = client.post(url, data={**RATE, "rate": "3.30", "seen": _seen(page)})
    assert other.status_code == 200  # another figure: its own consequence first
    assert _count(database, ReferenceRate) == len(DEFAULTS.references)
    kept = client.post(url, data={**RATE, "seen": _seen(page)})
    assert (kept.status_code, kept.location) == (303, "/jobs/1")
    assert _count(database, ReferenceRate) == len(DEFAULTS.references)  # nothing before the job has done all of it
    assert "/jobs/1" in client.get("/jobs").get_data(as_text=True)
    work_off(database, settings)
    assert client.get("/jobs/1").status_code == 200
    with database.reader() as session:
        job = session.get_one(Job, 1)
        assert (job.state, job.done, job.result_url) == (JobState.DONE, 100, "/interest-rates")
        row = session.get_one(ReferenceRate, (RateBasis.LPR_5Y, date(2026, 11, 20)))
        assert (row.rate_percent, row.is_confirmed, row.by_id) == (Decimal("3.40"), False, world.users["centre"].id)
        event = session.scalars(select(Event).where(Event.tag == "interest_rate:added")).one()
        assert event.facts["contracts"] == 1


def test_a_rate_is_put_right_and_confirmed(client: FlaskClient, database: Database, time_is: None) -> None:
    sign_in(client, "centre")
    url = "/interest-rates/references/lpr_5y/2024-10-21"
    shown = client.get(url).get_data(as_text=True)
    assert 'value="3.60"' in shown
    sent = {**RATE, "from_on": "2024-10-21", "rate": "3.65"}
    page = client.post(url, data=sent).get_data(as_text=True)
    assert client.post(url, data={**sent, "seen": _seen(page)}).status_code == 303
    assert client.post(f"{url}/confirm").status_code == 303
    with database.reader() as session:
        row = session.get_one(ReferenceRate, (RateBasis.LPR_5Y, date(2024, 10, 21)))
        assert (row.rate_percent, row.is_confirmed) == (Decimal("3.65"), True)
    assert _count(database, ReferenceRate) == len(DEFAULTS.references)


def test_a_spread_is_added_put_right_and_confirmed(client: FlaskClient, database: Database, time_is: None) -> None:
    sign_in(client, "centre")
    page = client.post("/interest-rates/spreads/new", data=SPREAD).get_data(as_text=True)
    assert client.post("/interest-rates/spreads/new", data={**SPREAD, "seen": _seen(page)}).status_code == 303
    url = "/interest-rates/spreads/2000-01-01/2027"
    assert 'value="-1.00"' in client.get(url).get_data(as_text=True)
    sent = {**SPREAD, "spread": "-0.80"}
    page = client.post(url, data=sent).get_data(as_text=True)
    assert client.post(url, data={**sent, "seen": _seen(page)}).status_code == 303
    assert client.post(f"{url}/confirm").status_code == 303
    with database.reader() as session:
        row = session.get_one(RateSpread, (date(2000, 1, 1), 2027))
        assert (row.spread_percent, row.is_confirmed) == (Decimal("-0.80"), True)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("references", {**RATE, "rate": "-1"}),
        ("references", {**RATE, "rate": "280"}),
        ("references", {**RATE, "rate": "NaN"}),
        ("references", {**RATE, "rate": "3.123456"}),
        ("references", {**RATE, "rate": ""}),
        ("references", {**RATE, "from_on": "2025-05-20"}),
        ("references", {**RATE, "from_on": "2099-05-20"}),
        ("references", {**RATE, "from_on": "never"}),
        ("references", {**RATE, "basis": "other"}),
        ("references", {**RATE, "source": ""}),
        ("spreads", {**SPREAD, "spread": "-99"}),
        ("spreads", {**SPREAD, "ends_from": "2025"}),
        ("spreads", {**SPREAD, "ends_from": "9999"}),
        ("spreads", {**SPREAD, "ends_from": "99999999999999999999"}),
        ("spreads", {**SPREAD, "signed_from": "1900-01-01"}),
    ],
)
def test_what_cannot_be_is_said_beside_the_form_and_kept_nowhere(
    client: FlaskClient, database: Database, time_is: None, url: str, sent: dict[str, str]
) -> None:
    sign_in(client, "centre")
    answer = client.post(f"/interest-rates/{url}/new", data=sent)
    assert answer.status_code == 422
    assert "field-error" in answer.get_data(as_text=True)
    assert _count(database, ReferenceRate) == len(DEFAULTS.references)
    assert _count(database, RateSpread) == len(DEFAULTS.spreads)


def test_a_row_that_is_not_there_is_missing(client: FlaskClient, time_is: None) -> None:
    sign_in(client, "centre")
    for url in ("references/lpr_5y/2001-01-01", "references/x/y", "spreads/2001-01-01/2027", "spreads/x/1"):
        assert client.get(f"/interest-rates/{url}").status_code == 404
        assert client.post(f"/interest-rates/{url}/confirm").status_code == 404


@pytest.mark.parametrize("username", ["member", "township", "admin", "auditor"])
def test_others_do_not_read_the_terms(client: FlaskClient, time_is: None, username: str) -> None:
    sign_in(client, username)
    assert client.get("/interest-rates").status_code == 403
    assert client.get("/lenders").status_code == 403
