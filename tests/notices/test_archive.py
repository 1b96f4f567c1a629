"""What goes with a paper: the copy for long keeping, the sheet in English; structure checked as far as a package can."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pdfua
import pikepdf
import pytest
from PIL import Image, ImageChops

from models.rules.papers import PaperKind
from notices import archive, companions, layout
from notices.content import NoticeContent
from notices.first_wording import FIRST
from notices.refusals import NoticeNotRendered
from notices.specimens import specimen
from tests.notices.samples import a_notice
from tests.notices.test_kinds import DAY, NEW, longest, paper
from tests.notices.test_layout import FACES, words_in_order, words_run_together


def findings(pdf: bytes, folder: Path) -> list[str]:
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    return [f"{one.rule_id} {one.message}" for one in pdfua.validate(str(path)).findings]


def seen(pdf: bytes) -> Image.Image:
    done = subprocess.run(["pdftoppm", "-r", "70", "-png", "-f", "1", "-l", "1", "-"], input=pdf, capture_output=True, check=True)  # fmt: skip
    return Image.open(io.BytesIO(done.stdout)).convert("L")


@pytest.mark.parametrize("kind", PaperKind)
def test_no_checkable_rule_of_accessible_files_is_broken(kind: PaperKind, tmp_path: Path) -> None:
    pdf = layout.render(specimen(kind, FIRST[kind], DAY))
    assert findings(pdf, tmp_path) == []
    assert findings(layout.render(longest(kind), large=True), tmp_path) == []


@pytest.mark.parametrize("make", [layout.laid_out, layout.stamped])
def test_each_header_says_for_what_it_speaks(make: Callable[[NoticeContent], bytes]) -> None:
    with pikepdf.open(io.BytesIO(make(a_notice(contracts=3)))) as document:
        headers = [one for one in document.objects if isinstance(one, pikepdf.Dictionary) and one.get("/S") == "/TH"]
        scopes = [
            str(part.Scope)
            for one in headers
            for part in (one.A if isinstance(one.A, pikepdf.Array) else [one.A])
            if "/Scope" in part
        ]
    assert len(scopes) == len(headers)
    assert scopes.count("/Column") == 9
    assert scopes.count("/Row") == len(headers) - 9


@pytest.mark.parametrize("kind", [PaperKind.NOTICE, PaperKind.SUMMARY, PaperKind.PROMISE])
def test_the_copy_for_keeping_looks_and_reads_alike(kind: PaperKind, tmp_path: Path) -> None:
    pdf = layout.render(paper(kind))
    kept = archive.for_keeping(pdf)
    assert words_in_order(kept) == words_in_order(pdf)
    assert ImageChops.difference(seen(kept), seen(pdf)).getbbox() is None
    assert findings(kept, tmp_path) == []
    assert archive.for_keeping(pdf) == kept
    with pikepdf.open(io.BytesIO(kept)) as document:
        assert document.check_pdf_syntax() == []
        intent = document.Root.OutputIntents[0]
        assert intent.S == "/GTS_PDFA1"
        assert len(intent.DestOutputProfile.read_bytes()) > 128
        with document.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "U")
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == str(document.docinfo["/Title"])
        assert b"pdfaExtension:schemas" in document.Root.Metadata.read_bytes()
        assert "/Filter" not in document.Root.Metadata  # PDF/A wants it readable without decoding
        assert "/ID" in document.trailer


@pytest.mark.parametrize("kind", sorted(companions.SHEETS))
def test_the_sheet_in_english_names_its_paper_and_asks_for_nothing(kind: PaperKind, tmp_path: Path) -> None:
    said = paper(kind)
    pdf = companions.render(said)
    text = words_run_together(pdf)
    assert text.count(said.serial.replace(" ", "")) >= 2
    assert "OnlytheChinesepapercounts" in text
    assert said.landline in text
    for never in ("http", "www.", "6222", "样小明", "990000"):
        assert never not in text
    assert findings(pdf, tmp_path) == []
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 1
        assert str(document.Root.Lang) == "en"
    rows = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode().splitlines()
    assert {row.split()[0].partition("+")[2] for row in rows[2:]} <= FACES


def test_a_sheet_of_a_demand_tells_its_total_and_its_day() -> None:
    said = a_notice(contracts=3)
    text = words_run_together(companions.render(said))
    for told in ("5,747.85", "2027-02-20", "2027-01-05", said.check_code):
        assert told in text


@pytest.mark.parametrize("kind", sorted(set(PaperKind) - set(companions.SHEETS)))
def test_papers_to_offices_have_no_sheet(kind: PaperKind) -> None:
    with pytest.raises(NoticeNotRendered, match="no English sheet"):
        companions.render(paper(kind))


def test_a_name_that_cannot_be_printed_fails_the_sheet_as_it_fails_the_paper() -> None:
    with pytest.raises(NoticeNotRendered) as refused:
        companions.render(replace(paper(PaperKind.REMINDER), borrower_name="周𪚥"))
    assert refused.value.field == "borrower_name"


@pytest.mark.parametrize("kind", NEW)
@pytest.mark.parametrize("rare", ["䶮", "𬱖", "㛃"])
def test_rare_characters_are_printed_on_every_kind(kind: PaperKind, rare: str) -> None:
    said = paper(kind, issuing_unit=f"{rare}区资助中心")
    assert f"{rare}区资助中心" in words_run_together(layout.render(said))
