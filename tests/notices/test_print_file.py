"""Files for printing: every page is the page of its own file, fonts are shared, nothing is left half-written."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from models.rules.notices import NoticeLevel
from models.rules.papers import PaperKind
from models.rules.refusals import Refused
from notices import layout, print_file
from notices.frozen import Paper
from notices.print_file import Bound
from tests.notices.samples import a_contract, a_letter, a_notice
from tests.notices.test_kinds import longest, paper
from tests.notices.test_stamp import MM, fonts, letters, text

BIG = a_contract(amount=a_contract().amount * 20)
PAPERS = (
    a_notice(contracts=1, serial="云岭助催〔2027〕000001号", check_url="https://portal.example.cn/check/AAAA-AAAA-AAA1"),
    a_notice(contracts=7, serial="云岭助催〔2027〕000002号", check_url="https://portal.example.cn/check/AAAA-AAAA-AAA2"),
    a_notice(contracts=1, serial="云岭助催〔2027〕000003号", borrower_name="钱二䶮", level=NoticeLevel.FINAL),
    a_notice(contracts=1, serial="云岭助催〔2027〕000004号", school_name="云岭区한글学校"),  # laid out
    a_notice(lines=(BIG,), serial="云岭助催〔2027〕000005号", check_url="https://portal.example.cn/check/AAAA-AAAA-AAA5"),
    a_notice(contracts=1, serial="云岭助催〔2027〕000006号", borrower_name="孙三"),
)  # fmt: skip


@cache
def stored() -> tuple[tuple[Paper, bytes], ...]:
    return tuple((paper, layout.render(paper)) for paper in PAPERS)


def written(papers: Iterable[tuple[Any, ...]], tmp_path: Path) -> bytes:
    path = tmp_path / "file.pdf"
    pages = print_file.write([Bound(*one) for one in papers], path)
    pdf = path.read_bytes()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert not document.check_pdf_syntax()
        assert len(document.pages) == pages
    return pdf


def test_every_page_is_that_of_its_own_file(tmp_path: Path) -> None:
    cover = layout.render(a_letter())
    papers = [(None, cover), *stored()]
    pdf = written(papers, tmp_path)
    assert text(pdf) == "".join(text(one) for _said, one in papers)
    singles = [one for _said, paper in papers for one in letters(paper)]
    for here, there in zip(letters(pdf), singles, strict=True):
        assert here[1:3] == there[1:3]
        assert abs(here[5] - there[5]) <= 0.3 * MM
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert str(document.docinfo["/Title"]) == "合并打印文件"
        assert str(document.Root.Lang) == "zh-CN"
        assert [list(page.MediaBox) for page in document.pages] == [
            list(page.MediaBox) for _said, one in papers for page in pikepdf.open(io.BytesIO(one)).pages
        ]


@pytest.mark.parametrize("kind", [PaperKind.REMINDER, PaperKind.CO_BORROWER])
def test_letters_share_their_fonts_as_notices_do(kind: PaperKind, tmp_path: Path) -> None:
    papers = [paper(kind), longest(kind), paper(kind, borrower_name="张三丰", serial="样张〔2027〕000002号")]
    files = [(one, layout.render(one)) for one in papers]
    pdf = written(files, tmp_path)
    assert text(pdf) == "".join(text(one) for _said, one in files)
    more = written([*files, *[files[2]] * 50], tmp_path)
    assert len(fonts(more)) == len(fonts(pdf))
    assert (len(more) - len(pdf)) / 50 < 15_000 < len(files[2][1]) / 3


def test_every_page_shows_its_own_code(tmp_path: Path) -> None:
    pdf = written(stored(), tmp_path)
    folder = tmp_path / "pages"
    folder.mkdir()
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-", folder / "p"], input=pdf, check=True)
    seen = [code.text for page in sorted(folder.iterdir()) for code in zxingcpp.read_barcodes(Image.open(page))]
    # Each stands twice, beside the notice and on its receipt, which may have a page of its own.
    assert seen == [code for paper in PAPERS for code in (paper.check_url,) * 2]


def test_every_subset_has_a_name_of_its_own(tmp_path: Path) -> None:
    found = fonts(written(stored(), tmp_path))
    assert len(set(found)) == len(found)


def test_more_papers_bring_no_more_fonts(tmp_path: Path) -> None:
    one, paper = stored()[0], stored()[5]
    few = written([one, paper], tmp_path)
    many = written([one, *[paper] * 99], tmp_path)
    assert len(fonts(many)) == len(fonts(few))
    assert (len(many) - len(few)) / 98 < 15_000 < len(paper[1]) / 5


def test_a_stored_paper_of_another_form_is_copied_as_it_is(tmp_path: Path) -> None:
    said, _pdf = stored()[0]
    other = layout.laid_out(a_notice(contracts=2, borrower_name="李四"))  # as if the form had been another then
    assert text(written([(said, other)], tmp_path)) == text(other)


def test_a_reprint_bears_the_mark_that_it_bears_alone_and_shares_its_fonts(tmp_path: Path) -> None:
    first = [paper for paper, _pdf in stored()]
    again = [(paper, layout.render(paper, reprint=True), True) for paper in first]
    pdf = written([*stored()[:2], *again], tmp_path)
    assert text(pdf) == "".join(text(one) for _said, one, *_ in [*stored()[:2], *again])
    marked = ["补打" in page.replace("\n", "") for page in text(pdf).split("\f")[:-1]]
    unmarked = sum(text(one).count("\f") for _said, one in stored()[:2])
    assert marked == [False] * unmarked + [True] * (len(marked) - unmarked)
    more = written([*stored()[:2], *again, *[again[0]] * 50], tmp_path)
    assert (len(more) - len(pdf)) / 50 < 15_000


def test_the_same_papers_give_the_same_bytes(tmp_path: Path) -> None:
    assert written(stored(), tmp_path) == written(stored(), tmp_path)


def test_a_file_has_a_size_and_a_refused_one_is_not_left_behind(tmp_path: Path) -> None:
    one = stored()[0]
    for papers in ([], [one] * 201):
        with pytest.raises(Refused, match="200"):
            written(papers, tmp_path)
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(pikepdf.PdfError):
        written([one, (None, b"not a PDF")], tmp_path)
    assert list(tmp_path.iterdir()) == []
