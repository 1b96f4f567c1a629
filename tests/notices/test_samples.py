"""Sample notices: every page says what it is, and no number or code on it can be taken for a real one."""

from __future__ import annotations

import io

import pdfplumber
import pytest

from models.rules.refusals import Refused
from notices import samples
from tests.notices.samples import a_notice

WHERE = "https://example.cn/check"


def test_each_page_is_marked_and_bears_neither_number_nor_code() -> None:
    first, long = a_notice(), a_notice(contracts=7)
    pdf = samples.samples([first, long], check_url=WHERE)
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        texts = ["".join(page.extract_text().split()) for page in document.pages]
        sizes = [{char["size"] for char in page.chars if char["text"] == "样"} for page in document.pages]
    assert len(texts) == 3  # the second takes two pages
    assert all(max(found) > 40 for found in sizes)  # the mark, across each page
    assert "样张第1份" in texts[0]
    assert "样张第2份" in texts[1]
    joined = "".join(texts)
    assert first.serial not in joined
    assert first.check_code not in joined
    assert first.borrower_name in joined


def test_there_must_be_somebody_to_show() -> None:
    with pytest.raises(Refused):
        samples.samples([], check_url=WHERE)
