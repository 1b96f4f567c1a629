"""Plans are kept once, never changed, and survive the way from plans of single contracts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models import schema
from models.database import Database
from models.loans import Instalment, Loan, RatePeriod, RepaymentPlan
from models.rules.facts import InstalmentFact
from models.rules.repayment_plans import PlanContent
from portal.queries.repayment_plans import contents
from portal.services import fsck, repayment_plans
from tests.plans import instalments_of, plan_of, rates_of
from tests.world import World

ONE = PlanContent(
    (InstalmentFact(date(2027, 12, 20), Decimal(1000), Decimal("27.35")),), ((date(2026, 12, 21), Decimal("2.8000")),)
)
OTHER = PlanContent((InstalmentFact(date(2027, 12, 20), Decimal(1000), Decimal("27.36")),), ONE.rates)


def test_each_plan_is_kept_once(database: Database) -> None:
    with database.write() as session:
        (first, empty) = repayment_plans.keep(session, [ONE, PlanContent()])
        (other, again, equal) = repayment_plans.keep(session, [OTHER, ONE, replace(ONE)])
        assert empty is None
        assert first == again == equal != other
        assert contents(session, [first, other, None]) == {first: ONE, other: OTHER, None: PlanContent()}
        counted = [
            session.scalar(select(func.count()).select_from(one)) for one in (RepaymentPlan, Instalment, RatePeriod)
        ]
        assert counted == [2, 2, 2]


def test_more_plans_than_one_statement_takes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repayment_plans, "_AT_A_TIME", 7)
    plans = [PlanContent((InstalmentFact(date(2027, 12, 20), Decimal(number), Decimal(0)),)) for number in range(40)]
    with database.write() as session:
        ids = repayment_plans.keep(session, plans)
        assert dict(zip(ids, plans, strict=True)) == {
            plan_id: content for plan_id, content in contents(session, ids).items() if plan_id
        }


def test_two_who_keep_the_same_plan_get_the_same(database: Database) -> None:
    both = Barrier(2)

    def keep(_: int) -> int | None:
        if database.is_sqlite:  # one writes at a time there
            with database.write() as session:
                return repayment_plans.keep_one(session, ONE)
        with database.write() as session:
            assert session.scalars(select(RepaymentPlan.id)).all() == []
            both.wait(10)
            return repayment_plans.keep_one(session, ONE)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(keep, range(2))
    assert first == second
    with database.reader() as session:
        assert contents(session, [first])[first] == ONE


@pytest.mark.parametrize("table", ["repayment_plans", "instalments", "rate_periods"])
def test_a_plan_is_never_changed(database: Database, table: str) -> None:
    with database.write() as session:
        repayment_plans.keep_one(session, ONE)
    with pytest.raises(DBAPIError, match="never changed"), database.write() as session:
        session.execute(text(f"UPDATE {table} SET {'id = id' if table == 'repayment_plans' else 'plan_id = plan_id'}"))


def _of_contracts(session: Session, of: Callable[[int], Any]) -> dict[int, list[tuple[Any, ...]]]:
    return {
        loan_id: [tuple(row) for row in session.execute(of(loan_id))]
        for loan_id in session.scalars(select(Loan.id)).all()
    }


def test_plans_of_single_contracts_become_shared_ones_and_back(database: Database, world: World) -> None:
    with database.write() as session:
        session.get_one(Loan, world.loans["current/1"].id).plan_id = plan_of(
            session, [(date(2027, 12, 20), "800.10", "22.40")], [(date(2025, 12, 21), Decimal("3.5"))]
        )
        session.get_one(Loan, world.loans["settled/1"].id).plan_id = None
    with database.reader() as session:
        before = _of_contracts(session, instalments_of), _of_contracts(session, rates_of)
        kept = session.execute(select(RepaymentPlan.signature, RepaymentPlan.id)).all()
    schema.go_back(database, "0015")
    with database.reader() as session:
        lines = session.connection().execute(text("SELECT count(*) FROM instalments")).scalar_one()
        assert lines == sum(map(len, before[0].values()))
    schema.migrate(database)
    with database.reader() as session:
        assert (_of_contracts(session, instalments_of), _of_contracts(session, rates_of)) == before
        found = set(session.scalars(select(RepaymentPlan.signature)))
        assert found <= {signature for signature, _ in kept}  # those that no contract has are gone
        assert len(found) == len(set(session.scalars(select(Loan.plan_id).where(Loan.plan_id.is_not(None)))))
        assert fsck.check(session, world.at.date())["plans"] == []
    with database.write() as session:
        assert repayment_plans.keep_one(session, ONE) not in set(session.scalars(select(Loan.plan_id)))
