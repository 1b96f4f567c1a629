"""``flask import-list``: the same check and the same transaction as the page, for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.database import Database
from models.loans import Loan
from tests import books
from tests.services.test_imports import fingerprint
from tests.world import World

pytestmark = pytest.mark.usefixtures("time_is")


@pytest.fixture
def good(tmp_path: Path, world: World) -> Path:
    village = world.villages["东湾"]
    township = next(one for one in world.townships.values() if one.id == village.township_id)
    place = {"乡镇": township.name, "村": village.name}
    path = tmp_path / "roster.xlsx"
    path.write_bytes(books.roster(books.contract(1, **place), books.contract(2, **(place | {"村": "没有村"}))))
    return path


def run(app: Flask, *words: str, typed: str = "") -> tuple[int, dict[str, Any]]:
    result = app.test_cli_runner().invoke(args=["import-list", *words], input=typed)
    return result.exit_code, json.loads(result.stdout)


def test_a_dry_run_says_everything_and_changes_nothing(app: Flask, database: Database, good: Path) -> None:
    before = fingerprint(database)
    code, found = run(app, str(good), "--kind", "roster", "--dry-run")
    assert code == 0
    assert {name: found[name] for name in ("rows", "new", "changed", "unchanged", "rejected", "applied")} == {
        "rows": 2, "new": 1, "changed": 0, "unchanged": 0, "rejected": 1, "applied": False,
    }  # fmt: skip
    assert [(one["row"], one["column"], one["value"]) for one in found["rejected_rows"]] == [(3, "村", "没有村")]
    assert "There is no village" in found["rejected_rows"][0]["reason"]
    assert fingerprint(database) == before


def test_yes_applies_the_good_rows(app: Flask, database: Database, good: Path) -> None:
    code, found = run(app, str(good), "--kind", "roster", "--yes")
    assert (code, found["applied"]) == (0, True)
    with database.reader() as session:
        assert session.scalars(select(func.count()).select_from(Loan).where(Loan.contract_no == "HT000001")).one() == 1


def test_without_yes_it_asks(app: Flask, database: Database, good: Path) -> None:
    code, found = run(app, str(good), "--kind", "roster", typed="n\n")
    assert (code, found["applied"]) == (0, False)
    with database.reader() as session:
        assert session.scalars(select(func.count()).select_from(Loan).where(Loan.contract_no == "HT000001")).one() == 0
    code, found = run(app, str(good), "--kind", "roster", typed="y\n")
    assert (code, found["applied"]) == (0, True)


def test_a_list_refused_as_a_whole_ends_with_1(app: Flask, database: Database, tmp_path: Path) -> None:
    path = tmp_path / "letter.xlsx"
    path.write_bytes(b"a letter")
    before = fingerprint(database)
    code, found = run(app, str(path), "--kind", "arrears", "--yes")
    assert code == 1
    assert "not a spreadsheet" in found["refused"]
    assert fingerprint(database) == before


def test_a_list_without_most_of_the_one_before_needs_their_number(
    app: Flask, database: Database, world: World, tmp_path: Path
) -> None:
    place = {"乡镇": "山前镇", "村": world.villages["东湾"].name}
    roster, whole, other = tmp_path / "roster.xlsx", tmp_path / "whole.xlsx", tmp_path / "other.xlsx"
    roster.write_bytes(books.roster(books.contract(1, **place), books.contract(2, **place)))
    run(app, str(roster), "--kind", "roster", "--yes")
    whole.write_bytes(books.arrears(books.overdue(1, 数据日期="2026-11-05")))
    other.write_bytes(books.arrears(books.overdue(2, 数据日期="2026-11-10")))
    assert run(app, str(whole), "--kind", "arrears", "--yes")[0] == 0
    before = fingerprint(database)
    words = (str(other), "--kind", "arrears", "--yes")
    code, found = run(app, *words)
    assert code == 1
    assert "1 of the 1 contracts of the list before are not on this one" in found["refused"]
    assert run(app, *words, "--gone", "2")[0] == 1
    assert fingerprint(database) == before
    code, found = run(app, *words, "--gone", "1")
    assert (code, found["applied"], found["vanished"]) == (0, True, 1)
