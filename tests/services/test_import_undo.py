"""A list is taken back as long as nobody has acted on its rows; afterwards it says who stands against it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from models.accounts import User
from models.borrowers import Borrower
from models.escalations import Escalation
from models.imports import ImportBatch, ImportImage
from models.loans import ArrearsList, Lender, Loan, Repayment, Reversal
from models.organisation import School
from models.rules.escalations import Help
from models.rules.imports import ImportKind, ImportState
from models.rules.organisation import Body
from models.rules.permissions import Role
from models.rules.refusals import Refused, StaleData
from models.rules.standing import StandingState
from models.rules.workflows import EscalationState, SuspicionState
from models.standings import BorrowerStanding, StandingChange
from models.suspicions import Suspicion
from portal.actors import Act, Actor
from portal.queries.import_images import REPLANNED, obstacles
from portal.queries.late_facts import Cause
from portal.queries.standing_history import history
from portal.services import accounts, fsck, standings
from portal.services.imports import undoing
from portal.services.imports.trail import Trail
from tests import books
from tests.plans import instalments_of, rates_of
from tests.services.test_imports import Desk, desk, fingerprint, payment, roster_desk, state_of

__all__ = ["desk", "roster_desk"]  # fixtures

# History is not unwritten: what was judged, opened and closed meanwhile stays; money is taken back by reversals.
FACTS_OF_IMPORTS = {
    "import_batches", "import_rows", "import_contents", "import_images", "events", "event_chain", "standing_changes", "cases",
    "history_corrections", "superseded_changes", "backdatings", "jobs",
    "repayment_plans", "instalments", "rate_periods",  # kept for the next list of the same terms; nobody's until then
}  # fmt: skip


def undo(desk: Desk, batch_id: int) -> None:
    desk.at += timedelta(minutes=1)
    with desk.database.write() as session:
        undoing.undo(session, act=desk.act, batch_id=batch_id)


def held(desk: Desk, *, more: frozenset[str] = frozenset()) -> str:
    return fingerprint(desk.database, without=FACTS_OF_IMPORTS | more)


def whole(desk: Desk) -> dict[str, Any]:
    with desk.database.reader() as session:
        return {rule: found for rule, found in fsck.check(session, desk.act.today).items() if found}


def touch(desk: Desk, number: int) -> None:
    """Let somebody do something with a borrower."""
    with desk.database.write() as session:
        user = accounts.add_user(
            session, act=desk.act, username="clerk", name="演示经办", role=Role.CENTRE, password="village-school-2026",
            must_change_password=False,
        )  # fmt: skip
        actor = Actor(user.id, user.name, user.role)
        borrower_id = session.scalars(select(Loan.borrower_id).where(Loan.contract_no == f"HT{number:06d}")).one()
        Act(actor, desk.at + timedelta(minutes=1)).record(session, "task:done", borrower_id=borrower_id)


def test_a_first_roster_goes_without_a_trace(desk: Desk) -> None:
    before = held(desk)
    batch = desk.load(ImportKind.ROSTER, books.roster(*(books.contract(number) for number in range(1, 6))))
    assert held(desk) != before
    undo(desk, batch.id)
    assert held(desk) == before
    assert desk.one(select(func.count()).select_from(Lender)) == 0
    found = desk.batch(batch.id)
    assert (found.state, found.undone_at is not None) == (ImportState.DISCARDED, True)
    assert whole(desk) == {}
    with pytest.raises(Refused, match="cannot be taken back"):
        undo(desk, batch.id)


def test_a_second_roster_gives_back_what_it_changed(roster_desk: Desk) -> None:
    before = held(roster_desk, more=frozenset({"borrowers"}))
    people = [Borrower.id, Borrower.name, Borrower.village_id, Borrower.address, Borrower.college]
    with roster_desk.database.reader() as session:
        were = session.execute(select(*people).order_by(Borrower.id)).all()
    batch = roster_desk.load(
        ImportKind.ROSTER,
        books.roster(
            books.contract(1, 贷款余额=5000, 就读高校="另一大学", 户籍地址="河边路1号", 联系电话="13900009999"),
            books.contract(2, 到期日=date(2038, 9, 20), 本金缓还至=date(2028, 12, 20)),
            books.contract(3, 共同借款人姓名="赵家长", 共同借款人身份证号=books.person_id(503), 村="石桥村"),
            books.contract(9),
        ),
    )
    assert (batch.new, batch.changed) == (1, 3)
    undo(roster_desk, batch.id)
    assert held(roster_desk, more=frozenset({"borrowers"})) == before
    with roster_desk.database.reader() as session:
        assert session.execute(select(*people).order_by(Borrower.id)).all() == were
    assert whole(roster_desk) == {}
    again = roster_desk.load(ImportKind.ROSTER, books.roster(books.contract(9)))
    assert again.new == 1


def test_a_list_applied_before_contracts_shared_plans_gives_plans_back(roster_desk: Desk) -> None:
    """Its images are lines of single contracts, as they were kept then."""
    desk = roster_desk
    loan_id = desk.one(select(Loan.id).where(Loan.contract_no == "HT000002"))
    with desk.database.reader() as session:
        lines = [tuple(row) for row in session.execute(instalments_of(loan_id))]
        rates = [tuple(row) for row in session.execute(rates_of(loan_id))]
    before = held(desk)
    batch = desk.load(ImportKind.ROSTER, books.roster(books.contract(2, 到期日=date(2038, 9, 20))))
    with desk.database.write() as session:
        session.execute(delete(ImportImage).where(ImportImage.batch_id == batch.id, ImportImage.name == REPLANNED))
        trail = Trail(session, batch.id)
        trail.ids("#replanned", [loan_id])
        for name, columns, rows in (
            ("instalments", ("due_on", "principal", "interest"), lines),
            ("rate_periods", ("from_on", "rate_percent"), rates),
        ):
            trail._keep(name, [{"loan_id": loan_id} | dict(zip(columns, row, strict=True)) for row in rows], 500)
    assert held(desk) != before
    undo(desk, batch.id)
    assert held(desk) == before
    assert whole(desk) == {}


def test_a_corrected_deferral_is_as_it_was(desk: Desk) -> None:
    desk.load(ImportKind.ROSTER, books.roster(books.contract(1, 本金缓还至=date(2027, 12, 20))))
    before = held(desk)
    batch = desk.load(ImportKind.ROSTER, books.roster(books.contract(1, 本金缓还至=date(2028, 12, 20))))
    assert held(desk) != before
    undo(desk, batch.id)
    assert held(desk) == before
    assert whole(desk) == {}


def test_history_is_told_anew_when_a_list_comes_late_and_again_when_it_is_taken_back(roster_desk: Desk) -> None:
    """The list of 20 November is applied on the 27th: overdue since the 20th; taken back, nothing was."""
    desk = roster_desk
    desk.at -= timedelta(days=14)
    with desk.database.write() as session:  # as if the roster had come two weeks before
        session.execute(delete(StandingChange))
        session.execute(delete(BorrowerStanding))
        standings.recompute(session, act=desk.act, borrower_ids=session.scalars(select(Borrower.id)).all())
    desk.at += timedelta(days=18)
    person = desk.one(select(Loan.borrower_id).where(Loan.contract_no == "HT000001"))
    with desk.database.reader() as session:
        before = [(row.changed_on, row.to_state) for row in history(session, person).moves]
    batch = desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1)))
    with desk.database.reader() as session:
        told = history(session, person)
    assert told.moves[0].changed_on == date(2026, 11, 20)
    assert told.moves[0].recorded_on == desk.act.today
    assert [one.cause for one in told.corrections] == [Cause("import", str(batch.id))]
    undo(desk, batch.id)
    with desk.database.reader() as session:
        again = history(session, person)
    assert [(row.changed_on, row.to_state) for row in again.moves] == before
    assert len(again.corrections) == 2
    assert whole(desk) == {}


@pytest.mark.parametrize("same_day", [True, False])
def test_an_arrears_list_gives_way_to_the_one_before(roster_desk: Desk, *, same_day: bool) -> None:
    roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1), books.overdue(2)))
    before = held(roster_desk)
    day = date(2026, 11, 20) if same_day else date(2026, 11, 22)
    on = {"数据日期": day}
    batch = roster_desk.load(
        ImportKind.ARREARS, books.arrears(books.overdue(2, 逾期利息=300, **on), books.overdue(3, **on))
    )
    assert (batch.facts["falls_overdue"], batch.facts["cured"]) == (1, 1)
    assert [state_of(roster_desk, number) for number in (1, 2, 3)] == [
        StandingState.CURRENT, StandingState.OVERDUE, StandingState.OVERDUE,
    ]  # fmt: skip
    undo(roster_desk, batch.id)
    assert held(roster_desk) == before
    assert whole(roster_desk) == {}


def test_a_first_arrears_list_leaves_nobody_listed(roster_desk: Desk) -> None:
    before = held(roster_desk)
    batch = roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1)))
    undo(roster_desk, batch.id)
    assert held(roster_desk) == before
    assert roster_desk.one(select(func.count()).select_from(ArrearsList)) == 0


def test_repayments_are_taken_back_by_reversals_and_may_come_again(roster_desk: Desk) -> None:
    roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1)))
    before = held(roster_desk, more=frozenset({"repayments", "reversals"}))
    batch = roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1), payment(2)))
    assert (batch.facts["falls_overdue"], batch.facts["cured"]) == (0, 1)
    undo(roster_desk, batch.id)
    assert held(roster_desk, more=frozenset({"repayments", "reversals"})) == before
    assert roster_desk.one(select(func.count()).select_from(Repayment)) == 2
    with roster_desk.database.reader() as session:
        named = session.execute(select(Reversal.import_batch_id, Reversal.reversed_on)).all()
    assert named == [(batch.id, date(2026, 11, 21))] * 2
    assert state_of(roster_desk, 1) is StandingState.OVERDUE
    mended = roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1, 还款金额=224), payment(2, 还款金额=9)))
    assert (mended.new, mended.rejected) == (2, 0)
    assert state_of(roster_desk, 1) is StandingState.CURRENT
    again = roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1), payment(2, 还款金额=9)))
    assert again.unchanged == 2
    assert whole(roster_desk) == {}


def test_a_reversal_taken_back_enters_the_money_anew(roster_desk: Desk) -> None:
    roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1)))
    roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1)))
    batch = roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1, 冲正日期=date(2026, 11, 22))))
    assert state_of(roster_desk, 1) is StandingState.OVERDUE
    assert batch.facts["falls_overdue"] == 1
    undo(roster_desk, batch.id)
    assert state_of(roster_desk, 1) is StandingState.CURRENT
    again = roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1)))
    assert again.unchanged == 1
    taken = roster_desk.load(ImportKind.REPAYMENTS, books.payments(payment(1, 冲正日期=date(2026, 11, 22))))
    assert taken.changed == 1
    assert state_of(roster_desk, 1) is StandingState.OVERDUE
    assert whole(roster_desk) == {}


def test_after_somebody_acted_it_says_on_whom(roster_desk: Desk) -> None:
    batch = roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1), books.overdue(2)))
    touch(roster_desk, 3)  # not on the list
    with roster_desk.database.reader() as session:
        assert obstacles(session, batch.id).are_none
    with roster_desk.database.write() as session:
        user = session.scalars(select(User)).one()
        actor = Actor(user.id, user.name, user.role)
        borrower_id = session.scalars(select(Loan.borrower_id).where(Loan.contract_no == "HT000001")).one()
        Act(actor, roster_desk.at + timedelta(minutes=2)).record(session, "borrower:revealed", borrower_id=borrower_id)
    with roster_desk.database.reader() as session:
        assert obstacles(session, batch.id).are_none  # to look is not to act
    with roster_desk.database.write() as session:
        Act(actor, roster_desk.at + timedelta(minutes=3)).record(session, "contact:logged", borrower_id=borrower_id)
    with roster_desk.database.reader() as session:
        found = obstacles(session, batch.id)
    assert (found.are_none, found.borrowers) == (False, 1)
    assert [(one.borrower_id, one.tag) for one in found.acted_on] == [(borrower_id, "contact:logged")]
    before = fingerprint(roster_desk.database)
    with pytest.raises(Refused, match="acted on 1 borrowers"):
        undo(roster_desk, batch.id)
    assert fingerprint(roster_desk.database) == before


def test_a_later_list_is_taken_back_first(roster_desk: Desk) -> None:
    roster_id = roster_desk.one(select(func.max(ImportBatch.id)))
    later = roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1)))
    with pytest.raises(Refused, match=f"Import {later.id} came later"):
        undo(roster_desk, roster_id)
    undo(roster_desk, later.id)
    undo(roster_desk, roster_id)
    assert roster_desk.one(select(func.count()).select_from(Loan)) == 0
    # Borrower 1 fell into arrears and was cured: that is known of a person, so the person stays, without contracts.
    assert roster_desk.one(select(func.count()).select_from(Borrower)) == 1
    assert whole(roster_desk) == {}


def test_what_was_compared_before_a_list_was_taken_back_is_compared_anew(roster_desk: Desk) -> None:
    batch = roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1)))
    waiting = roster_desk.bring(ImportKind.REPAYMENTS, books.payments(payment(1)))
    undo(roster_desk, batch.id)
    with pytest.raises(StaleData):
        roster_desk.confirm(waiting)


def test_an_organisation_is_corrected_by_another(desk: Desk) -> None:
    batch_id = desk.one(select(func.max(ImportBatch.id)))
    with desk.database.reader() as session:
        assert not obstacles(session, batch_id).is_possible
    with pytest.raises(Refused, match="cannot be taken back"):
        undo(desk, batch_id)


def test_a_fault_while_taking_back_leaves_everything(roster_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1)))
    before = fingerprint(roster_desk.database)

    def fault(*_args: object, **_facts: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(standings, "recompute", fault)
    with pytest.raises(OSError, match="disk is full"):
        undo(roster_desk, batch.id)
    assert fingerprint(roster_desk.database) == before


def test_the_forecast_is_what_comes(roster_desk: Desk) -> None:
    roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1), books.overdue(2), books.overdue(3)))
    on = {"数据日期": date(2026, 11, 22)}
    batch_id = roster_desk.bring(ImportKind.ARREARS, books.arrears(books.overdue(3, **on), books.overdue(4, **on)))
    facts = roster_desk.batch(batch_id).facts
    assert (facts["falls_overdue"], facts["cured"], facts["called_back"]) == (1, 2, 0)

    def overdue() -> set[int]:
        with roster_desk.database.reader() as session:
            state = BorrowerStanding.state == StandingState.OVERDUE
            return set(session.scalars(select(BorrowerStanding.borrower_id).where(state)))

    before = overdue()
    roster_desk.confirm(batch_id)
    after = overdue()
    assert (len(after - before), len(before - after)) == (1, 2)
    assert roster_desk.one(select(func.sum(BorrowerStanding.overdue_total))) == Decimal("448.00")


def test_what_an_arrears_list_foretells_is_what_comes_of_it(desk: Desk) -> None:
    """Contracts that are plain, settled, put off, of somebody still studying, paid since in full and in part."""
    studying = {"毕业年份": 2027, "贴息截止日": date(2027, 8, 31), "到期日": date(2042, 9, 20)}
    kinds: list[dict[str, Any]] = [{}, {"贷款余额": 0}, {"本金缓还至": date(2027, 12, 20)}, studying, {}, {}, {}, {}]
    desk.load(ImportKind.ROSTER, books.roster(*(books.contract(n, **kind) for n, kind in enumerate(kinds, 1))))
    desk.load(ImportKind.ARREARS, books.arrears(books.overdue(7), books.overdue(8), books.overdue(5)))
    paid = {"还款日期": date(2026, 11, 23)}
    desk.load(
        ImportKind.REPAYMENTS,
        books.payments(
            {"合同编号": "HT000005", "流水号": "a", "还款金额": 224} | paid,
            {"合同编号": "HT000006", "流水号": "b", "还款金额": 10} | paid,
        ),
    )
    overdue = select(BorrowerStanding.borrower_id).where(BorrowerStanding.state == StandingState.OVERDUE)
    with desk.database.reader() as session:
        before = set(session.scalars(overdue))
    lines = [books.overdue(n, 数据日期=date(2026, 11, 22)) for n in range(1, 8)]
    batch = desk.load(ImportKind.ARREARS, books.arrears(*lines))
    with desk.database.reader() as session:
        after = set(session.scalars(overdue))
    assert batch.rejected == 0
    assert after - before
    assert before - after
    assert (batch.facts["falls_overdue"], batch.facts["cured"]) == (len(after - before), len(before - after))


def test_what_a_cure_ends_is_foretold(roster_desk: Desk) -> None:
    roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1), books.overdue(2), books.overdue(3)))
    with roster_desk.database.write() as session:
        proposed_by = accounts.add_user(
            session, act=roster_desk.act, username="clerk", name="演示经办", role=Role.CENTRE,
            password="village-school-2026", must_change_password=False,
        )  # fmt: skip
        of = dict(session.execute(select(Loan.contract_no, Loan.borrower_id)).all())  # type: ignore[arg-type]
        for number, state in (
            (1, SuspicionState.PROPOSED),
            (2, SuspicionState.WITHDRAWN),
            (3, SuspicionState.PROPOSED),
        ):
            session.add(
                Suspicion(
                    borrower_id=of[f"HT{number:06d}"], state=state, grounds=[], answers=[], proposed_at=roster_desk.at,
                    proposed_by_id=proposed_by.id, lapses_on=date(2026, 12, 31),
                )
            )  # fmt: skip
        session.add(
            Escalation(
                borrower_id=of["HT000002"], school_id=session.scalars(select(School.id)).first(), body=Body.VILLAGE,
                help_asked=Help.LOCATE, what_was_tried="两次上门", request="请协助", sent_at=roster_desk.at,
                sent_by_id=proposed_by.id, sent_on=date(2026, 11, 20), due_on=date(2026, 12, 4),
                view_expires_on=date(2026, 12, 31),
            )
        )  # fmt: skip
    batch_id = roster_desk.bring(ImportKind.ARREARS, books.arrears(books.overdue(3, 数据日期=date(2026, 11, 22))))
    facts = roster_desk.batch(batch_id).facts
    assert (facts["cured"], facts["reports_ended"], facts["requests_ended"]) == (2, 1, 1)
    roster_desk.confirm(batch_id)
    with roster_desk.database.reader() as session:
        states = dict(session.execute(select(Suspicion.borrower_id, Suspicion.state)).all())  # type: ignore[arg-type]
        assert session.scalars(select(Escalation.state)).one() is EscalationState.WITHDRAWN
    assert states[of["HT000001"]] is SuspicionState.WITHDRAWN
    assert states[of["HT000003"]] is SuspicionState.PROPOSED
