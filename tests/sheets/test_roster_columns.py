"""A roster read by its columns comes out as one that is read cell by cell, wrong rows and all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.imports import ImportRow
from models.rules.imports import ImportKind, RowOutcome
from models.rules.refusals import Refused
from portal.services.imports import roster_reading
from portal.services.imports.roster_columns import ODD, Columns, cut, text
from portal.sheets.tables import Shape, TableRow
from tests.services.test_imports import Desk
from tests.sheets.corpus import Case, roster
from tests.sheets.test_corpus import CASES, held, staged
from tests.sheets.test_mutations import RELAXED, UGLY
from tests.sheets.writers import text as as_text
from tests.sheets.writers import xlsx

__all__ = ["held"]

_COLUMNS = tuple(name for name in ImportRow.__table__.columns.keys() if name not in {"id", "batch_id"})  # noqa: SIM118  # a collection of columns


def _said(desk: Desk, case: Case) -> list[tuple[Any, ...]] | str:
    try:
        return [tuple(getattr(row, name) for name in _COLUMNS) for row in staged(desk, case)]
    except Refused as refusal:
        return str(refusal)


def _cell_by_cell(desk: Desk, case: Case) -> list[tuple[Any, ...]] | str:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Columns, "read", lambda _, rows: [None] * len(rows))
        return _said(desk, case)


@pytest.mark.parametrize("case", [one for one in CASES if one.kind is ImportKind.ROSTER], ids=lambda case: case.name)
def test_the_corpus_comes_out_the_same(held: Desk, case: Case) -> None:
    assert _said(held, case) == _cell_by_cell(held, case)


@RELAXED
@given(data=st.data())
def test_ugly_cells_come_out_the_same(held: Desk, data: Any) -> None:
    grid = roster(*range(1, 9))
    rows = [list(row) for row in grid.rows]
    for _ in range(data.draw(st.integers(1, 8))):
        row, place = data.draw(st.integers(1, len(rows) - 1)), data.draw(st.integers(0, len(rows[0]) - 1))
        other = rows[data.draw(st.integers(1, len(rows) - 1))]
        rows[row][place] = data.draw(st.one_of(UGLY, st.sampled_from([*rows[row], other[place]])))
    ugly = replace(grid, rows=rows)
    is_book = data.draw(st.booleans())
    content = xlsx(ugly) if is_book else as_text(ugly, "utf-8", ",")
    case = Case("ugly", ImportKind.ROSTER, "roster.xlsx" if is_book else "roster.csv", content)
    assert _said(held, case) == _cell_by_cell(held, case)


def test_a_good_roster_needs_no_second_look(held: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """But its first row, at which lender and village are looked up."""
    closely: list[int] = []
    look = roster_reading.Reader._row

    def noted(self: roster_reading.Reader, check: Any) -> Any:
        closely.append(check.row.number)
        return look(self, check)

    monkeypatch.setattr(roster_reading.Reader, "_row", noted)
    grid = roster(*range(11, 31))
    rows = staged(held, Case("good", ImportKind.ROSTER, "roster.xlsx", xlsx(grid)))
    villages = {tuple(row[grid.rows[0].index(name)] for name in ("乡镇", "村")) for row in grid.rows[1:]}
    assert all(row.outcome is not RowOutcome.REJECTED for row in rows)
    assert len(closely) == len(villages) < len(rows)


def test_cells_that_are_equal_to_a_dictionary_are_kept_apart() -> None:
    shape = Shape(("a", "b"), {"a": 0, "b": 1}, numbers=frozenset({"b"}))
    cells = [1, 1.0, True, "1", 0.0, -0.0, None, "", "1"]
    columns = Columns(shape, {"a": text, "b": cut(5), "c": cut(5)})
    found = columns.read([TableRow(at, shape, (cell, "１" if at == 1 else "x")) for at, cell in enumerate(cells)])
    assert [line and line[0] for line in found] == ["1", None, "TRUE", "1", None, None, "", "", "1"]
    assert columns.read([TableRow(1, shape, ())]) == [("", "", "")]
    assert text(0.0) is ODD
