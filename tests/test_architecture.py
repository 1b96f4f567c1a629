"""The house keeps its own rules: each test reads the code and names the place that breaks one."""

from __future__ import annotations

import ast
import re
from enum import StrEnum
from pathlib import Path

import pytest
from sqlalchemy import Enum

from models.rules.workflows import WORKFLOWS
from models.tables import METADATA
from portal.cli.readme import FILES, draw
from portal.wordlists.events import EVENT_WORDS
from portal.words import WORDS

ROOT = Path(__file__).parent.parent
CODE = sorted(path for package in ("portal", "models", "notices") for path in (ROOT / package).rglob("*.py"))
PAGES = sorted((ROOT / "templates").rglob("*.html"))


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _calls(tree: ast.AST) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_code_keeps_the_rules(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    calls = _calls(ast.parse(text))
    if _name(path) != "models/database.py":
        assert not [call for call in calls if call.endswith(".commit")], "only transaction() commits"
    if _name(path) != "portal/current.py":
        clocks = {"date.today", "datetime.now", "datetime.utcnow", "time.time"}
        assert not calls & clocks, "only portal.current reads the clock"
    assert not calls & {"eval", "exec", "pickle.loads", "os.system", "Markup", "yaml.load"}
    assert "shell=True" not in text
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_nothing_is_imported_inside_a_function(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = [
        ast.unparse(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


@pytest.mark.parametrize("path", [path for path in CODE if path.name == "__init__.py"], ids=_name)
def test_importing_a_package_imports_nothing(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [type(node) for node in tree.body] == [ast.Expr], "a docstring only"


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_pages_hold_nothing_inline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "|safe" not in text.replace(" ", "")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "no inline script"
    if "paper" not in path.parts:
        assert not re.search(r"\sstyle=\"|<style|\son[a-z]+=\"", text), "no inline style or handler"
        assert not re.search(r">[^<{]*[\u4e00-\u9fff]", text), "Chinese belongs into the catalogue"


def test_only_scope_opens_the_door_to_borrowers() -> None:
    """No view and no form loads a borrower by itself."""
    for folder in ("views", "forms"):
        for path in (ROOT / "portal" / folder).glob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"\bselect\(|\.get\(Borrower|session\.get", text), _name(path)


def test_every_stored_code_has_a_word() -> None:
    stored = {
        column.type.enum_class
        for table in METADATA.tables.values()
        for column in table.columns
        if isinstance(column.type, Enum) and column.type.enum_class is not None
    }
    missing = {kind.__name__: set(kind) - set(WORDS.get(kind, {})) for kind in stored if issubclass(kind, StrEnum)}
    # How interest is counted and what a relief covers are the lender's terms; pages print the contract's own words.
    missing.pop("DayCount", None)
    assert {name: codes for name, codes in missing.items() if codes} == {}


@pytest.mark.parametrize("name", FILES)
def test_readme_is_drawn_from_the_code(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert draw(text) == text, "run make readme"
    assert text.count("<!-- drawn:") >= 4


def test_every_state_has_words_for_its_event() -> None:
    """Workflows record ``noun:state`` without writing the tag out, so a search of the code does not find it."""
    reached = {f"{one.name}:{move.to}" for one in WORKFLOWS for move in one.moves.values()}
    looked_at = {"escalation:viewed", "escalation:printed", "suspicion:printed"}
    assert sorted((reached | looked_at) - set(EVENT_WORDS)) == []


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_pages_translate_only_what_they_say_themselves(path: Path) -> None:
    """In a template ``_()`` makes markup: a stored text given to it would not be escaped."""
    given = re.findall(r"\b(?:_|gettext)\(\s*([^\s\"'][^,)]*)", path.read_text(encoding="utf-8"))
    assert given == []
