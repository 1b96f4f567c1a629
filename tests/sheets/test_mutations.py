"""Files damaged at random: read or refused with a sentence, never a fault; every row of what is read taken or named."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.imports import ImportRow
from models.rules.imports import ImportKind, RowOutcome
from models.rules.refusals import Refused
from portal.services.imports import staging
from portal.sheets import guessing, reading
from tests.services.test_imports import ACT, Desk
from tests.sheets.corpus import arrears, payments, roster
from tests.sheets.test_corpus import IS_THOROUGH, held
from tests.sheets.writers import WRITERS, Grid, text, xlsx

__all__ = ["held"]

FILES = {form: write(arrears(1, 2, 3, 4, 5)) for form, (_, write) in WRITERS.items()}
RELAXED = settings(
    max_examples=400 if IS_THOROUGH else 20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
_SECONDS = 60

UGLY = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.floats(allow_nan=False, allow_infinity=False, width=64),
    st.integers(-(10**12), 10**12),
    st.dates(),
    st.sampled_from(
        [
            "=1+1", "@SUM(A1)", "+86 138", "-", "——", "合计", "小计：", "制表人：", "合同编号", "#REF!", "9.9E+17", "0", "00000",
            "1e400", "1,2,3", "，", "\ufffd", "\ufeff", "𠮷", "a" * 40_000, "2026-02-30", "20261399", "2026年", "99999", "1234.567",
            "'610102199901011234", "<script>", "%s %(x)s", "{0}", "\\", '"', "\x00\x01\x1f\x1e", "\u202e", "NaN", "inf", "True",
        ]
    ),
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return a good file cut, flipped, doubled or mixed with another."""
    content = bytearray(FILES[draw(st.sampled_from(sorted(FILES)))])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        match draw(st.sampled_from(["flip", "cut", "drop", "double", "zero", "insert", "graft"])):
            case "flip" if content:
                content[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del content[at:]
            case "drop":
                del content[at : at + draw(st.integers(1, 200))]
            case "double":
                content[at:at] = content[at : at + draw(st.integers(1, 500))]
            case "zero":
                content[at : at + 20] = bytes(20)
            case "insert":
                content[at:at] = draw(st.binary(max_size=50))
            case _:
                content[at:] = FILES[draw(st.sampled_from(sorted(FILES)))][at:]
    return bytes(content)


@RELAXED
@given(damaged())
def test_a_damaged_file_is_read_or_refused(content: bytes) -> None:
    started = time.monotonic()
    try:
        sheets = reading.read(content)
    except Refused:
        pass  # a sentence is what is wanted
    else:
        for sheet in sheets:
            assert len(sheet.rows) == len(list(sheet.rows))
        guessing.guess(sheets)
    assert time.monotonic() - started < _SECONDS


@RELAXED
@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(Refused):
        guessing.guess(reading.read(content))


@pytest.mark.parametrize(
    ("kind", "grid"),
    [(ImportKind.ARREARS, arrears()), (ImportKind.REPAYMENTS, payments()), (ImportKind.ROSTER, roster())],
    ids=["arrears", "repayments", "roster"],
)
@RELAXED
@given(data=st.data())
def test_every_row_of_ugly_cells_is_taken_or_named(held: Desk, kind: ImportKind, grid: Grid, data: Any) -> None:
    rows = [list(row) for row in grid.rows]
    for _ in range(data.draw(st.integers(1, 6))):
        row = data.draw(st.integers(1, len(rows) - 1))
        rows[row][data.draw(st.integers(0, len(rows[0]) - 1))] = data.draw(UGLY)
    ugly = replace(grid, rows=rows)
    is_book = data.draw(st.booleans())
    content = xlsx(_writable(ugly)) if is_book else text(ugly, "utf-8")
    with held.database.writer() as session:
        try:
            batch = staging.receive(session, act=ACT, kind=kind, file_name="a", content=content, data_dir=held.data_dir)
            staged = session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id)).all()
            assert batch.rows == len(staged)
            for one in staged:
                fatal = [problem for problem in one.problems if problem["fatal"]]
                assert bool(fatal) == (one.outcome is RowOutcome.REJECTED)
                assert all(problem["column"] and problem["reason"] for problem in fatal)
        except Refused:
            pass  # of the whole list
        finally:
            session.rollback()


def _writable(grid: Grid) -> Grid:
    """A workbook holds no control characters, no days before 1900 and no cell of more than 32,767 characters."""
    return replace(
        grid,
        rows=[
            [
                "".join(one for one in cell if one >= " ")[:32_000]
                if isinstance(cell, str)
                else None
                if hasattr(cell, "year") and cell.year < 1901
                else cell
                for cell in row
            ]
            for row in grid.rows
        ],
    )
