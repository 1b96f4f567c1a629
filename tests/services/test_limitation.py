from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.borrowers import Borrower
from models.database import Database
from models.events import Event
from models.limitation import LimitationInterruption
from models.loans import ContractChange, Loan, Repayment, Reversal
from models.notices import Notice, Service
from models.rules.calendar import add_years
from models.rules.facts import ContractChangeKind, RepaymentKind
from models.rules.limitation import Effect, InterruptionKind, Mend
from models.rules.refusals import NotVisible, Refused
from models.rules.service_of_notice import ServiceMethod, Strength
from models.rules.workflows import NoticeState
from portal.queries.limitation import (
    LimitationRow,
    contract_limitation,
    count_ending,
    limitation_list,
)
from portal.queries.limitation_facts import periods
from portal.queries.limitation_windows import LimitationFilters, Which
from portal.services import limitation
from tests.world import World

TODAY = date(2026, 11, 23)
ACK, DEMAND = InterruptionKind.ACKNOWLEDGEMENT, InterruptionKind.DEMAND


def ends_in(days: int) -> date:
    """Return the last due day of a contract whose period ends in so many days."""
    return add_years(TODAY + timedelta(days=days), -3)


def mature(session: Session, world: World, who: str, on: date) -> int:
    """Give a contract another last due day and take away its payments."""
    loan = world.loans[f"{who}/1"]
    session.execute(update(Loan).where(Loan.id == loan.id).values(matures_on=on))
    session.execute(delete(Repayment).where(Repayment.loan_id == loan.id))
    return loan.id


def notice(
    session: Session,
    world: World,
    who: str,
    on: date,
    strength: Strength | None,
    *,
    contract: str = "",
    number: int = 1,
) -> int:
    at = datetime.combine(on, datetime.min.time(), COUNTY_TIME).replace(hour=9)
    row = Notice(
        borrower_id=world.borrowers[who].id,
        year=on.year,
        number=number,
        serial=f"T-{who}-{number}",
        check_code=f"{who}-{number}"[:16],
        state=NoticeState.ISSUED if strength is None else NoticeState.SERVED,
        issued_on=on,
        issued_by_id=world.users["member"].id,
        pay_by=on + timedelta(days=14),
        total=Decimal(1),
        data_on=on,
        wording_version="t",
        content=json.dumps({"contracts": [{"contract_no": contract or f"DEMO-{who}-1"}]}),
        sha256="0" * 64,
    )
    session.add(row)
    session.flush()
    if strength is not None:
        session.add(
            Service(
                notice_id=row.id,
                borrower_id=row.borrower_id,
                at=at,
                logged_at=at,
                by_id=world.users["member"].id,
                was_served=True,
                method=ServiceMethod.DIRECT,
                strength=strength,
                verdict={"reasons": [], "mends": ["Get it signed."]},
            )
        )
        session.flush()
    return row.id


def listed(session: Session, world: World, user: str = "centre", **filters: object) -> dict[str, LimitationRow]:
    found = limitation_list(session, world.actor(user), TODAY, LimitationFilters(**filters))  # type: ignore[arg-type]
    return {row.contract_no: row for row in found.rows}


def ends(session: Session, loan_id: int, as_of: date = TODAY) -> date:
    return periods(session, [loan_id], as_of)[loan_id].limitation.ends_on


def test_what_ends_in_the_window_is_listed_by_what_mends_it(database: Database, world: World) -> None:
    with database.write() as session:
        mature(session, world, "overdue", ends_in(100))
        mature(session, world, "colleague", ends_in(50))
        mature(session, world, "foreign", ends_in(0))
        mature(session, world, "nobody", ends_in(181))
        mature(session, world, "overdue_long", ends_in(-1))
        mature(session, world, "current", ends_in(60))
        mature(session, world, "settled", ends_in(0))
        waiting = notice(session, world, "colleague", TODAY, None)
    with database.reader() as session:
        found = listed(session, world)
        assert {name: (row.days_left, row.mend) for name, row in found.items()} == {
            "DEMO-foreign-1": (0, Mend.NOTIFY),
            "DEMO-overdue-1": (100, Mend.NOTIFY),
            "DEMO-colleague-1": (50, Mend.SERVE),
            "DEMO-current-1": (60, Mend.ACKNOWLEDGE),
        }
        assert list(found) == ["DEMO-foreign-1", "DEMO-overdue-1", "DEMO-colleague-1", "DEMO-current-1"]
        assert found["DEMO-colleague-1"].paper is not None
        assert found["DEMO-colleague-1"].paper.notice_id == waiting
        assert set(listed(session, world, "member")) == {"DEMO-overdue-1", "DEMO-current-1"}
        assert set(listed(session, world, "deputy")) == {"DEMO-overdue-1", "DEMO-current-1", "DEMO-colleague-1"}
        assert set(listed(session, world, days=365)) > {"DEMO-nobody-1"}
        assert set(listed(session, world, area="990101102")) == {"DEMO-foreign-1"}
        assert set(listed(session, world, which=Which.OVER)) == {"DEMO-overdue_long-1"}
        assert count_ending(session, world.actor("centre"), TODAY) == 4
        assert count_ending(session, world.actor("township"), TODAY) == 0


def test_the_list_comes_page_by_page(database: Database, world: World) -> None:
    with database.write() as session:
        for number, who in enumerate(("overdue", "colleague", "foreign", "nobody")):
            mature(session, world, who, ends_in(10 * number))
        notice(session, world, "foreign", TODAY, None)
    with database.reader() as session:
        whole = list(listed(session, world))
        pages: list[str] = []
        after = ""
        for _page in range(4):
            found = limitation_list(session, world.actor("centre"), TODAY, LimitationFilters(), after=after, limit=1)
            assert found.total == 4
            pages += [row.contract_no for row in found.rows]
            after = found.after
        assert after == ""
        assert pages == whole


def test_over_comes_page_by_page_newest_first(database: Database, world: World) -> None:
    over = add_years(TODAY, -3)
    with database.write() as session:
        mature(session, world, "foreign", over - timedelta(days=400))
        mature(session, world, "nobody", over - timedelta(days=1))
        mature(session, world, "colleague", over)
        for who in ("foreign", "nobody"):
            session.add(_payment(world, who, TODAY - timedelta(days=1)))
    with database.reader() as session:
        assert listed(session, world).keys() == {"DEMO-colleague-1"}
        filters = LimitationFilters(Which.OVER)
        first = limitation_list(session, world.actor("centre"), TODAY, filters, limit=1)
        rest = limitation_list(session, world.actor("centre"), TODAY, filters, after=first.after, limit=5)
        assert [(row.contract_no, row.mend) for row in (*first.rows, *rest.rows)] == [
            ("DEMO-foreign-1", Mend.LENDER)
        ], "a payment in time kept the other alive"


def _payment(world: World, who: str, on: date, kind: RepaymentKind = RepaymentKind.PAYMENT) -> Repayment:
    return Repayment(
        loan_id=world.loans[f"{who}/1"].id,
        paid_on=on,
        amount=Decimal("10.00"),
        kind=kind,
        bank_reference=f"{who}-{on}-{kind}",
    )


@pytest.mark.parametrize(
    ("kind", "reversed_on", "restarts"),
    [
        (RepaymentKind.PAYMENT, None, True),
        (RepaymentKind.EARLY, None, True),
        (RepaymentKind.PAYMENT, date(2026, 6, 1), False),
        (RepaymentKind.PAYMENT, date(2026, 12, 1), True),  # not known yet
        (RepaymentKind.COMPENSATION, None, False),  # the state's money acknowledges nothing for the debtor
        (RepaymentKind.RELIEF_PAYOUT, None, False),
    ],
)
def test_part_payments(
    database: Database, world: World, kind: RepaymentKind, reversed_on: date | None, restarts: bool
) -> None:
    matured = date(2025, 12, 30)
    with database.write() as session:
        loan_id = mature(session, world, "overdue", matured)
        paid = _payment(world, "overdue", date(2026, 5, 1), kind)
        session.add(paid)
        session.flush()
        if reversed_on:
            session.add(Reversal(repayment_id=paid.id, reversed_on=reversed_on, recorded_at=world.at))
    with database.reader() as session:
        assert ends(session, loan_id) == (date(2029, 5, 1) if restarts else date(2028, 12, 30))


@pytest.mark.parametrize(
    ("strength", "contract", "expected"),
    [
        (Strength.COMPLETE, "", date(2029, 5, 1)),
        (Strength.WEAK, "", date(2028, 12, 30)),
        (Strength.VOID, "", date(2028, 12, 30)),
        (Strength.COMPLETE, "another", date(2028, 12, 30)),  # a demand works for the contract it names
    ],
)
def test_notices_count_only_when_proved(
    database: Database, world: World, strength: Strength, contract: str, expected: date
) -> None:
    with database.write() as session:
        loan_id = mature(session, world, "overdue", date(2025, 12, 30))
        notice(session, world, "overdue", date(2026, 5, 1), strength, contract=contract)
    with database.reader() as session:
        period = periods(session, [loan_id], TODAY)[loan_id]
        assert period.limitation.ends_on == expected
        assert (period.weakly_served is not None) == (strength is Strength.WEAK)
        assert ends(session, loan_id, date(2026, 4, 30)) == date(2028, 12, 30), "not known before"


def test_called_due_as_a_whole_begins_it_and_taken_back_does_not(database: Database, world: World) -> None:
    loan_id = world.loans["overdue/1"].id
    with database.write() as session:
        change = ContractChange(
            loan_id=loan_id,
            kind=ContractChangeKind.ACCELERATED,
            effective_on=date(2025, 12, 31),
            recorded_at=world.at,
        )
        session.add(change)
        session.flush()
        change_id = change.id
    with database.reader() as session:
        assert ends(session, loan_id) == date(2028, 12, 31)
    with database.write() as session:
        session.add(
            ContractChange(
                loan_id=loan_id,
                kind=ContractChangeKind.ACCELERATED,
                effective_on=date(2025, 12, 31),
                voids_id=change_id,
                recorded_at=world.at,
            )
        )
    with database.reader() as session:
        assert ends(session, loan_id) == date(2032, 9, 20)


def write_down(session: Session, world: World, user: str = "deputy", **changes: object) -> LimitationInterruption:
    told = {
        "loan_id": world.loans["overdue/1"].id,
        "on": TODAY,
        "kind": ACK,
        "proof": "卷宗2026-3，两人在场签字",
        "is_proven": True,
    }
    return limitation.interrupt(session, act=world.act(user), **(told | changes))  # type: ignore[arg-type]


def test_written_down_and_taken_back(database: Database, world: World) -> None:
    with database.write() as session:
        loan_id = mature(session, world, "overdue", date(2025, 12, 30))
        kept = write_down(session, world).id
    with database.reader() as session:
        assert ends(session, loan_id) == add_years(TODAY, 3)
        found = contract_limitation(session, world.actor("member"), TODAY, loan_id)
        assert [(one.proof, one.by, one.voided) for one in found.by_hand] == [
            ("卷宗2026-3，两人在场签字", "副组长甲", "")
        ]
    with database.write() as session:
        limitation.void(session, act=world.act("centre"), interruption_id=kept, reason="签名不是本人")
    with database.reader() as session:
        assert ends(session, loan_id) == date(2028, 12, 30)
        found = contract_limitation(session, world.actor("member"), TODAY, loan_id)
        assert [one.voided for one in found.by_hand] == ["签名不是本人"]
        tags = session.scalars(select(Event.tag).where(Event.tag.startswith("limitation:"))).all()
        assert tags == ["limitation:interrupted", "limitation:voided"]
        assert "签字" not in str(session.scalars(select(Event.facts)).all())
    with database.write() as session, pytest.raises(Refused, match="already"):
        limitation.void(session, act=world.act("centre"), interruption_id=kept, reason="again")
    with database.write() as session:
        write_down(session, world)  # what was taken back may be told again


def test_unproven_is_kept_and_does_nothing(database: Database, world: World) -> None:
    with database.write() as session:
        loan_id = mature(session, world, "overdue", date(2025, 12, 30))
        write_down(session, world, is_proven=False)
    with database.reader() as session:
        found = periods(session, [loan_id], TODAY)[loan_id].limitation
        assert found.ends_on == date(2028, 12, 30)
        assert found.history[-1].effect is Effect.UNPROVEN


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"on": TODAY + timedelta(days=1)}, "future"),
        ({"on": date(2016, 8, 31)}, "2016-09-01"),
        ({"proof": " "}, "proves"),
    ],
)
def test_what_cannot_be_is_stored_nowhere(
    database: Database, world: World, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(Refused, match=words), database.write() as session:
        write_down(session, world, **changes)
    with database.reader() as session:
        assert session.scalar(select(func.count()).select_from(LimitationInterruption)) == 0


def test_not_twice_not_for_a_contract_paid_off_not_for_others(database: Database, world: World) -> None:
    with database.write() as session:
        kept = write_down(session, world).id
    with database.write() as session, pytest.raises(Refused, match="already"):
        write_down(session, world)
    with database.write() as session, pytest.raises(Refused, match="paid off"):
        write_down(session, world, loan_id=world.loans["settled/1"].id)
    for missing in (world.loans["foreign/1"].id, 999_999):
        with database.write() as session, pytest.raises(NotVisible):
            write_down(session, world, loan_id=missing)
    with database.write() as session, pytest.raises(NotVisible):
        limitation.void(session, act=world.act("deputy_b"), interruption_id=kept, reason="x")
    with database.write() as session, pytest.raises(NotVisible):
        limitation.void(session, act=world.act("deputy"), interruption_id=999_999, reason="x")
    with database.write() as session, pytest.raises(Refused, match="why"):
        limitation.void(session, act=world.act("deputy"), interruption_id=kept, reason=" ")
    with database.reader() as session, pytest.raises(NotVisible):
        contract_limitation(session, world.actor("member_b"), TODAY, world.loans["overdue/1"].id)


def test_a_row_is_never_changed(database: Database, world: World) -> None:
    with database.write() as session:
        kept = write_down(session, world).id
    with pytest.raises(DBAPIError), database.write() as session:
        session.execute(update(LimitationInterruption).where(LimitationInterruption.id == kept).values(is_proven=False))


def test_out_of_touch_needs_the_lenders_announcement(database: Database, world: World) -> None:
    with database.write() as session:
        mature(session, world, "overdue", ends_in(30))
        session.execute(
            update(Borrower).where(Borrower.id == world.borrowers["overdue"].id).values(is_out_of_touch=True)
        )
    with database.reader() as session:
        assert listed(session, world)["DEMO-overdue-1"].mend is Mend.ANNOUNCE
