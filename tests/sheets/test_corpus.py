"""Every ugly file becomes what it should: its rows taken, or named by row and column; or one sentence refuses it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.crypto import KeyRing, use_keys
from models.database import Database
from models.imports import ImportRow
from models.rules.imports import ImportKind, RowOutcome
from models.rules.refusals import Refused
from portal.services.imports import layouts, staging
from portal.sheets import reading
from tests import books
from tests.services.test_imports import ACT, Desk
from tests.sheets.corpus import Case, arrears, cases, payments
from tests.sheets.writers import Cell, Grid, text
from tests.staged import rows_of

IS_THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
CASES = list(cases(is_thorough=IS_THOROUGH))


@pytest.fixture(scope="module")
def held(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A district with five contracts; no case changes it."""
    use_keys(KeyRing(values=b"v" * 32, index=b"i" * 32))
    folder = tmp_path_factory.mktemp("corpus")
    shutil.copy(sqlite_template, folder / "corpus.sqlite3")
    database = Database(f"sqlite:///{folder / 'corpus.sqlite3'}")
    desk = Desk(database, folder)
    desk.load(ImportKind.ORGANISATION, books.organisation())
    desk.load(ImportKind.ROSTER, books.roster(*(books.contract(number) for number in range(1, 6))))
    yield desk
    database.engine.dispose()


def staged(desk: Desk, case: Case) -> list[ImportRow]:
    """Read, check and put down a file as an import does, then take it back."""
    with desk.database.writer() as session:
        try:
            batch = staging.receive(
                session,
                act=ACT,
                kind=case.kind,
                file_name=case.file_name,
                content=case.content,
                data_dir=desk.data_dir,
            )
            return rows_of(session, batch.id)
        finally:
            session.rollback()


def test_there_are_enough_files() -> None:
    assert len(CASES) >= 120
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_file_becomes_what_it_should(held: Desk, case: Case) -> None:
    if case.refusal:
        with pytest.raises(Refused) as refusal:
            staged(held, case)
        assert case.refusal in str(refusal.value)
        return
    rows = staged(held, case)
    taken = tuple(row.row_number for row in rows if row.outcome is not RowOutcome.REJECTED)
    wrong = {row.row_number: row.problems for row in rows if row.outcome is RowOutcome.REJECTED}
    assert taken == case.taken, wrong
    assert set(wrong) == set(case.wrong)
    for number, (column, words) in case.wrong.items():
        named = [(one["column"], one["reason"] % one["values"]) for one in wrong[number] if one["fatal"]]
        assert any(one[0] == column and words in one[1] for one in named), named


FOUND = [case for case in CASES if not case.is_told and "quotation" not in case.refusal][:: 1 if IS_THOROUGH else 4]


@pytest.mark.parametrize("case", FOUND, ids=[case.name for case in FOUND])
def test_its_kind_is_found(held: Desk, case: Case) -> None:
    with held.database.reader() as session:
        found = layouts.plan(session, sheets=reading.look(case.content), file_name=case.file_name).guess
    assert found.kind is case.kind


def test_a_total_that_is_not_the_sum_is_named_by_row_and_column(held: Desk) -> None:
    def facts(total: list[Cell], grid: Grid, kind: ImportKind) -> list[dict[str, str]]:
        page = ["本页小计", *total[1:]]
        content = text(replace(grid, rows=[*grid.rows[:3], page, *grid.rows[3:], total]))
        with held.database.writer() as session:
            batch = staging.receive(
                session, act=ACT, kind=kind, file_name="a.csv", content=content, data_dir=held.data_dir
            )
            session.rollback()
            return list(batch.facts["totals"])

    right: list[Cell] = ["合计", None, None, None, 0, "672.00元", 0, 672]
    assert facts(right, arrears(), ImportKind.ARREARS) == []
    assert facts([*right[:5], 673, *right[6:]], arrears(), ImportKind.ARREARS) == [
        {"column": "逾期利息", "row": "6", "written": "673", "sum": "672.00"}
    ]
    assert facts(["合计", None, 361], payments(), ImportKind.REPAYMENTS) == [
        {"column": "还款金额", "row": "6", "written": "361", "sum": "361.50"}
    ]
