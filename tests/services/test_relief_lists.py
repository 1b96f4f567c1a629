"""A list of reliefs becomes the facts the page of a contract writes, and a later list corrects it by new ones."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from models.events import Event
from models.loans import Loan, Relief, ReliefCorrection
from models.rates import Backdating
from models.rules.facts import PauseCause, ReliefFact, ReliefKind, ReliefScope
from models.rules.imports import ImportKind, ImportState
from models.rules.refusals import Refused, StaleData
from models.rules.standing import StandingState
from portal.queries.loan_facts import reliefs_in_force
from portal.services import relief_facts
from portal.services.imports import comparing, staging
from tests import books
from tests.more_books import relief, reliefs
from tests.services.test_import_undo import held, undo, whole
from tests.services.test_imports import Desk, desk, roster_desk, state_of

__all__ = ["desk", "roster_desk"]  # fixtures

YEAR = {"起始日": date(2026, 1, 1), "缓还至": date(2027, 12, 20)}


def load(desk: Desk, *rows: dict[str, Any]) -> Any:
    return desk.load(ImportKind.RELIEFS, reliefs(*rows))


def in_force(desk: Desk, number: int) -> list[ReliefFact]:
    with desk.database.reader() as session:
        loan_id = session.scalars(select(Loan.id).where(Loan.contract_no == f"HT{number:06d}")).one()
        return [fact for _, fact in reliefs_in_force(session, [loan_id]).get(loan_id, [])]


def count(desk: Desk, table: type[Any]) -> int:
    return int(desk.one(select(func.count()).select_from(table)))


def test_each_kind_of_relief_is_written_with_its_days(roster_desk: Desk) -> None:
    batch = load(
        roster_desk,
        relief(1, **YEAR),
        relief(2, 类型="免除", 范围="利息", 起始日=date(2026, 1, 1), 截止日=date(2026, 12, 31), 事由="2026年免息"),
        relief(3, 类型="暂停计算", 范围=None, 起始日=date(2026, 11, 20), 暂停原因="争议", 事由=None),
    )
    assert (batch.new, batch.rejected, batch.state) == (3, 0, ImportState.APPLIED)
    assert in_force(roster_desk, 1) == [
        ReliefFact(ReliefKind.DEFERRAL, date(2026, 1, 1), date(2027, 12, 20), ReliefScope.PRINCIPAL)
    ]
    # The list names the last day; ours is the day after it.
    assert in_force(roster_desk, 2) == [
        ReliefFact(ReliefKind.WAIVER, date(2026, 1, 1), date(2027, 1, 1), ReliefScope.INTEREST)
    ]
    assert in_force(roster_desk, 3) == [ReliefFact(ReliefKind.PAUSE, date(2026, 11, 20), None, ReliefScope.ALL)]
    assert roster_desk.one(select(Relief.cause).where(Relief.kind == ReliefKind.PAUSE)) is PauseCause.DISPUTE
    assert roster_desk.one(select(func.count()).select_from(Event).where(Event.tag == "relief:entered")) == 3
    assert roster_desk.one(select(Backdating.effective_on).where(Backdating.subject == f"import/{batch.id}")) == date(
        2026, 1, 1
    )


def test_a_deferral_ends_arrears_and_says_so_before(roster_desk: Desk) -> None:
    roster_desk.load(ImportKind.ARREARS, books.arrears(books.overdue(1), books.overdue(2)))
    batch_id = roster_desk.bring(
        ImportKind.RELIEFS,
        reliefs(relief(1, 类型="免除", 范围="本息", 起始日=date(2024, 1, 1), 截止日=date(2027, 12, 31))),
    )
    assert roster_desk.batch(batch_id).facts["cured"] == 1
    assert state_of(roster_desk, 1) is StandingState.OVERDUE
    roster_desk.confirm(batch_id)
    assert state_of(roster_desk, 1) is not StandingState.OVERDUE
    assert state_of(roster_desk, 2) is StandingState.OVERDUE


def test_a_later_list_corrects_by_a_new_fact(roster_desk: Desk) -> None:
    load(roster_desk, relief(1, **YEAR), relief(2, **YEAR), relief(3, **YEAR))
    longer = YEAR | {"缓还至": date(2028, 12, 20)}
    later = YEAR | {"起始日": date(2026, 3, 1)}
    batch = load(roster_desk, relief(1, **longer), relief(2, **later), relief(3, **YEAR), relief(4, **YEAR))
    assert (batch.new, batch.changed, batch.unchanged) == (1, 2, 1)
    assert [fact.to_on for fact in in_force(roster_desk, 1)] == [date(2028, 12, 20)]
    assert [fact.from_on for fact in in_force(roster_desk, 2)] == [date(2026, 3, 1)]
    assert (count(roster_desk, Relief), count(roster_desk, ReliefCorrection)) == (4, 2)
    assert roster_desk.one(select(Relief.to_on).join(Loan).where(Loan.contract_no == "HT000001")) == YEAR["缓还至"]
    gone = load(roster_desk, relief(4, 是否撤销="是", **YEAR))
    assert gone.changed == 1
    assert in_force(roster_desk, 4) == []
    assert count(roster_desk, Relief) == 4


def test_it_is_taken_back_whole(roster_desk: Desk) -> None:
    load(roster_desk, relief(1, **YEAR))
    before = held(roster_desk)
    batch = load(roster_desk, relief(1, **(YEAR | {"缓还至": date(2028, 12, 20)})), relief(2, **YEAR))
    assert held(roster_desk) != before
    undo(roster_desk, batch.id)
    assert held(roster_desk) == before
    assert whole(roster_desk) == {}


def test_the_same_list_again_changes_nothing(roster_desk: Desk) -> None:
    content = reliefs(relief(1, **YEAR))
    roster_desk.load(ImportKind.RELIEFS, content)
    before = held(roster_desk)
    batch = roster_desk.load(ImportKind.RELIEFS, content)
    assert (batch.new, batch.changed, batch.unchanged) == (0, 0, 1)
    assert batch.facts["applied_before"] is not None
    assert held(roster_desk) == before


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (relief(9, **YEAR), "合同编号", "no contract of this number"),
        (relief(1, **(YEAR | {"类型": "打折"})), "类型", "one of 免除, 缓还, 暂停计算"),
        (relief(1, **(YEAR | {"缓还至": None})), "缓还至", "until which day"),
        (relief(1, **(YEAR | {"缓还至": date(2025, 1, 1)})), "起始日", "end after the day it starts"),
        (relief(1, **(YEAR | {"范围": "罚款"})), "范围", "one of 本息, 本金, 利息"),
        (relief(1, **(YEAR | {"起始日": date(2019, 1, 1)})), "起始日", "before the contract was signed"),
        (relief(1, **YEAR, 身份证号=books.person_id(2)), "身份证号", "another identity number"),
        (relief(1, **YEAR, 是否撤销="是"), "是否撤销", "no such relief"),
        (relief(1, 类型="暂停计算", 范围=None, 起始日=date(2026, 11, 1)), "起始日", "why the count of days is paused"),
        (
            relief(1, 类型="免除", 起始日=date(2026, 3, 1), 截止日=date(2026, 2, 1)),
            "截止日(含当日)",
            "last day lies before",
        ),
    ],
)
def test_a_wrong_line_is_named_and_the_others_go_in(
    roster_desk: Desk, row: dict[str, Any], column: str, words: str
) -> None:
    batch_id = roster_desk.bring(ImportKind.RELIEFS, reliefs(relief(2, **YEAR), row))
    assert [(number, where) for number, where, _ in roster_desk.problems(batch_id)] == [(3, column)]
    assert words in roster_desk.problems(batch_id)[0][2]
    roster_desk.confirm(batch_id)
    assert count(roster_desk, Relief) == 1


def test_one_relief_twice_in_a_list_is_named(roster_desk: Desk) -> None:
    batch_id = roster_desk.bring(
        ImportKind.RELIEFS, reliefs(relief(1, **YEAR), relief(1, **(YEAR | {"缓还至": date(2028, 12, 20)})))
    )
    assert "keep one" in roster_desk.problems(batch_id)[0][2]


def test_a_relief_entered_by_hand_meanwhile_asks_for_a_new_comparison(roster_desk: Desk) -> None:
    batch_id = roster_desk.bring(
        ImportKind.RELIEFS, reliefs(relief(1, 类型="暂停计算", 范围=None, 起始日=date(2026, 11, 1), 暂停原因="争议"))
    )
    with roster_desk.database.write() as session:
        loan = session.scalars(select(Loan).where(Loan.contract_no == "HT000001")).one()
        fact = ReliefFact(ReliefKind.PAUSE, date(2026, 10, 1), None, ReliefScope.ALL)
        relief_facts.enter(session, act=roster_desk.act, loan=loan, fact=fact, cause=PauseCause.DISPUTE, reason="")
    before = held(roster_desk)
    with pytest.raises(StaleData, match="compare it again"):
        roster_desk.confirm(batch_id)
    assert held(roster_desk) == before
    with roster_desk.database.write() as session:
        found = comparing.compare(session, act=roster_desk.act, batch_id=batch_id, data_dir=roster_desk.data_dir)
        staging.put(session, act=roster_desk.act, batch_id=batch_id, found=found)
    assert roster_desk.batch(batch_id).changed == 1


def test_a_list_without_rows_is_refused(roster_desk: Desk) -> None:
    roster_desk.at += timedelta(minutes=1)
    with pytest.raises(Refused, match="no row below"):
        roster_desk.bring(ImportKind.RELIEFS, reliefs())
