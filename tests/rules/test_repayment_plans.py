"""A plan's signature: the same for the same lines however they come, another for any other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from models.rules.facts import InstalmentFact
from models.rules.repayment_plans import PlanContent

_DAYS = st.dates(date(2015, 1, 1), date(2045, 12, 31))
_YUAN = st.decimals(0, 100_000, places=2)
_LINES = st.lists(st.builds(InstalmentFact, _DAYS, _YUAN, _YUAN), max_size=20, unique_by=lambda one: one.due_on)
_RATES = st.lists(st.tuples(_DAYS, st.decimals(0, 20, places=4)), max_size=6, unique_by=lambda one: one[0])


@given(_LINES, _RATES, st.randoms(use_true_random=False))
def test_the_same_lines_have_the_same_signature(lines: list, rates: list, chance: object) -> None:
    plan = PlanContent.of(lines, rates)
    chance.shuffle(lines)
    chance.shuffle(rates)
    written_otherwise = [replace(one, principal=one.principal.normalize()) for one in lines]
    again = PlanContent.of(written_otherwise, [(on, rate.normalize()) for on, rate in rates])
    assert (again, hash(again), again.signature) == (plan, hash(plan), plan.signature)


@given(_LINES, _RATES, st.data())
def test_any_other_line_has_another_signature(lines: list, rates: list, data: st.DataObject) -> None:
    plan = PlanContent.of(lines, rates)
    others = [PlanContent.of(lines[1:], rates)] if lines else []
    others += [PlanContent.of(lines, rates[1:])] if rates else []
    if lines:
        place = data.draw(st.integers(0, len(plan.instalments) - 1))
        one = plan.instalments[place]
        fen = Decimal("0.01")
        for changed in (
            replace(one, principal=one.principal + fen),
            replace(one, interest=one.interest + fen),
            replace(one, principal=one.principal + fen, interest=one.interest - fen),
            replace(one, due_on=one.due_on + timedelta(days=20_000)),
        ):
            others.append(PlanContent.of([*plan.instalments[:place], changed, *plan.instalments[place + 1 :]], rates))
    if rates:
        (on, rate), *rest = rates
        others.append(PlanContent.of(lines, [(on, rate + Decimal("0.0001")), *rest]))
    assert plan.signature not in {one.signature for one in others}


def test_a_plan_that_says_nothing_is_none() -> None:
    assert PlanContent().is_empty
    assert not PlanContent(rates=((date(2025, 12, 21), Decimal("2.8")),)).is_empty
