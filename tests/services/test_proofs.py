"""Mending a proof: what is missing is added, what is there stays, and void never counts until it is mended."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from models.casework import Case
from models.database import Database
from models.events import Event
from models.notices import Notice, Receipt, Service
from models.rules.casework import CaseStage
from models.rules.limitation import InterruptionKind
from models.rules.notices import NoticeLevel, level_after
from models.rules.refusals import NotVisible, Refused
from models.rules.service_of_notice import ServiceMethod, SignerRelation, Strength
from models.rules.workflows import NoticeState
from notices import layout
from notices.photos import CleanPhoto
from portal.queries.evidence import evidence
from portal.queries.limitation_facts import periods
from portal.queries.notice_facts import dossiers
from portal.services import notices, proofs
from portal.services.attempts import Attempt
from portal.services.notices import Terms
from portal.services.proofs import Addition
from portal.services.service_of_notice import record_service
from tests.services.test_service_of_notice import HANDED_OVER, photo
from tests.world import World

UNSIGNED = replace(HANDED_OVER, signer_name="", flags=frozenset())  # void: nobody signed, and no photo
VOID = {
    "unsigned": UNSIGNED,
    "to somebody else": replace(HANDED_OVER, signer_relation=SignerRelation.OTHER),
    "left without witness or photo": replace(
        HANDED_OVER, method=ServiceMethod.LEFT_WITH_WITNESS, signer_name="", flags=frozenset()
    ),
    "ordinary letter": replace(HANDED_OVER, method=ServiceMethod.POST, flags=frozenset({"arrival_confirmed"})),
    "letter that came back": replace(
        HANDED_OVER, method=ServiceMethod.POST, post_number="XA1", flags=frozenset({"returned", "address_confirmed"})
    ),
    "message to a number nobody confirmed": replace(HANDED_OVER, method=ServiceMethod.ELECTRONIC, flags=frozenset()),
}


@pytest.fixture(autouse=True)
def _quick_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "render", lambda said, **_: f"%PDF {said.to_json()}".encode())


@pytest.fixture
def notice(database: Database, world: World) -> Notice:
    terms = Terms("https://loans.example", 35)
    with database.write() as session:
        return notices.issue(session, act=world.act("member"), borrower_id=world.borrowers["overdue"].id, terms=terms)


def _serve(database: Database, world: World, notice: Notice, attempt: Attempt) -> None:
    with database.write() as session:
        record_service(session, act=world.act("member"), notice_id=notice.id, attempt=attempt)


def _mend(
    database: Database, world: World, notice: Notice, addition: Addition, *photos: CleanPhoto, person: str = "member"
) -> Strength:
    with database.write() as session:
        verdict = proofs.mend(session, act=world.act(person), notice_id=notice.id, addition=addition, photos=photos)
    return verdict.strength


def _demands(database: Database, world: World) -> list[bool]:
    """Whether each demand on record is proven, as the limitation watch sees it."""
    loan_id = world.loans["overdue/1"].id
    with database.reader() as session:
        found = periods(session, [loan_id], world.act(None).today)[loan_id].limitation
    return [one.interruption.is_proven for one in found.history if one.interruption.kind is InterruptionKind.DEMAND]


@pytest.mark.parametrize("attempt", VOID.values(), ids=list(VOID))
def test_void_counts_neither_for_levels_nor_limitation_nor_suspicion(
    database: Database, world: World, notice: Notice, attempt: Attempt
) -> None:
    _serve(database, world, notice, attempt)
    today, borrower_id = world.act(None).today, notice.borrower_id
    with database.reader() as session:
        assert session.scalars(select(Service)).one().strength is Strength.VOID
        assert session.get_one(Notice, notice.id).state is NoticeState.FAILED
        found = dossiers(session, [borrower_id], today)[borrower_id]
        assert (found.has_open_notice, level_after(found.served)) == (True, NoticeLevel.FIRST)
        assert evidence(session, borrower_id, today).proven_receipts == 0
        case = session.scalars(select(Case).where(Case.borrower_id == borrower_id)).one_or_none()
        assert case is None or case.stage is not CaseStage.NOTICE_SERVED
    assert _demands(database, world) == []


def test_a_weak_proof_is_mended_by_the_scan_that_comes_later(database: Database, world: World, notice: Notice) -> None:
    _serve(database, world, notice, HANDED_OVER)
    assert _demands(database, world) == [False]
    assert _mend(database, world, notice, Addition(), photo()) is Strength.COMPLETE
    assert _demands(database, world) == [True]
    with database.reader() as session:
        assert evidence(session, notice.borrower_id, world.act(None).today).proven_receipts == 1
        event = session.scalars(select(Event).where(Event.tag == "notice:proof_added")).one()
    assert (event.facts["strength_before"], event.facts["strength"], event.facts["added"]) == (
        "weak",
        "complete",
        ["photo"],
    )


def test_a_void_attempt_that_comes_to_count_serves_the_notice(database: Database, world: World, notice: Notice) -> None:
    _serve(database, world, notice, UNSIGNED)
    strength = _mend(database, world, notice, Addition(flags=frozenset({"signed"})))
    assert strength is Strength.WEAK
    with database.reader() as session:
        assert session.get_one(Notice, notice.id).state is NoticeState.SERVED
        found = dossiers(session, [notice.borrower_id], world.act(None).today)[notice.borrower_id]
        tags = session.scalars(select(Event.tag).where(Event.subject == f"notice/{notice.id}").order_by(Event.id)).all()
    assert found.served == 1
    assert tags[-2:] == ["notice:proof_added", "notice:served"]


def test_what_is_recorded_stays(database: Database, world: World, notice: Notice) -> None:
    _serve(database, world, notice, HANDED_OVER)
    with pytest.raises(Refused, match="成员乙"):
        _mend(database, world, notice, Addition(second_visitor="另一个人"))
    with pytest.raises(Refused, match="Nothing new"):
        _mend(database, world, notice, Addition(second_visitor="成员乙"))
    _mend(database, world, notice, Addition(witnesses=("甲", "甲", " ")), photo())
    with database.reader() as session:
        assert session.scalars(select(Service)).one().witnesses == ["甲"]
    with pytest.raises(Refused, match="Nothing new"):
        _mend(database, world, notice, Addition(), photo())  # the same picture again
    with database.reader() as session:
        assert session.scalars(select(func.count(Receipt.id))).one() == 1


def test_nothing_to_mend_before_anybody_handed_it_over(database: Database, world: World, notice: Notice) -> None:
    with pytest.raises(Refused, match="record the service first"):
        _mend(database, world, notice, Addition(signer_name="甲"))
    with pytest.raises(NotVisible):
        _mend(database, world, notice, Addition(signer_name="甲"), person="member_b")
