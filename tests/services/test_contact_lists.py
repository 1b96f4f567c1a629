"""Contact details of a list are added beside what is known; what a member found out stays and is tried first."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from models.borrowers import Borrower, ContactPoint, contact_index, contact_last_four_index
from models.events import Event
from models.imports import ImportRow
from models.loans import Loan
from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.contact_confidence import Confidence
from models.rules.imports import ImportKind
from models.rules.refusals import Refused
from portal.queries.contact_points import points
from tests import books
from tests.more_books import contacts
from tests.services.test_import_undo import held, touch, undo, whole
from tests.services.test_imports import Desk, desk, roster_desk

__all__ = ["desk", "roster_desk"]  # fixtures

NAME = "赵测试"


def row(number: int, **other: Any) -> dict[str, Any]:
    return {"身份证号": books.person_id(number), "借款学生姓名": NAME} | other


def load(desk: Desk, *rows: dict[str, Any]) -> Any:
    return desk.load(ImportKind.CONTACTS, contacts(*rows))


def shown(desk: Desk, number: int) -> list[tuple[str, ContactSource, Confidence]]:
    with desk.database.reader() as session:
        borrower_id = session.scalars(select(Loan.borrower_id).where(Loan.contract_no == f"HT{number:06d}")).one()
        return [(one.masked, one.source, one.confidence) for one in points(session, borrower_id)]


def write_down(desk: Desk, number: int, phone: str, **other: Any) -> None:
    """Let a member have written a number down."""
    with desk.database.write() as session:
        borrower_id = session.scalars(select(Loan.borrower_id).where(Loan.contract_no == f"HT{number:06d}")).one()
        session.add(
            ContactPoint(
                borrower_id=borrower_id, owner=ContactOwner.BORROWER, kind=ContactKind.PHONE, value=phone,
                value_index=contact_index(ContactKind.PHONE, phone),
                last_four_index=contact_last_four_index(phone[-4:]), masked=f"{phone[:3]}****{phone[-4:]}",
                source=ContactSource.MEMBER, added_on=date(2026, 10, 1), **other,
            )
        )  # fmt: skip


def notes(desk: Desk, batch_id: int) -> list[str]:
    with desk.database.reader() as session:
        rows = session.scalars(
            select(ImportRow.problems).where(ImportRow.batch_id == batch_id).order_by(ImportRow.row_number)
        ).all()
    return [one["reason"] % one["values"] for problems in rows for one in problems]


def test_numbers_and_addresses_are_added_with_their_source(roster_desk: Desk) -> None:
    batch = load(
        roster_desk,
        row(1, 联系电话="13700000001、13700000002", 联系地址="东河镇柳湾村三组8号", 来源="学校", 联系方式属于="家长"),
        {
            "合同编号": "HT000002",
            "借款学生姓名": NAME,
            "微信": "zhao_ceshi",
            "QQ": "1234567",
            "邮箱": "zhao@example.com",
        },
    )
    assert (batch.changed, batch.rejected, batch.facts["added"]) == (2, 0, 6)
    assert [source for _, source, _ in shown(roster_desk, 1)] == [ContactSource.SCHOOL_FILE] * 3 + [ContactSource.BANK]
    owners = select(ContactPoint.owner).where(ContactPoint.source == ContactSource.SCHOOL_FILE).distinct()
    assert roster_desk.one(owners) is ContactOwner.RELATIVE
    kinds = select(func.count(ContactPoint.kind.distinct())).join(Borrower).join(Loan)
    assert roster_desk.one(kinds.where(Loan.contract_no == "HT000002")) == 4
    assert roster_desk.one(select(func.count()).select_from(Event).where(Event.tag == "contact_point:added")) == 6


def test_what_a_member_verified_stays_and_comes_first(roster_desk: Desk) -> None:
    write_down(roster_desk, 1, "13600000001", last_worked_on=date(2026, 11, 1))
    batch = load(roster_desk, row(1, 联系电话="13700000001"))
    assert shown(roster_desk, 1)[0] == ("136****0001", ContactSource.MEMBER, Confidence.WORKS)
    assert ("137****0001", ContactSource.BANK, Confidence.UNTRIED) in shown(roster_desk, 1)
    assert "136****0001 worked on 2026-11-01: it is kept and tried first." in notes(roster_desk, batch.id)


def test_a_number_found_wrong_is_not_taken_up_again(roster_desk: Desk) -> None:
    write_down(roster_desk, 1, "13600000001", ended_on=date(2026, 11, 2), ended_reason="wrong person")
    batch = load(roster_desk, row(1, 联系电话="13600000001"))
    assert (batch.unchanged, batch.facts["added"]) == (1, 0)
    assert ("136****0001", ContactSource.MEMBER, Confidence.ENDED) in shown(roster_desk, 1)
    assert "2026-11-02: it is not taken up again" in notes(roster_desk, batch.id)[0]


def test_a_number_of_two_people_is_noticed(roster_desk: Desk) -> None:
    batch = load(roster_desk, row(1, 联系电话="13700000001"), row(2, 联系电话="13700000001"))
    assert batch.facts["added"] == 2
    assert [note for note in notes(roster_desk, batch.id) if "somebody else in row 3" in note]


def test_it_is_taken_back_until_somebody_acts(roster_desk: Desk) -> None:
    before = held(roster_desk)
    batch = load(roster_desk, row(1, 联系电话="13700000001"))
    undo(roster_desk, batch.id)
    assert held(roster_desk) == before
    assert whole(roster_desk) == {}
    batch = load(roster_desk, row(1, 联系电话="13700000001"))
    touch(roster_desk, 1)
    with pytest.raises(Refused, match="already acted"):
        undo(roster_desk, batch.id)


@pytest.mark.parametrize(
    ("wrong", "column", "words"),
    [
        (row(9, 联系电话="13700000001"), "身份证号", "no borrower of this identity number"),
        ({"借款学生姓名": NAME, "联系电话": "13700000001"}, "身份证号", "a name is not enough"),
        (row(1, 联系电话="12345"), "联系电话", "has 11 digits"),
        (row(1), "联系电话", "no number and no address"),
        (row(1, 联系电话="13700000001") | {"借款学生姓名": "钱别人"}, "借款学生姓名", "another name"),
        (row(1, 联系电话="13700000001", 合同编号="HT000002"), "身份证号", "another identity number"),
        (row(1, 联系电话="13700000001", 来源="道听途说"), "来源", "Write one of 银行、学校、村"),
        (row(1, 邮箱="nothing"), "邮箱", "holds an @"),
    ],
)
def test_a_wrong_row_is_named(roster_desk: Desk, wrong: dict[str, Any], column: str, words: str) -> None:
    batch_id = roster_desk.bring(ImportKind.CONTACTS, contacts(row(2, 联系电话="13700000002"), wrong))
    assert [(number, where) for number, where, _ in roster_desk.problems(batch_id)] == [(3, column)]
    assert words in roster_desk.problems(batch_id)[0][2]
    assert roster_desk.batch(batch_id).changed == 1
