"""Random histories of loans, for the laws of the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from models.rules.money import from_fen
from models.rules.standing import (
    BorrowerFacts,
    InstalmentFact,
    LoanFacts,
    ReliefFact,
    ReliefKind,
    ReliefScope,
    RepaymentFact,
    StatementFact,
)

START = date(2024, 1, 1)
END = date(2027, 12, 31)
days = st.dates(START, END)
fen = st.integers(1, 500_000)
yuan = fen.map(from_fen)
maybe_yuan = st.one_of(st.just(from_fen(0)), yuan)


def spans(earliest: date = START, latest: date = END) -> st.SearchStrategy[tuple[date, date | None]]:
    return st.tuples(st.dates(earliest, latest), st.one_of(st.none(), st.integers(1, 400))).map(
        lambda pair: (pair[0], None if pair[1] is None else pair[0] + timedelta(days=pair[1]))
    )


@st.composite
def reliefs(draw: st.DrawFn) -> ReliefFact:
    from_on, to_on = draw(spans())
    return ReliefFact(draw(st.sampled_from(ReliefKind)), from_on, to_on, draw(st.sampled_from(ReliefScope)))


@st.composite
def repayments(draw: st.DrawFn) -> RepaymentFact:
    paid_on = draw(days)
    reversed_on = draw(st.one_of(st.none(), st.none(), st.integers(1, 300)))
    return RepaymentFact(paid_on, draw(yuan), None if reversed_on is None else paid_on + timedelta(days=reversed_on))


@st.composite
def statements(draw: st.DrawFn) -> StatementFact:
    return StatementFact(
        draw(days),
        draw(maybe_yuan),
        draw(maybe_yuan),
        draw(maybe_yuan),
        draw(st.one_of(st.none(), st.just(date(2023, 12, 20)))),
    )


@st.composite
def loans(
    draw: st.DrawFn,
    key: int = 1,
    *,
    with_payments: bool = True,
    with_reliefs: bool = True,
    with_statement: bool = True,
) -> LoanFacts:
    signed_on = date(2018, 9, 1)
    subsidy_ends_on = draw(st.sampled_from([date(2023, 8, 31), date(2024, 8, 31), date(2025, 8, 31)]))
    return LoanFacts(
        loan_key=key,
        signed_on=signed_on,
        matures_on=date(2030, 9, 20),
        subsidy_ends_on=subsidy_ends_on,
        settled_on=draw(st.one_of(st.none(), st.none(), st.none(), days)) if with_payments else None,
        rate_pct=Decimal("2.80"),
        instalments=tuple(
            InstalmentFact(due_on, draw(maybe_yuan), draw(maybe_yuan))
            for due_on in draw(st.lists(days, max_size=5, unique=True))
        ),
        repayments=tuple(draw(st.lists(repayments(), max_size=4))) if with_payments else (),
        statement=draw(st.one_of(st.none(), statements())) if with_statement else None,
        reliefs=tuple(draw(st.lists(reliefs(), max_size=3))) if with_reliefs else (),
        grace_days=draw(st.sampled_from([0, 0, 3])),
    )


def borrowers(**kwargs: Any) -> st.SearchStrategy[BorrowerFacts]:
    return st.lists(loans(**kwargs), max_size=3).map(
        lambda many: BorrowerFacts(tuple(replace(loan, loan_key=key) for key, loan in enumerate(many)))
    )
