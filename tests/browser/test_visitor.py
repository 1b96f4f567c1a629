"""The hard look itself: each thing a page must not do is seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Error

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

_PAGE = '<html lang="en"><head><title>A page</title></head><body><main><h1>A page</h1>{0}</main></body></html>'


def test_a_good_page_passes_and_each_bad_one_is_named(visit: Callable[[], Visitor]) -> None:
    reader = visit()
    reader.page.set_content(_PAGE.format("<p>All is well.</p>"))
    reader.look()
    for bad, named in (
        ("<h1>Another</h1>", "2 headings"),
        ('<p style="color: black">x</p>', "inline: <p style"),
        ("<pre>" + "wide " * 400 + "</pre>", "scrolls sideways"),
        ('<input name="unlabelled">', "label: "),
        ('<p><font color="#ccc">pale</font></p>', "color-contrast: "),
    ):
        reader.page.set_content(_PAGE.format(bad))
        with pytest.raises(AssertionError, match=named):
            reader.look()


def test_what_the_policy_forbids_is_heard(visit: Callable[[], Visitor]) -> None:
    reader = visit()
    reader.page.goto("/sign-in")
    with pytest.raises(Error, match="Content Security Policy"):
        reader.page.add_script_tag(content="window.told = 1")
    assert any("Content Security Policy" in one for one in reader.complaints)
    reader.complaints.clear()
