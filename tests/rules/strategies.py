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
    Part,
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
NIL = from_fen(0)
maybe_yuan = st.one_of(st.just(NIL), yuan)


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


def as_known(loan: LoanFacts, as_of: date) -> LoanFacts:
    """Return a loan without a list that is still to come, as a query would hand it to the rules."""
    return loan if loan.statement is None or loan.statement.data_on <= as_of else replace(loan, statement=None)


_CROWDED = st.dates(date(2025, 1, 1), date(2025, 3, 31))
_COINS = st.sampled_from([1, 2, 3, 5, 10, 100]).map(from_fen)  # equal amounts meet: exactly paid, exactly ahead


@st.composite
def _busy(draw: st.DrawFn) -> LoanFacts:
    payments = draw(st.lists(st.tuples(_CROWDED, _COINS, st.one_of(st.none(), st.integers(0, 90))), max_size=6))
    breaks = draw(st.lists(st.tuples(_CROWDED, st.one_of(st.none(), st.integers(1, 60))), max_size=3))
    return LoanFacts(
        loan_key=1,
        signed_on=date(2018, 9, 1),
        matures_on=date(2030, 9, 20),
        subsidy_ends_on=draw(st.sampled_from([date(2024, 8, 31), date(2025, 1, 31)])),
        settled_on=draw(st.one_of(st.none(), st.none(), st.none(), _CROWDED)),
        allocation=draw(st.permutations(tuple(Part)).map(tuple)),
        instalments=tuple(
            InstalmentFact(due_on, draw(_COINS), draw(st.one_of(st.just(NIL), _COINS)))
            for due_on in [*draw(st.lists(_CROWDED, max_size=5, unique=True)), date(2025, 7, 1)]  # shows what is ahead
        ),
        repayments=tuple(
            RepaymentFact(day, amount, None if back is None else day + timedelta(days=back))
            for day, amount, back in payments
        ),
        statement=draw(
            st.one_of(
                st.none(),
                st.builds(StatementFact, _CROWDED, st.just(NIL), st.just(NIL), st.just(NIL)),  # not on the list
                st.builds(
                    StatementFact,
                    _CROWDED,
                    st.one_of(st.just(NIL), _COINS),
                    st.one_of(st.just(NIL), _COINS),
                    st.one_of(st.just(NIL), _COINS),
                    st.one_of(st.none(), st.just(date(2024, 12, 20))),
                ),
            )
        ),
        reliefs=tuple(
            ReliefFact(
                draw(st.sampled_from(ReliefKind)),
                from_on,
                None if length is None else from_on + timedelta(days=length),
                draw(st.sampled_from(ReliefScope)),
            )
            for from_on, length in breaks
        ),
        grace_days=draw(st.sampled_from([0, 0, 3])),
    )


@st.composite
def busy_borrowers(draw: st.DrawFn) -> BorrowerFacts:
    """Borrowers to whom everything happens within one quarter: days coincide, amounts match, contracts are alike."""
    many = draw(st.lists(_busy(), min_size=1, max_size=2))
    if draw(st.booleans()):  # the same again, but its clock stopped: two contracts level for a day
        pause = ReliefFact(ReliefKind.PAUSE, draw(_CROWDED))
        alike = replace(many[0], reliefs=(*many[0].reliefs, pause))
        many = draw(st.permutations([alike, *many]))
    return BorrowerFacts(tuple(replace(loan, loan_key=key) for key, loan in enumerate(many)))
