"""Pages of notices: who sees what, what each form leads to, the paper served as stored."""

from __future__ import annotations

import hashlib
import html
import io
import re
import subprocess
from datetime import date
from decimal import Decimal

import pdfplumber
import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select, update

from models.borrowers import Borrower
from models.database import Database
from models.events import Event
from models.jobs import Job
from models.loans import Relief, Repayment
from models.notices import Notice, NoticeBatch, NoticeNumber, Receipt
from models.rules import verification
from models.rules.facts import PauseCause, ReliefKind
from models.rules.service_of_notice import ASKED
from models.rules.workflows import NoticeState
from notices import layout
from portal import current
from portal.queries import notice_batches as batch_reads
from portal.services import notice_batches, notices, standings
from portal.services.notice_previews import preview
from portal.services.notices import Terms
from tests.conftest import NOW, sign_in
from tests.world import World

EN = {"Accept-Language": "en"}
TERMS = Terms("http://127.0.0.1:8000", 35)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "now", lambda: NOW)


@pytest.fixture
def quick_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "render", lambda said, *, reprint=False: f"%PDF {reprint} {said.to_json()}".encode())


@pytest.fixture
def notice(database: Database, world: World, quick_paper: None) -> Notice:
    with database.write() as session:
        return notices.issue(session, act=world.act("member"), borrower_id=world.borrowers["overdue"].id, terms=TERMS)


@pytest.fixture
def batch(database: Database, world: World, quick_paper: None) -> NoticeBatch:
    """The other township's only person in arrears who is looked after, asked for by that school."""
    return _batch(database, world)


def _batch(database: Database, world: World) -> NoticeBatch:
    with database.write() as session:
        where = batch_reads.place(session, area_code=world.villages["北坪"].code)
        made = notice_batches.create_batch(session, act=world.act("deputy_b"), where=where, terms=TERMS)
    assert not notice_batches.issue_items(
        database,
        act=world.act("deputy_b"),
        batch_id=made.id,
        borrower_ids=[world.borrowers["foreign"].id],
        terms=TERMS,
    )
    return made


def _count(database: Database, table: type) -> int:
    with database.reader() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def test_issue_from_the_borrower_page(client: FlaskClient, database: Database, world: World) -> None:
    sign_in(client, "member")
    path = f"/borrowers/{world.borrowers['overdue'].id}/notices"
    answer = client.post(path, data={"submit_key": "k1"})
    assert answer.status_code == 303
    page = client.get(answer.location).get_data(as_text=True)
    assert "演示助催〔2026〕000001号" in page
    assert "¥1,171.50" in page
    twin = client.post(path, data={"submit_key": "k1"})
    assert twin.status_code == 303
    assert twin.location == answer.location
    assert _count(database, Notice) == 1
    again = client.post(path, data={"submit_key": "k2"})
    assert again.status_code == 409


def test_the_paper_is_served_as_stored_and_then_as_a_reprint(
    client: FlaskClient, database: Database, world: World
) -> None:
    with database.write() as session:
        issued = notices.issue(session, act=world.act("member"), borrower_id=world.borrowers["overdue"].id, terms=TERMS)
    sign_in(client, "member")
    first = client.get(f"/notices/{issued.id}/paper.pdf")
    assert first.status_code == 200
    assert hashlib.sha256(first.data).hexdigest() == issued.sha256
    assert first.headers["Content-Disposition"] == f'attachment; filename="notice-{issued.id}.pdf"'
    assert first.headers["Content-Security-Policy"].startswith("sandbox")
    second = client.get(f"/notices/{issued.id}/paper.pdf")
    assert second.data.startswith(b"%PDF")
    assert second.data != first.data
    with database.reader() as session:
        prints = session.scalars(select(Event).where(Event.tag == "notice:printed").order_by(Event.id)).all()
    assert [event.facts["reprint"] for event in prints] == [False, True]


@pytest.mark.parametrize("username", ["member2", "member_b", "leader_b"])
def test_foreign_notices_look_like_missing_ones(
    client: FlaskClient, database: Database, world: World, notice: Notice, batch: NoticeBatch, username: str
) -> None:
    sign_in(client, "member")
    client.post(f"/notices/{notice.id}/service", data=_service(), content_type="multipart/form-data")
    client.post("/sign-out")
    sign_in(client, username)
    for path in (
        f"/notices/{notice.id}",
        f"/notices/{notice.id}/paper.pdf",
        f"/notices/{notice.id}/service",
        f"/notices/{notice.id}/call-back",
        f"/notices/{notice.id}/receipts/1",
        "/notices/999",
    ):
        assert client.get(path).status_code == 404, path
    for path in (f"/notices/{notice.id}/service", f"/notices/{notice.id}/call-back"):
        assert client.post(path, data={"reason": "x"}).status_code == 404, path
    assert client.post(f"/borrowers/{notice.borrower_id}/notices").status_code == 404
    assert notice.serial not in client.get("/notices").get_data(as_text=True)


def test_batches_are_seen_by_whoever_sees_somebody_in_them(
    client: FlaskClient, world: World, batch: NoticeBatch
) -> None:
    for username, status in (("member", 404), ("leader", 404), ("member_b", 200), ("centre", 200)):
        sign_in(client, username)
        page = client.get(f"/notices/batches/{batch.id}")
        assert page.status_code == status, username
        assert ("丁一水" in page.get_data(as_text=True)) == (status == 200)
        assert client.get(f"/notices/batches/{batch.id}/print.pdf?part=2").status_code == 404
        assert ("北坪" in client.get("/notices/batches").get_data(as_text=True)) == (status == 200)
        client.post("/sign-out")


@pytest.mark.parametrize("username", ["township", "admin", "auditor"])
def test_roles_without_notices_are_turned_away(client: FlaskClient, notice: Notice, username: str) -> None:
    sign_in(client, username)
    for path in ("/notices", f"/notices/{notice.id}", "/notices/batches", "/notices/batches/new?area=990101"):
        assert client.get(path).status_code == 403, path


def test_the_list_filters_by_state_and_village(client: FlaskClient, world: World, notice: Notice) -> None:
    sign_in(client, "member")
    assert notice.serial in client.get("/notices").get_data(as_text=True)
    assert notice.serial in client.get("/notices?state=issued").get_data(as_text=True)
    assert notice.serial not in client.get("/notices?state=served").get_data(as_text=True)
    assert notice.serial in client.get(f"/notices?area={world.villages['东湾'].code}").get_data(as_text=True)
    assert notice.serial not in client.get(f"/notices?area={world.villages['西岭'].code}").get_data(as_text=True)
    assert client.get("/notices?state=nonsense&page=x").status_code == 200


def _service(**changes: str) -> dict[str, object]:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(file, "JPEG")
    return {
        "was_served": "yes",
        "method": "direct",
        "at": "2026-11-23T09:30",
        "place": "东湾村1号",
        "second_visitor": "成员乙",
        "signer_name": "甲一鸣",
        "signer_relation": "self",
        "signed": "y",
        "photo": (io.BytesIO(file.getvalue()), "receipt.jpg"),
        **changes,
    }


def _send(client: FlaskClient, notice: Notice, **changes: str):  # noqa: ANN202  # the test client's own type
    return client.post(f"/notices/{notice.id}/service", data=_service(**changes), content_type="multipart/form-data")


def test_record_a_service_with_its_photo(client: FlaskClient, database: Database, notice: Notice) -> None:
    sign_in(client, "member")
    assert client.get(f"/notices/{notice.id}/service").status_code == 200
    answer = _send(client, notice)
    assert answer.status_code == 303
    page = client.get(answer.location).get_data(as_text=True)
    image = re.search(rf"/notices/{notice.id}/receipts/\d+", page)
    assert image is not None
    sent = client.get(image[0])
    with database.reader() as session:
        assert session.get_one(Notice, notice.id).state is NoticeState.SERVED
        receipt = session.scalars(select(Receipt)).one()
    assert hashlib.sha256(sent.data).hexdigest() == receipt.sha256
    assert sent.mimetype == "image/jpeg"
    assert sent.headers["Content-Disposition"].startswith("attachment")


def test_a_form_that_can_be_mended_comes_back_with_what_was_typed(
    client: FlaskClient, database: Database, notice: Notice
) -> None:
    sign_in(client, "member")
    for changes in (
        {"at": ""},
        {"method": ""},
        {"was_served": "no"},
        {"at": "2027-01-01T09:00"},
        {"method": "nonsense"},
    ):
        answer = _send(client, notice, **changes)
        assert answer.status_code == 422, changes
        assert "东湾村1号" in answer.get_data(as_text=True)
    answer = client.post(
        f"/notices/{notice.id}/service",
        data=_service() | {"photo": (io.BytesIO(b"GIF89a"), "x.jpg")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    with database.reader() as session:
        assert session.get_one(Notice, notice.id).state is NoticeState.ISSUED


def test_each_proof_is_asked_for_by_the_ways_that_need_it(client: FlaskClient, notice: Notice) -> None:
    """The page shows a part once one of these ways is chosen; a way left out could never be proved."""
    sign_in(client, "member")
    page = client.get(f"/notices/{notice.id}/service").get_data(as_text=True)
    fields = {"deliverers": "second_visitor", "photo_sha256": "photo", "witnesses": "witness_1"}
    for way, asked in ASKED.items():
        for proof in asked:
            before = page[: page.index(f'name="{fields.get(proof, proof)}"')]
            open_parts = re.findall(r"<(/?)(fieldset|div)([^>]*)>", before)
            around: list[str] = []
            for closes, _tag, attributes in open_parts:
                if closes:
                    around.pop()
                else:
                    around.append(attributes)
            ways = [re.search(r'data-is="([^"]*)"', one) for one in around if 'data-when="method"' in one]
            assert all(found and way.value in found[1].split() for found in ways), (way, proof)


def test_a_photo_sent_with_a_form_that_is_refused_is_asked_for_again(client: FlaskClient, notice: Notice) -> None:
    """A browser fills in no file: who mends the time and sends the form has recorded a service without its proof."""
    sign_in(client, "member")
    client.post("/language", data={"language": "en"})
    page = f"/notices/{notice.id}/service"
    again = "Choose the file again"
    assert again not in client.get(page).get_data(as_text=True)
    without = client.post(page, data=_service(at="") | {"photo": (io.BytesIO(b""), "")})
    assert without.status_code == 422
    assert again not in without.get_data(as_text=True)
    refused = client.post(page, data=_service(at=""))
    assert refused.status_code == 422
    assert refused.get_data(as_text=True).count(again) == 2  # in the summary and beside the field


def test_a_paid_borrower_shows_do_not_serve(
    client: FlaskClient, database: Database, world: World, notice: Notice
) -> None:
    with database.write() as session:
        session.add(
            Repayment(
                loan_id=world.loans["overdue/1"].id,
                paid_on=date(2026, 11, 22),
                amount=Decimal("1171.50"),
                bank_reference="all",
            )
        )
    sign_in(client, "member")
    page = client.get(_send(client, notice).location).get_data(as_text=True)
    assert 'class="alert alert-danger do-not-serve"' in page
    assert f"/notices/{notice.id}/service" not in page
    with database.write() as session:  # also when only the standing was judged anew
        standings.recompute(session, act=world.act(None), borrower_ids=[notice.borrower_id])
        assert session.get_one(Notice, notice.id).state is NoticeState.CALLED_BACK


def test_call_back_asks_why(client: FlaskClient, database: Database, notice: Notice) -> None:
    sign_in(client, "member")
    path = f"/notices/{notice.id}/call-back"
    assert client.get(path).status_code == 200
    assert client.post(path, data={"reason": " "}).status_code == 422
    answer = client.post(path, data={"reason": "<b>地址有误</b>"})
    assert answer.status_code == 303
    page = client.get(answer.location).get_data(as_text=True)
    assert "&lt;b&gt;地址有误" in page
    assert client.post(path, data={"reason": "again"}).status_code == 409


def test_a_batch_is_previewed_and_then_asked_for(
    client: FlaskClient, database: Database, world: World, notice: Notice
) -> None:
    sign_in(client, "deputy")
    path = f"/notices/batches/new?area={world.townships['山前镇'].code}"
    page = client.get(path).get_data(as_text=True)
    assert "丙一山" in page
    assert "甲一鸣" in page  # drops out: a notice is open
    assert "丁一水" not in page
    assert _count(database, NoticeBatch) == 0
    answer = client.post(path, data={"submit_key": "b1"})
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200
    assert client.post(path, data={"submit_key": "b1"}).location == answer.location
    assert _count(database, Job) == 1
    assert client.get("/notices/batches/new?area=123456").status_code == 404
    assert "丙一山" in client.get("/notices/batches/new").get_data(as_text=True)  # all in reach
    assert client.get("/notices/batches/new?school=S99").status_code == 404
    empty = client.get(f"/notices/batches/new?area={world.villages['西岭'].code}")
    assert empty.status_code == 200


def test_the_first_of_a_batch_are_shown_as_they_would_be_printed(
    client: FlaskClient, database: Database, world: World
) -> None:
    """Who is due is in the file, who is not or belongs to others is not; no number, event or job comes of looking."""
    before = [_count(database, table) for table in (NoticeNumber, Notice, Event, Job)]
    sign_in(client, "deputy")
    before[2] = _count(database, Event)  # the sign-in
    path = f"/notices/batches/new?area={world.townships['山前镇'].code}"
    link = re.search(r'href="(/notices/batches/sample\.pdf[^"]*)"', client.get(path).get_data(as_text=True))
    assert link
    answer = client.get(html.unescape(link[1]))
    assert answer.content_type == "application/pdf"
    with pdfplumber.open(io.BytesIO(answer.data)) as document:
        text = "".join("".join(page.extract_text().split()) for page in document.pages)
    assert "丙一山" in text
    assert "丁一水" not in text  # another school's
    assert "样张第1份" in text
    assert [_count(database, table) for table in (NoticeNumber, Notice, Event, Job)] == before
    nobody = client.get(f"/notices/batches/sample.pdf?area={world.villages['西岭'].code}")
    assert nobody.status_code == 409
    sign_in(client, "auditor")
    assert client.get("/notices/batches/sample.pdf").status_code == 403


def test_the_file_for_printing_holds_what_is_still_to_be_served(
    client: FlaskClient, database: Database, world: World
) -> None:
    batch = _batch(database, world)
    sign_in(client, "member_b")
    path = f"/notices/batches/{batch.id}/print.pdf"
    sent = client.get(path)
    assert sent.status_code == 200
    assert sent.headers["Content-Disposition"] == f'attachment; filename="notices-batch-{batch.id}-1.pdf"'
    with database.reader() as session:
        issued = session.scalars(select(Notice)).one()
    with pdfplumber.open(io.BytesIO(sent.data)) as pdf:
        cover, route, *paper = [page.extract_text().replace(" ", "") for page in pdf.pages]
    assert "通知书1份，路线单1张" in cover
    assert world.users["member_b"].name in cover
    assert issued.serial in cover
    assert verification.short_code(issued.year, issued.number) in route
    assert "丁一水" in route
    assert "元" not in route.replace("单元", "")  # no amounts
    assert "丁一水" in paper[0]
    codes = zxingcpp.read_barcodes(_page(sent.data, 2))
    assert [code.text for code in codes] == [f"http://127.0.0.1:8000/check/{issued.check_code}"]
    page = client.get(f"/notices/batches/{batch.id}").get_data(as_text=True)
    assert f'href="{path}?part=1"' in page
    with database.write() as session:
        notices.call_back(session, act=world.act("member_b"), notice_id=issued.id, reason="x")
    assert client.get(path).status_code == 404


def test_the_route_sheet_of_ones_own_walk(client: FlaskClient, world: World, notice: Notice) -> None:
    sign_in(client, "member_b")
    assert client.get("/notices/route-sheet.pdf").status_code == 409  # nothing to serve
    sign_in(client, "member")
    sent = client.get("/notices/route-sheet.pdf")
    assert sent.data.startswith(b"%PDF-")
    with pdfplumber.open(io.BytesIO(sent.data)) as pdf:
        text = pdf.pages[0].extract_text()
    assert verification.short_code(notice.year, notice.number) in text
    assert client.get(f"/notices/route-sheet.pdf?area={world.villages['北坪'].code}").status_code == 409


def test_a_batch_is_narrowed_by_level_and_bucket(client: FlaskClient, database: Database, world: World) -> None:
    sign_in(client, "deputy")
    everybody = client.get("/notices/batches/new").get_data(as_text=True)
    assert "甲一鸣" in everybody
    assert "甲一鸣" not in client.get("/notices/batches/new?level=second").get_data(as_text=True)
    found = client.get("/notices/batches/new?bucket=365%2B&level=first")
    assert found.status_code == 200
    answer = client.post("/notices/batches/new?state=overdue&level=first", data={})
    assert answer.status_code == 303
    with database.reader() as session:
        assert session.scalars(select(NoticeBatch)).one().narrowed == {"state": "overdue", "level": "first"}


def test_a_dispute_a_lost_address_and_a_rare_character_drop_out(
    client: FlaskClient, database: Database, world: World
) -> None:
    with database.write() as session:
        session.add(
            Relief(
                loan_id=world.loans["overdue/1"].id,
                kind=ReliefKind.PAUSE,
                cause=PauseCause.DISPUTE,
                from_on=date(2026, 11, 20),
                reason="金额有争议",
            )
        )
        session.get_one(Borrower, world.borrowers["overdue_long"].id).address = None
        session.get_one(Borrower, world.borrowers["colleague"].id).name = "丙\U00030000"
    sign_in(client, "deputy")
    page = client.get("/notices/batches/new").get_data(as_text=True)
    assert "disputed" in page or "争议" in page
    with database.reader() as session:
        found = preview(session, act=world.act("deputy"), where=batch_reads.place(session), fresh_days=35)
    reasons = {one.dossier.borrower_id: str(one.refusal) for one in found.judged}
    assert "disputed" in reasons[world.borrowers["overdue"].id]
    assert "No address" in reasons[world.borrowers["overdue_long"].id]
    assert "U+30000" in reasons[world.borrowers["colleague"].id]


def _page(pdf: bytes, number: int) -> Image.Image:
    done = subprocess.run(
        ["pdftoppm", "-r", "200", "-png", "-f", str(number), "-l", str(number), "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    return Image.open(io.BytesIO(done.stdout))


def test_a_notice_its_list_and_its_batch_lead_to_the_borrower(
    client: FlaskClient, notice: Notice, batch: NoticeBatch, world: World
) -> None:
    sign_in(client, "centre")
    link = f'href="/borrowers/{notice.borrower_id}"'
    for page in ("/notices", f"/notices/{notice.id}"):
        assert link in client.get(page).get_data(as_text=True), page
    page = client.get(f"/notices/batches/{batch.id}").get_data(as_text=True)
    assert f'href="/borrowers/{world.borrowers["foreign"].id}"' in page


def test_a_batch_issued_by_mistake_is_called_back_at_once(
    client: FlaskClient, database: Database, world: World, batch: NoticeBatch, notice: Notice
) -> None:
    place = f"/notices/batches/{batch.id}"
    sign_in(client, "centre")
    assert f"{place}/call-back" not in client.get(place).get_data(as_text=True)  # its job has not ended
    assert client.post(f"{place}/call-back", data={"reason": "选错了"}).status_code == 409
    with database.write() as session:
        session.execute(update(Job).values(state="done"))
        notice_id = session.scalars(select(Notice.id).where(Notice.batch_id == batch.id)).one()
        notices.record_print(session, act=world.act("centre"), notice_id=notice_id)
    page = client.get(place).get_data(as_text=True)
    assert f'href="{place}/call-back"' in page
    assert "co-borrowers" in page
    page = client.get(f"{place}/call-back", headers=EN).get_data(as_text=True)
    assert "1 notice nobody has served yet will be called back" in page
    assert "1 of them was printed" in page
    assert client.post(f"{place}/call-back", data={"reason": ""}).status_code == 422
    assert client.post(f"{place}/call-back", data={"reason": "选错了区域"}).location == place
    with database.reader() as session:
        assert session.get_one(Notice, notice_id).state is NoticeState.CALLED_BACK
        assert session.get_one(Notice, notice_id).called_back_reason == "选错了区域"
        assert session.get_one(Notice, notice.id).state is NoticeState.ISSUED  # of no batch
        assert session.scalars(select(func.count()).where(Event.tag == "notice:called_back")).one() == 1
    assert client.post(f"{place}/call-back", data={"reason": "再来"}).status_code == 409
    assert "Nothing to call back" in client.get(f"{place}/call-back", headers=EN).get_data(as_text=True)
    assert "co-borrowers" not in client.get(place).get_data(as_text=True)  # their notices rest on the borrowers'


def test_a_batch_is_called_back_only_where_one_sees(
    client: FlaskClient, database: Database, batch: NoticeBatch
) -> None:
    with database.write() as session:
        session.execute(update(Job).values(state="done"))
    sign_in(client, "member")  # of the other school
    assert client.get(f"/notices/batches/{batch.id}/call-back").status_code == 404
    assert client.post(f"/notices/batches/{batch.id}/call-back", data={"reason": "x"}).status_code == 404
    with database.reader() as session:
        assert session.scalars(select(Notice.state)).one() is NoticeState.ISSUED
