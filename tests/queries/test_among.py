"""One of some ids or words, beside other conditions: the same rows as an IN list, sought in the index."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.dialects import sqlite

from models.database import Database
from models.loans import Instalment, Loan
from portal.queries.among import among
from tests.world import World


def test_it_finds_what_an_in_list_finds(database: Database, world: World) -> None:
    ids = [loan.id for loan in world.loans.values()][:3]
    with database.reader() as session:
        numbers = session.scalars(select(Loan.contract_no).where(Loan.id.in_(ids))).all()
        for one, other in (
            (among(Loan.id, ids), Loan.id.in_(ids)),
            (among(Loan.contract_no, numbers), Loan.contract_no.in_(numbers)),
            (~among(Loan.id, ids), Loan.id.not_in(ids)),
            (or_(Loan.id < 0, among(Loan.id, ids)), Loan.id.in_(ids)),
            (among(Loan.id, []), Loan.id.in_([])),
        ):
            found = session.scalars(select(Loan.id).where(Loan.lender_id > 0, one).order_by(Loan.id)).all()
            assert found == session.scalars(select(Loan.id).where(other).order_by(Loan.id)).all()


def test_beside_another_condition_it_is_sought_in_the_index() -> None:
    """``(… IN …) = 1`` would be looked at row by row."""
    query = select(Instalment.plan_id).where(Instalment.due_on.is_not(None), among(Instalment.plan_id, [1, 2]))
    written = str(query.compile(dialect=sqlite.dialect()))
    assert "json_each" in written
    assert "= 1" not in written
