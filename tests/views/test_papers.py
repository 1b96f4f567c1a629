"""Pages of papers that are no notices, and of wordings: doors, files, and what a person reads on refusal."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models.database import Database
from models.papers import IssuedPaper
from models.rules.papers import PaperKind
from models.wordings import WordingVersion
from notices.first_wording import FIRST
from tests.conftest import sign_in
from tests.world import World

pytestmark = pytest.mark.usefixtures("time_is")


def made(client: FlaskClient, world: World, key: str, kind: str) -> str:
    answer = client.post(f"/borrowers/{world.borrowers[key].id}/papers/{kind}")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.location


@pytest.mark.parametrize(
    ("key", "kinds"),
    [
        ("overdue", ["relief_information", "acknowledgement", "promise"]),
        ("current", ["reminder", "relief_information", "thanks"]),
    ],
)
def test_the_borrowers_page_offers_what_is_true(client: FlaskClient, world: World, key: str, kinds: list[str]) -> None:
    sign_in(client, "member")
    address = f"/borrowers/{world.borrowers[key].id}"
    page = client.get(address).get_data(as_text=True)
    assert re.findall(rf'action="{address}/papers/(\w+)"', page) == kinds
    for kind in kinds:
        paper = made(client, world, key, kind)
        assert paper in client.get(address).get_data(as_text=True)
        assert client.get(paper).status_code == 200


def test_the_first_file_is_the_stored_one_and_the_next_is_marked(
    client: FlaskClient, world: World, database: Database
) -> None:
    sign_in(client, "member")
    paper = made(client, world, "current", "reminder")
    first = client.get(f"{paper}/paper.pdf")
    with database.reader() as session:
        assert first.data == session.scalars(select(IssuedPaper.pdf)).one()
    assert "attachment" in first.headers["Content-Disposition"]
    assert world.borrowers["current"].name not in first.headers["Content-Disposition"]
    assert client.get(f"{paper}/paper.pdf").data != first.data


@pytest.mark.parametrize("shape", ["large", "companion", "archive"])
def test_other_shapes_are_whole_files(client: FlaskClient, world: World, shape: str) -> None:
    sign_in(client, "member")
    paper = made(client, world, "current", "reminder")
    answer = client.get(f"{paper}/{shape}.pdf")
    assert answer.status_code == 200
    with pikepdf.open(io.BytesIO(answer.data)) as document:
        assert len(document.pages) >= 1
        assert str(document.Root.Lang) == ("en" if shape == "companion" else "zh-CN")


def test_a_refusal_is_a_sentence(client: FlaskClient, world: World) -> None:
    sign_in(client, "member")
    answer = client.post(f"/borrowers/{world.borrowers['overdue'].id}/papers/reminder")
    assert answer.status_code == 409
    assert client.post(f"/borrowers/{world.borrowers['overdue'].id}/papers/nonsense").status_code == 404
    assert client.get("/papers?kind=nonsense").status_code == 404


def test_the_notice_leads_to_the_co_borrowers(client: FlaskClient, world: World) -> None:
    sign_in(client, "member")
    notice = client.post(f"/borrowers/{world.borrowers['overdue'].id}/notices").location
    page = client.get(notice).get_data(as_text=True)
    assert f'{notice}/co-borrowers/0/papers"' in page
    answer = client.post(f"{notice}/co-borrowers/0/papers")
    assert answer.status_code == 303
    assert answer.location in client.get(notice).get_data(as_text=True)
    assert client.post(f"{notice}/co-borrowers/0/papers").status_code == 409


def test_a_notice_comes_in_other_shapes_too(client: FlaskClient, world: World) -> None:
    sign_in(client, "member")
    notice = client.post(f"/borrowers/{world.borrowers['overdue'].id}/notices").location
    page = client.get(notice).get_data(as_text=True)
    stored = client.get(f"{notice}/paper.pdf").data
    for shape in ("large", "companion", "archive"):
        assert f"{notice}/{shape}.pdf" in page
        answer = client.get(f"{notice}/{shape}.pdf")
        assert answer.data.startswith(b"%PDF")
        assert answer.data != stored
    client.post("/sign-out")
    sign_in(client, "member_b")
    for shape in ("large", "companion", "archive"):
        assert client.get(f"{notice}/{shape}.pdf").status_code == 404


def test_leaflet_and_summary_are_made_from_the_list(client: FlaskClient, world: World) -> None:
    sign_in(client, "deputy")
    leaflet = client.post("/papers/leaflet")
    school = str(world.schools["S01"].id)
    summary = client.post("/papers/summary", data={"school": school, "from_on": "2026-11-01"})
    assert (leaflet.status_code, summary.status_code) == (303, 303)
    page = client.get("/papers").get_data(as_text=True)
    assert leaflet.location in page
    assert summary.location in page
    assert client.post("/papers/summary", data={"school": school, "from_on": "2027-11-01"}).status_code == 422
    other = str(world.schools["S02"].id)
    assert client.post("/papers/summary", data={"school": other, "from_on": "2026-11-01"}).status_code == 422


def test_a_wording_is_written_by_one_and_approved_by_another(
    client: FlaskClient, world: World, database: Database
) -> None:
    sign_in(client, "centre")
    assert client.post("/wordings/reminder", data={"reason": ""}).status_code == 422
    begun = client.post("/wordings/reminder", data={"reason": "说得更清楚"})
    version = begun.location.removesuffix("/edit")
    texts = dict(FIRST[PaperKind.REMINDER].texts)
    wrong = client.post(f"{version}/edit", data=texts | {"relief": "", "opening": "{密码}"})
    assert wrong.status_code == 422
    assert "{密码}" in wrong.get_data(as_text=True)
    assert client.get(f"{version}/specimen.pdf").status_code == 409
    assert client.post(f"{version}/propose").status_code == 409
    changed = texts | {"objection": "有疑问请来电：{固定电话}。"}
    assert client.post(f"{version}/edit", data=changed).location == version
    assert client.get(f"{version}/specimen.pdf").data.startswith(b"%PDF")
    assert client.post(f"{version}/propose").status_code == 303
    assert client.post(f"{version}/approve", data={"from_on": "2026-11-23"}).status_code == 422
    assert "份文书文本待您批准" not in client.get("/").get_data(as_text=True)  # nobody approves his own
    client.post("/sign-out")
    sign_in(client, "centre2")
    assert "1 份文书文本待您批准" in client.get("/").get_data(as_text=True)
    assert "有疑问请来电" in client.get(version).get_data(as_text=True)
    assert client.post(f"{version}/approve", data={"from_on": "2026-11-23"}).location == version
    for page in ("/wordings", "/wordings/reminder", version):
        assert "2026-2" in client.get(page).get_data(as_text=True)
    client.post("/sign-out")
    sign_in(client, "member")
    paper = made(client, world, "current", "reminder")
    assert "2026-2" in client.get(paper).get_data(as_text=True)
    with database.reader() as session:
        assert session.scalars(select(WordingVersion.state)).one() == "approved"


def test_a_version_goes_back_to_its_author_or_is_given_up(client: FlaskClient) -> None:
    sign_in(client, "centre")
    version = client.post("/wordings/leaflet", data={"reason": "新学年"}).location.removesuffix("/edit")
    client.post(f"{version}/propose")
    client.post("/sign-out")
    sign_in(client, "centre2")
    assert client.post(f"{version}/return", data={"reason": ""}).status_code == 422
    assert client.post(f"{version}/return", data={"reason": "第三条不清楚"}).location == version
    assert "第三条不清楚" in client.get(version).get_data(as_text=True)
    assert client.post(f"{version}/discard").status_code == 303


@pytest.mark.parametrize("kind", PaperKind)
def test_every_wording_in_force_can_be_looked_at(client: FlaskClient, kind: PaperKind) -> None:
    sign_in(client, "centre")
    assert client.get(f"/wordings/{kind}").status_code == 200
    answer = client.get(f"/wordings/{kind}/specimen.pdf")
    assert answer.data.startswith(b"%PDF")
