"""Papers put one after another: in order, with all their pages."""

from __future__ import annotations

import io

import pdfplumber
import pikepdf
import pytest

from models.rules.refusals import Refused
from notices import layout, merging
from tests.notices.samples import a_notice


def test_merged_files_keep_the_order_and_all_pages() -> None:
    papers = [a_notice(serial=f"云岭助催〔2027〕00012{place}号", contracts=count) for place, count in ((3, 1), (1, 7), (2, 1))]  # fmt: skip
    merged = merging.merge((layout.render(paper) for paper in papers), title="证据")
    with pdfplumber.open(io.BytesIO(merged)) as document:
        texts = [page.extract_text() for page in document.pages]
    assert [next(place for place in "123" if f"00012{place}号" in text) for text in texts] == ["3", "1", "1", "2"]
    with pikepdf.open(io.BytesIO(merged)) as document:
        assert str(document.docinfo["/Title"]) == "证据"
        assert not document.check_pdf_syntax()


def test_there_must_be_something_to_merge() -> None:
    with pytest.raises(Refused):
        merging.merge([], title="证据")
