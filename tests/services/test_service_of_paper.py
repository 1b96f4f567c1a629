"""A co-borrower's notice is served with proofs of its own, and never counts as a service on the borrower."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from models.casework import Task
from models.database import Database
from models.events import Event
from models.notices import Notice, Service
from models.papers import IssuedPaper, PaperReceipt, PaperService
from models.rules.notices import FailureReason
from models.rules.papers import PaperKind
from models.rules.refusals import NotVisible, Refused
from models.rules.returns import ReturnOutcome
from models.rules.scans import ScanState, ScanTrouble
from models.rules.service_of_notice import ServiceMethod, SignerRelation, Strength
from models.rules.workflows import NoticeState
from models.scans import ScanPage
from notices import layout, working_papers
from notices import scans as reading
from notices.photos import CleanPhoto
from notices.route_sheets import RouteSheet
from portal.queries import evidence_files, print_files, served_papers
from portal.queries import returns as return_reads
from portal.queries import scans as scan_reads
from portal.queries.evidence import evidence
from portal.services import fsck, notices, papers, print_runs, returns, scans, service_of_notice, service_of_paper
from portal.services.attempts import OF_CO_BORROWER, Attempt, Recorded
from portal.services.proofs import Addition
from portal.services.receipts import FiledElsewhere
from portal.services.returns import OutcomeMissing, Walk
from tests.services.test_service_of_notice import AT, HANDED_OVER, TERMS, photo
from tests.services.test_service_of_notice import _pay as pay
from tests.world import World, moment

SIGNED = replace(HANDED_OVER, signer_name="甲父", signer_relation=SignerRelation.CO_BORROWER)
LATER = moment("2026-11-23 11:00")


@pytest.fixture(autouse=True)
def _quick_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "render", lambda said, **_: f"%PDF {said.to_json()}".encode())


@pytest.fixture
def notice(database: Database, world: World) -> Notice:
    with database.write() as session:
        return notices.issue(session, act=world.act("member"), borrower_id=world.borrowers["overdue"].id, terms=TERMS)


@pytest.fixture
def paper(database: Database, world: World, notice: Notice) -> IssuedPaper:
    with database.write() as session:
        return papers.issue_to_co_borrower(session, act=world.act("member"), notice_id=notice.id, place=0, terms=TERMS)


def serve(
    database: Database,
    world: World,
    paper: IssuedPaper,
    attempt: Attempt = SIGNED,
    photos: tuple[CleanPhoto, ...] = (),
    person: str = "member",
) -> Recorded:
    with database.write() as session:
        return service_of_paper.record_service(
            session, act=world.act(person), paper_id=paper.id, attempt=attempt, photos=photos
        )


def read(database: Database, world: World, bundle_id: int, number: int) -> ScanTrouble | None:
    return scans.read_page(database, act=world.act("member"), bundle_id=bundle_id, position=1, number=number)


def state(database: Database, paper: IssuedPaper) -> NoticeState:
    with database.reader() as session:
        return served_papers.state_of(session, paper.id)


def test_it_is_served_with_proof_and_moves_nothing_of_the_borrowers(
    database: Database, world: World, notice: Notice, paper: IssuedPaper
) -> None:
    assert state(database, paper) is NoticeState.ISSUED
    recorded = serve(database, world, paper, photos=(photo(),))
    assert recorded.state is NoticeState.SERVED
    assert recorded.verdict is not None
    assert recorded.verdict.strength is Strength.COMPLETE
    assert state(database, paper) is NoticeState.SERVED
    with database.reader() as session:
        assert session.get_one(Notice, notice.id).state is NoticeState.ISSUED
        assert session.scalars(select(Service.id)).all() == []
        seen = evidence(session, notice.borrower_id, AT.date())
        assert seen.services == ()
        event = session.scalars(select(Event).where(Event.tag == "paper:served")).one()
        assert (event.borrower_id, event.facts["strength"]) == (notice.borrower_id, "complete")
        assert "甲父" not in str(event.facts)
        assert fsck.check(session, AT.date())["services"] == []


def test_void_proof_says_whom_to_serve_and_can_be_mended(database: Database, world: World, paper: IssuedPaper) -> None:
    unsigned = replace(SIGNED, flags=frozenset())
    recorded = serve(database, world, paper, unsigned)
    assert recorded.state is NoticeState.FAILED
    relative = replace(SIGNED, signer_relation=SignerRelation.ADULT_RELATIVE)
    assert recorded.verdict is not None
    with database.write() as session:
        verdict = service_of_paper.mend(
            session,
            act=world.act("member"),
            paper_id=paper.id,
            addition=Addition(flags=frozenset({"signed"})),
            photos=[photo()],
        )
    assert verdict.strength is Strength.COMPLETE
    assert state(database, paper) is NoticeState.SERVED
    with pytest.raises(Refused, match="served already"):
        serve(database, world, paper, relative)
    with database.write() as session, pytest.raises(Refused, match="Nothing new"):
        service_of_paper.mend(session, act=world.act("member"), paper_id=paper.id, addition=Addition())
    with database.reader() as session:
        tags = session.scalars(select(Event.tag).where(Event.subject == f"paper/{paper.id}").order_by(Event.id)).all()
        assert tags[-3:] == ["paper:not_served", "paper:proof_added", "paper:served"]


def test_what_is_missing_names_the_co_borrower(database: Database, world: World, paper: IssuedPaper) -> None:
    relative = replace(SIGNED, method=ServiceMethod.CO_RESIDENT_ADULT, signer_relation=SignerRelation.ADULT_RELATIVE)
    recorded = serve(database, world, paper, relative)
    assert recorded.verdict is not None
    assert "It is not confirmed that the relative is adult and lives with the co-borrower." in recorded.verdict.reasons
    assert not [one for one in (*recorded.verdict.reasons, *recorded.verdict.mends) if "the borrower" in one]


def test_it_falls_with_the_borrowers_notice(
    database: Database, world: World, notice: Notice, paper: IssuedPaper
) -> None:
    with database.write() as session:
        notices.call_back(session, act=world.act("centre"), notice_id=notice.id, reason="发错了")
    assert state(database, paper) is NoticeState.CALLED_BACK
    with pytest.raises(Refused, match="was called back"):
        serve(database, world, paper)


def test_nothing_is_served_once_the_debt_is_paid(
    database: Database, world: World, notice: Notice, paper: IssuedPaper
) -> None:
    pay(database, world, judged=False)
    assert serve(database, world, paper).do_not_serve
    with database.reader() as session:
        assert session.get_one(Notice, notice.id).state is NoticeState.CALLED_BACK
        assert session.scalars(select(PaperService.id)).all() == []


@pytest.mark.parametrize("person", ["member_b", "township", "auditor"])
def test_who_does_not_look_after_the_borrower_serves_nothing(
    database: Database, world: World, paper: IssuedPaper, person: str
) -> None:
    with pytest.raises(NotVisible):
        serve(database, world, paper, person=person)
    with database.reader() as session, pytest.raises(NotVisible):
        served_papers.served_paper(session, world.actor(person), AT.date(), paper.id)


def test_only_co_borrowers_notices_are_served(database: Database, world: World) -> None:
    with database.write() as session:
        reminder = papers.issue_to_borrower(
            session,
            act=world.act("member"),
            borrower_id=world.borrowers["current"].id,
            kind=PaperKind.REMINDER,
            terms=TERMS,
        )
    with pytest.raises(NotVisible):
        serve(database, world, reminder)


def test_a_picture_proves_one_paper_only(database: Database, world: World, notice: Notice, paper: IssuedPaper) -> None:
    serve(database, world, paper, photos=(photo(),))
    with database.write() as session, pytest.raises(FiledElsewhere):
        service_of_notice.record_service(
            session, act=world.act("member"), notice_id=notice.id, attempt=HANDED_OVER, photos=[photo()]
        )
    with database.write() as session:
        service_of_notice.record_service(
            session, act=world.act("member"), notice_id=notice.id, attempt=HANDED_OVER, photos=[photo("red")]
        )
    with database.write() as session, pytest.raises(FiledElsewhere):
        service_of_paper.mend(
            session, act=world.act("member"), paper_id=paper.id, addition=Addition(), photos=[photo("red")]
        )


def test_moved_leads_to_a_task_that_says_it_is_the_co_borrower(
    database: Database, world: World, notice: Notice, paper: IssuedPaper
) -> None:
    moved = Attempt(at=AT, was_served=False, method=SIGNED.method, failure=FailureReason.MOVED)
    serve(database, world, paper, moved)
    with database.write() as session:
        service_of_notice.record_service(session, act=world.act("member"), notice_id=notice.id, attempt=moved)
    serve(database, world, paper, moved)
    with database.reader() as session:
        reasons = session.scalars(
            select(Task.reason).where(Task.borrower_id == notice.borrower_id, Task.done_at.is_(None))
        ).all()
    assert reasons.count(OF_CO_BORROWER) == 1
    assert len([one for one in reasons if "could not be served" in one]) == 2


def test_its_code_is_noted_in_a_round_and_filed(
    database: Database, world: World, notice: Notice, paper: IssuedPaper
) -> None:
    act = world.act("member", LATER)
    with database.write() as session:
        returns.begin(session, act=act, walk=Walk(AT, second_visitor="成员乙"))
        returns.note(session, act=act, text=f"{notice.check_code} 1")
        with pytest.raises(OutcomeMissing, match="is the co-borrower's"):
            returns.note(session, act=act, text=f"{paper.check_code} 1")
        noted = returns.note(session, act=act, text=f"{paper.check_code} 3")
        assert (noted.outcome, noted.before) == (ReturnOutcome.SIGNED_RELATIVE, None)
        again = returns.note(session, act=act, text=f"{paper.check_code} 2")
        assert (again.entry_id, again.before) == (noted.entry_id, ReturnOutcome.SIGNED_RELATIVE)
        filed = returns.file(session, act=act)
    assert (filed.served, filed.not_served, filed.refused) == (2, 0, 0)
    with database.reader() as session:
        service = session.scalars(select(PaperService)).one()
        assert (service.signer_name, service.signer_relation) == ("甲父", SignerRelation.CO_BORROWER)
        rows = return_reads.filed_round(session, world.actor("member"), AT.date(), filed.round_id).rows
        assert {(row.paper_id, row.serial, row.strength) for row in rows} == {
            (None, notice.serial, Strength.WEAK),
            (paper.id, paper.serial, Strength.WEAK),
        }
    with database.write() as session:
        returns.begin(session, act=act, walk=Walk(AT))
        with pytest.raises(Refused, match="served already"):
            returns.note(session, act=act, text=f"{paper.check_code} 2")


def test_a_scan_finds_it_before_and_after_it_is_served(
    database: Database, world: World, paper: IssuedPaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = world.act("member")
    early, late = photo("green"), photo("blue")
    pages = {1: early, 2: late}
    monkeypatch.setattr(reading, "read", lambda _content, number: (pages[number], (str(paper.check_code),)))
    with database.write() as session:
        bundle_id = scans.take_in(session, act=act, files=[(b"%PDF", 2)]).id
    for number in pages:
        if number == len(pages):
            serve(database, world, paper)
        assert read(database, world, bundle_id, number) is None
    with database.reader() as session:
        found = session.scalars(select(ScanPage).order_by(ScanPage.page)).all()
        assert [(page.state, page.paper_id, page.image) for page in found] == [(ScanState.FILED, paper.id, b"")] * 2
        filed = set(session.scalars(select(PaperReceipt.sha256)))
        assert filed == {early.sha256, late.sha256}
        assert session.scalars(select(PaperService.strength)).one() is Strength.COMPLETE
        shown = scan_reads.pages(session, world.actor("member"), AT.date(), bundle_id)
        assert {row.serial for row in shown} == {paper.serial}
        titles = [one.title for one in evidence_files.exhibits(session, world.borrowers["overdue"].id)]
        assert titles.count(f"送达回证图片 {paper.serial}") == 2
        assert f"致共同借款人的逾期还款通知书 {paper.serial}" in titles


def test_a_page_without_a_code_is_given_to_it_by_hand(
    database: Database, world: World, paper: IssuedPaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = world.act("member")
    with database.write() as session:
        bundle_id = scans.take_in(session, act=act, files=[(b"%PDF", 1)]).id
    monkeypatch.setattr(reading, "read", lambda _content, _number: (photo("green"), ()))
    assert read(database, world, bundle_id, 1) is ScanTrouble.NO_CODE
    with database.reader() as session:
        offered = scan_reads.choices(session, world.actor("member"), AT.date())
        assert (paper.id, paper.serial) in {(one.paper_id, one.serial) for one in offered}
        page_id = session.scalars(select(ScanPage.id)).one()
    with database.write() as session:
        assert scans.assign(session, act=act, page_id=page_id, paper_id=paper.id).state is ScanState.WAITING
    serve(database, world, paper)
    with database.reader() as session:
        assert session.get_one(ScanPage, page_id).state is ScanState.FILED


def test_the_route_sheet_names_it_at_the_borrowers_door_until_it_is_served(
    database: Database, world: World, notice: Notice, paper: IssuedPaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets: list[RouteSheet] = []
    monkeypatch.setattr(working_papers, "render", lambda sheet: sheets.append(sheet) or b"")

    def named() -> tuple[str, ...]:
        with database.reader() as session:
            stops = print_files.open_stops(session, world.actor("member"), AT.date())
            print_runs.route_sheet(session, today=AT.date(), stops=stops, public_url="https://loans.example")
        lines = [line for section in sheets[-1].sections for line in section.lines]
        return next(line.others for line in lines if line.serial == notice.serial)

    assert named() == (f"共同借款人甲父　{paper.serial}　核验码 {paper.check_code}",)
    serve(database, world, paper)
    assert named() == ()
