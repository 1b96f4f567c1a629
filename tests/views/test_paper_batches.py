"""Pages of reminders and co-borrowers' notices made together: who sees what, what each form leads to, the file."""

from __future__ import annotations

import io
import re

import pdfplumber
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from config import Settings
from models.accounts import User
from models.database import Database
from models.events import Event
from models.jobs import Job
from models.papers import IssuedPaper, PaperBatch
from models.rules.permissions import Role
from notices import layout
from portal.queries import paper_batches as reads
from tests.conftest import sign_in, work_off
from tests.crowd import crowd
from tests.world import World

pytestmark = pytest.mark.usefixtures("time_is")

PATH = "/papers/batches/reminders"


@pytest.fixture
def quick_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "render", lambda said, **_: f"%PDF {said.to_json()}".encode())


def _text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def _count(database: Database, table: type) -> int:
    with database.reader() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def test_reminders_are_previewed_asked_for_and_printed(
    client: FlaskClient, database: Database, settings: Settings, world: World
) -> None:
    sign_in(client, "leader")
    page = _text(client, PATH)
    assert page.count("甲三思") == page.count("乙一凡") == 1
    assert "甲一鸣" in page  # overdue already
    assert "丁一水" not in page  # the other school's
    assert _count(database, PaperBatch) == 0
    answer = client.post(PATH, data={"submit_key": "p1"})
    assert answer.status_code == 303
    assert client.post(PATH, data={"submit_key": "p1"}).location == answer.location
    assert (_count(database, PaperBatch), _count(database, Job), _count(database, IssuedPaper)) == (1, 1, 0)
    waiting = _text(client, answer.location)
    assert "data-progress=" in waiting
    assert "print.pdf" not in waiting
    assert len(work_off(database, settings)) == 1
    done = _text(client, answer.location)
    assert "data-progress=" not in done
    link = re.search(r'href="(/papers/batches/\d+/print\.pdf\?part=1)"', done)
    assert link is not None
    sent = client.get(link[1])
    assert sent.headers["Content-Disposition"] == 'attachment; filename="papers-batch-1-1.pdf"'
    with pdfplumber.open(io.BytesIO(sent.data)) as pdf:
        texts = [page.extract_text().replace(" ", "") for page in pdf.pages]
    assert len(texts) == 3
    assert world.users["leader"].name in texts[0]
    assert "甲三思" in texts[1]
    assert "乙一凡" in texts[2]
    with database.reader() as session:
        tags = session.scalars(select(Event.tag).where(Event.tag.like("paper%")).order_by(Event.id)).all()
    assert tags[-3:] == ["paper:printed", "paper:printed", "paper-batch:printed"]
    assert client.get(link[1].replace("part=1", "part=2")).status_code == 404
    assert client.get(link[1].replace("part=1", "part=0")).status_code == 404
    again = client.post(PATH, data={"submit_key": "p2"})
    assert again.status_code == 409
    empty = _text(client, PATH)
    assert empty.count("<h1>") == 1
    assert "btn btn-primary" not in empty.split("<main")[1].split("</main>")[0]


def test_the_place_and_its_filters_stay_in_the_address(client: FlaskClient, database: Database, world: World) -> None:
    sign_in(client, "centre")
    west = world.villages["西岭"].code
    assert f'href="{PATH}?area={west}"' in _text(client, f"/borrowers?area={west}")
    assert f'href="{PATH}?area={west}"' in _text(client, f"/areas/{west}")
    page = _text(client, f"{PATH}?area={west}&state=current")
    assert "乙一凡" in page
    assert "甲三思" not in page
    assert f'href="{PATH}?area={west}"' in page  # the chip takes the other filter away
    answer = client.post(f"{PATH}?area={west}&state=current", data={})
    assert answer.status_code == 303
    with database.reader() as session:
        batch = session.scalars(select(PaperBatch)).one()
    assert (batch.title, batch.narrowed) == ("西岭村", {"area": west, "state": "current"})
    assert client.get(f"{PATH}?area=123456").status_code == 404
    assert client.get(f"{PATH}?school=S99").status_code == 404
    assert "西岭村" in _text(client, "/papers/batches")


def test_a_batch_of_notices_leads_to_its_co_borrowers(
    client: FlaskClient, database: Database, settings: Settings, world: World, quick_paper: None
) -> None:
    sign_in(client, "centre")
    notices = client.post("/notices/batches/new", data={}).location
    path = f"{notices}/co-borrowers"
    assert f'href="{path}"' not in _text(client, notices)  # nothing is issued yet
    assert "btn btn-primary" in _text(client, path)  # leads back
    assert client.post(path, data={}).status_code == 409
    work_off(database, settings)
    assert f'href="{path}"' in _text(client, notices)
    page = _text(client, path)
    assert all(name in page for name in ("甲父", "丙父", "丁父", "戊父"))
    answer = client.post(path, data={"submit_key": "c1"})
    assert client.post(path, data={"submit_key": "c1"}).location == answer.location
    work_off(database, settings)
    done = _text(client, answer.location)
    assert "丁父" in done
    assert _count(database, IssuedPaper) == 5
    assert client.post(path, data={"submit_key": "c2"}).status_code == 409
    assert "5 人" in _text(client, path)  # all of them drop out: they have theirs
    client.post("/sign-out")
    sign_in(client, "member_b")
    theirs = _text(client, answer.location)
    assert "丁父" in theirs
    assert "甲父" not in theirs
    assert "甲父" not in _text(client, path)


@pytest.mark.parametrize(
    ("username", "status"),
    [("member", 200), ("deputy", 200), ("leader", 200), ("centre", 200), ("member_b", 404), ("township", 403),
     ("admin", 403), ("auditor", 403)],
)  # fmt: skip
def test_who_sees_a_batch(
    client: FlaskClient,
    database: Database,
    settings: Settings,
    world: World,
    quick_paper: None,
    username: str,
    status: int,
) -> None:
    sign_in(client, "member")
    west = world.villages["西岭"].code
    made = client.post(f"{PATH}?area={west}", data={}).location
    work_off(database, settings)
    client.post("/sign-out")
    sign_in(client, username)
    assert client.get(made).status_code == status
    assert client.get(f"{PATH}?area={west}").status_code == (403 if status == 403 else 200)
    assert client.post(f"{PATH}?area={west}").status_code == (403 if status == 403 else 409)  # all are reminded
    listed = client.get("/papers/batches")
    assert listed.status_code == (403 if status == 403 else 200)
    assert (f'href="{made}"' in listed.get_data(as_text=True)) == (status == 200)
    if status != 200:
        assert client.get(f"{made}/print.pdf").status_code == status


def test_people_come_a_page_at_a_time_and_the_dropped_alone(
    client: FlaskClient, database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "PAGE", 4)
    with database.write() as session:
        crowd(session, world, 6, "西岭", "current")
    sign_in(client, "centre")
    made = client.post(PATH, data={}).location
    seen: list[str] = []
    address: str | None = made
    while address:
        page = _text(client, address)
        seen += re.findall(r'data-label="[^"]+"><a href="/borrowers/(\d+)"', page)
        more = re.search(r'href="([^"]+)" rel="next"', page)
        address = more[1].replace("&amp;", "&") if more else None
    settled = world.borrowers["settled"].id
    everybody = {row.id for row in world.borrowers.values()} - {settled}
    assert sorted(map(int, seen)) == sorted(everybody)
    dropped = _text(client, f"{made}?only=dropped")
    assert "乙一凡" not in dropped
    assert client.get(f"{made}?after=nonsense").status_code == 200


def test_a_batch_that_was_stopped_leaves_the_rest_to_the_next(
    client: FlaskClient, database: Database, settings: Settings, world: World, quick_paper: None
) -> None:
    sign_in(client, "centre")
    made = client.post(PATH, data={}).location
    with database.reader() as session:
        job_id = session.scalars(select(Job.id)).one()
    assert f'action="/jobs/{job_id}/cancel"' in _text(client, made)
    assert client.post(f"/jobs/{job_id}/cancel").status_code == 303
    assert work_off(database, settings) == []
    page = _text(client, made)
    assert "data-progress=" not in page
    assert f'action="/jobs/{job_id}/cancel"' not in page
    again = client.post(PATH, data={}).location
    assert again != made
    work_off(database, settings)
    assert _count(database, IssuedPaper) == 2


def test_who_may_no_longer_issue_papers_makes_none(
    client: FlaskClient, database: Database, settings: Settings, world: World, quick_paper: None
) -> None:
    sign_in(client, "member")
    client.post(PATH, data={})
    with database.write() as session:
        person = session.get_one(User, world.users["member"].id)
        person.role, person.school_id = Role.AUDITOR, None
    work_off(database, settings)
    assert _count(database, IssuedPaper) == 0
    with database.reader() as session:
        job = session.scalars(select(Job)).one()
    assert (job.done, job.failed) == (0, 2)
    assert "may no longer issue papers" in str(job.failures)
