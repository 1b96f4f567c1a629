"""Serving notices and what the proofs are worth: on SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from PIL import Image
from sqlalchemy import func, select

from models.casework import Case, Task
from models.database import Database
from models.events import Event
from models.loans import Repayment
from models.notices import Notice, Receipt, Service
from models.rules.casework import CaseStage, TaskKind
from models.rules.notices import FailureReason, NoticeLevel
from models.rules.refusals import NotVisible, Refused
from models.rules.service_of_notice import ServiceMethod, SignerRelation, Strength
from models.rules.workflows import NoticeState
from notices import layout
from notices.photos import CleanPhoto, clean_photo
from portal.services import notices, standings
from portal.services.attempts import Attempt
from portal.services.notices import Terms
from portal.services.service_of_notice import Recorded, record_service
from tests.world import World, moment

TERMS = Terms("https://loans.example", 35)
AT = moment("2026-11-23 09:30")
HANDED_OVER = Attempt(
    at=AT,
    was_served=True,
    method=ServiceMethod.DIRECT,
    signer_name="甲一鸣",
    signer_relation=SignerRelation.SELF,
    place="东湾村1号",
    second_visitor="成员乙",
    flags=frozenset({"signed"}),
)


@pytest.fixture(autouse=True)
def _quick_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "render", lambda said, **_: f"%PDF {said.to_json()}".encode())


@pytest.fixture
def notice(database: Database, world: World) -> Notice:
    with database.write() as session:
        return notices.issue(session, act=world.act("member"), borrower_id=world.borrowers["overdue"].id, terms=TERMS)


def photo(colour: str = "white") -> CleanPhoto:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(file, "JPEG")
    return clean_photo(file.getvalue())


def _serve(
    database: Database,
    world: World,
    notice: Notice,
    attempt: Attempt = HANDED_OVER,
    photos: tuple[CleanPhoto, ...] = (),
    person: str = "member",
) -> Recorded:
    with database.write() as session:
        return record_service(session, act=world.act(person), notice_id=notice.id, attempt=attempt, photos=photos)


def _pay(database: Database, world: World, *, judged: bool) -> None:
    with database.write() as session:
        session.add(
            Repayment(
                loan_id=world.loans["overdue/1"].id,
                paid_on=date(2026, 11, 22),
                amount=Decimal("1171.50"),
                bank_reference="all",
            )
        )
        if judged:
            standings.recompute(session, act=world.act(None), borrower_ids=[world.borrowers["overdue"].id])


def test_signed_photographed_and_brought_by_two_is_complete(database: Database, world: World, notice: Notice) -> None:
    recorded = _serve(database, world, notice, photos=(photo(),))
    assert recorded.state is NoticeState.SERVED
    assert recorded.verdict is not None
    assert recorded.verdict.strength is Strength.COMPLETE
    with database.reader() as session:
        case = session.scalars(select(Case).where(Case.borrower_id == notice.borrower_id)).one()
        receipt = session.scalars(select(Receipt)).one()
        event = session.scalars(select(Event).where(Event.tag == "notice:served")).one()
    assert case.stage is CaseStage.NOTICE_SERVED
    assert receipt.sha256 == hashlib.sha256(receipt.image).hexdigest()
    assert (receipt.width, receipt.height) == (60, 40)
    assert event.facts["strength"] == "complete"
    assert "甲一鸣" not in str(event.facts)


def test_weak_proof_serves_and_says_what_would_mend_it(database: Database, world: World, notice: Notice) -> None:
    recorded = _serve(database, world, notice, replace(HANDED_OVER, second_visitor=""))
    assert recorded.state is NoticeState.SERVED
    with database.reader() as session:
        row = session.scalars(select(Service)).one()
    assert row.strength is Strength.WEAK
    assert len(row.verdict["reasons"]) == len(row.verdict["mends"]) == 2  # one deliverer, no photo


def test_void_proof_never_serves(database: Database, world: World, notice: Notice) -> None:
    given_away = replace(HANDED_OVER, signer_relation=SignerRelation.OTHER)
    assert _serve(database, world, notice, given_away, (photo(),)).state is NoticeState.FAILED
    with database.reader() as session:
        assert session.scalars(select(Service.strength)).one() is Strength.VOID
        assert session.scalars(select(Case.stage).where(Case.borrower_id == notice.borrower_id)).one() is (
            CaseStage.NOTICE_ISSUED
        )
    assert _serve(database, world, notice).state is NoticeState.SERVED  # tried again


def test_refused_to_sign_with_two_witnesses_and_a_photo_is_complete(
    database: Database, world: World, notice: Notice
) -> None:
    left = Attempt(
        at=AT,
        was_served=True,
        method=ServiceMethod.LEFT_WITH_WITNESS,
        signer_relation=SignerRelation.SELF,
        second_visitor="成员乙",
        witnesses=("见证一", "见证二"),
        refusal_reason="本人称不便签字",
    )
    recorded = _serve(database, world, notice, left, (photo(),))
    assert recorded.verdict is not None
    assert recorded.verdict.strength is Strength.COMPLETE
    assert recorded.state is NoticeState.SERVED


@pytest.mark.parametrize(
    ("failure", "task"),
    [
        (FailureReason.MOVED, TaskKind.FIND_NUMBER),
        (FailureReason.SAYS_PAID, TaskKind.CHECK_PAYMENT),
        (FailureReason.OTHER, None),
    ],
)
def test_not_served_says_why_and_leads_to_the_next_task(
    database: Database, world: World, notice: Notice, failure: FailureReason, task: TaskKind | None
) -> None:
    attempt = Attempt(at=AT, was_served=False, method=ServiceMethod.DIRECT, failure=failure)
    for _ in range(2):  # the task is left once
        assert _serve(database, world, notice, attempt).state is NoticeState.FAILED
    with database.reader() as session:
        kinds = session.scalars(select(Task.kind).where(Task.borrower_id == notice.borrower_id)).all()
    assert kinds.count(task) == (1 if task else 0)


@pytest.mark.parametrize("judged", [False, True])
def test_a_paid_borrower_is_not_served(database: Database, world: World, notice: Notice, *, judged: bool) -> None:
    _pay(database, world, judged=judged)
    recorded = _serve(database, world, notice)
    assert recorded.do_not_serve
    assert recorded.state is NoticeState.CALLED_BACK
    with database.reader() as session:
        assert session.get_one(Notice, notice.id).state is NoticeState.CALLED_BACK
        assert session.scalars(select(func.count()).select_from(Service)).one() == 0
        assert session.scalars(select(func.count()).where(Event.tag == "notice:called_back")).one() == 1


def test_times_that_cannot_be_are_refused(database: Database, world: World, notice: Notice) -> None:
    for text in ("2026-11-23 10:30", "2026-11-22 23:00"):
        with pytest.raises(Refused):
            _serve(database, world, notice, replace(HANDED_OVER, at=moment(text)))
    with pytest.raises(Refused):
        _serve(database, world, notice, replace(HANDED_OVER, was_served=False))


def test_a_photo_proves_one_notice_only(database: Database, world: World, notice: Notice) -> None:
    _serve(database, world, notice, photos=(photo("red"),))
    with database.write() as session:
        other = notices.issue(
            session, act=world.act("member"), borrower_id=world.borrowers["overdue_long"].id, terms=TERMS
        )
    with pytest.raises(Refused):
        _serve(database, world, other, photos=(photo("red"),))
    assert _serve(database, world, other, photos=(photo("blue"),)).state is NoticeState.SERVED


def test_closed_and_foreign_notices(database: Database, world: World, notice: Notice) -> None:
    for person in ("member2", "member_b"):
        with pytest.raises(NotVisible):
            _serve(database, world, notice, person=person)
    with pytest.raises(Refused):  # the centre issues; it does not serve
        _serve(database, world, notice, person="centre")
    _serve(database, world, notice)
    with pytest.raises(Refused):
        _serve(database, world, notice)
    with pytest.raises(Refused), database.write() as session:
        notices.call_back(session, act=world.act("member"), notice_id=notice.id, reason="晚了")


def test_the_next_level_follows_a_served_notice(database: Database, world: World, notice: Notice) -> None:
    levels = [notice.level]
    for _ in range(3):
        with database.write() as session:
            newest = session.scalars(select(Notice).order_by(Notice.id.desc()).limit(1)).one()
        _serve(database, world, newest)
        with database.write() as session:
            issued = notices.issue(session, act=world.act("member"), borrower_id=notice.borrower_id, terms=TERMS)
        levels.append(issued.level)
    assert levels == [NoticeLevel.FIRST, NoticeLevel.SECOND, NoticeLevel.FINAL, NoticeLevel.FINAL]
