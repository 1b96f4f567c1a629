"""A person at a browser: real clicks, real keys, and a hard look at each page on the way."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.world import PASSWORD

_NAVIGATION = "nav.main-nav a[href='{0}'], nav.bottom-bar a[href='{0}']"
_OVERFLOW = """() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide <= 0) return [];
  const limit = document.documentElement.clientWidth;
  return [`${wide}px too wide`, ...[...document.querySelectorAll('main *')]
    .filter((one) => one.getBoundingClientRect().right > limit + 1)
    .slice(0, 3).map((one) => one.outerHTML.slice(0, 120))];
}"""
_CARDS = """() => {
  const pen = document.createElement('canvas').getContext('2d');
  return [...document.querySelectorAll('main [data-label]')].flatMap((cell) => {
    const label = getComputedStyle(cell, '::before');
    if (label.float !== 'left' || !cell.getBoundingClientRect().width) return [];
    pen.font = `${label.fontSize} ${label.fontFamily}`;
    const runs = label.whiteSpace.startsWith('nowrap') && pen.measureText(cell.dataset.label).width > parseFloat(label.width);
    const right = [getComputedStyle(cell).textAlign, label.textAlign].some((one) => one === 'right' || one === 'end');
    return runs || right ? [cell.dataset.label] : [];
  }).slice(0, 3);
}"""
_AXE = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.map((one) => `${one.id}: ` + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | '));
}"""
_SHAPE = """() => innerWidth + [...document.querySelectorAll('*')].map((one) => {
  const names = one.getAttributeNames().map((name) => name + (name === 'href' || name === 'value' ? '' : one.getAttribute(name)));
  return `${one.tagName} ${names} ${[...one.childNodes].map((child) => child.nodeType)}`;
}).join()"""
_CLEAN: set[str] = (
    set()
)  # shapes of pages axe was content with in this run: the same tags and attributes at the same width
_ANSWERED = re.compile(r"the server responded with a status of (\d+)")
_INLINE = """() => [...document.querySelectorAll('[style], style, script:not([src]), [onclick], [onchange], [onsubmit]')]
  .map((one) => one.outerHTML.slice(0, 80))"""


class Visitor:
    """One browser profile. ``complaints`` gathers what the console and the policy said against a page."""

    def __init__(self, page: Page, base: str, axe: str) -> None:
        self.page = page
        self.base = base
        self.complaints: list[str] = []
        self.refused: list[int] = []
        self._axe = axe
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        answered = _ANSWERED.search(message.text)
        if answered:  # the console notes each page that says no; the test says which it expects
            self.refused.append(int(answered[1]))
        else:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Come to the door and go through it."""
        self.page.goto("/")
        expect(self.page).to_have_url(re.compile("/sign-in"))
        self.look()
        self.page.locator("input[name=username]").fill(username)
        self.page.locator("input[name=password]").fill(password)
        self.send()

    def go(self, href: str) -> None:
        """Use the navigation: the bar on top, or the one at the bottom of a phone and what it keeps under "more"."""
        link = self.page.locator(_NAVIGATION.format(href)).filter(visible=True)
        if not link.count():
            self.page.locator("nav.bottom-bar details > summary").click()
        self._leave_by(link.first)
        expect(self.page).to_have_url(self.base + href)

    def follow(self, link: str) -> None:
        """Click a link of the page's own part, named by a selector, and look where it led."""
        self._leave_by(self.page.locator(f"main {link}").filter(visible=True).first)

    def press(self, action: str) -> None:
        """Press the button of the form that goes to an address ending so."""
        self._leave_by(self.page.locator(f"main form[action$='{action}'] button[type=submit]"))

    def send(self, form: str = "form[method=post]") -> None:
        """Send the form of the page."""
        forms = self.page.locator(f"main {form}").filter(has=self.page.locator("button.btn-primary"))
        self._leave_by(forms.last.locator("button.btn-primary"))

    def search(self) -> None:
        """Use the filters of a list, or another form that only asks."""
        self._leave_by(self.page.locator("main form[method=get] button[type=submit]"))

    def _leave_by(self, way: Locator) -> None:
        with self.page.expect_navigation():
            way.click()
        self.look()

    def fill(self, **fields: str | bool) -> None:
        """Fill fields by name: tick boxes and radio buttons, choose from lists, type the rest."""
        for name, value in fields.items():
            field = self.page.locator(f"main [name='{name}']")
            kind = field.first.evaluate("one => one.tagName === 'INPUT' ? one.type : one.tagName.toLowerCase()")
            if kind == "radio":
                self.page.locator(f"main [name='{name}'][value='{value}']").check()
            elif kind == "checkbox":
                field.set_checked(bool(value))
            elif kind == "select":
                field.select_option(str(value))
            else:
                field.fill(str(value))

    def download(self, link: str) -> bytes:
        """Click what gives a file and read it."""
        with self.page.expect_download() as coming:
            self.page.locator(f"main {link}").first.click()
        return coming.value.path().read_bytes()

    def look(self) -> None:
        """Check what every page owes everybody: one heading, nothing inline or sideways, cards in line, axe content."""
        page = self.page
        faults = [f"{count} headings of the first order" for count in [page.locator("h1").count()] if count != 1]
        faults += [f"inline: {one}" for one in page.evaluate(_INLINE)]
        faults += [f"scrolls sideways: {one}" for one in page.evaluate(_OVERFLOW)]
        faults += [f"a card's label runs into its value, or stands elsewhere: {one}" for one in page.evaluate(_CARDS)]
        shape = page.evaluate(_SHAPE)
        if shape not in _CLEAN:
            page.evaluate(self._axe)
            found = page.evaluate(_AXE)
            faults += found
            if not found:
                _CLEAN.add(shape)
        if faults:
            raise AssertionError(f"{page.url}: " + "; ".join(faults))

    def wait_out(self) -> None:
        """Wait until the page has seen for itself that the work it shows has ended.

        A page that follows a task loads itself anew; one that is sent elsewhere at that moment may not get there.
        """
        expect(self.page.locator("main:not(:has(progress)) + footer")).to_be_visible()  # the foot: main has come whole
        self.page.wait_for_load_state()
        self.look()

    @property
    def main(self) -> Locator:
        """The page's own part."""
        return self.page.locator("main")

    def number(self) -> int:
        """The last number of the address: the id of what is shown."""
        return int(re.findall(r"/(\d+)(?:$|\?)", self.page.url)[-1])

    def focused(self, what: str = "one.name || one.getAttribute('href') || one.id || one.tagName") -> Any:
        """Something of the element that has the focus."""
        return self.page.evaluate(f"() => {{ const one = document.activeElement; return {what}; }}")

    def enter(self, address: str) -> None:
        """Press the enter key and wait until the page it leads to, named by a glob, has come whole."""
        with self.page.expect_navigation(url=address):
            self.page.keyboard.press("Enter")

    def tab_to(self, selector: str, most: int = 90) -> None:
        """Press the tabulator until an element matching the selector has the focus, and see that it shows it."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if self.focused(f"one.matches({selector!r})"):
                outline = self.focused("[getComputedStyle(one).outlineStyle, getComputedStyle(one).boxShadow]")
                assert outline != ["none", "none"], f"the focus on {selector} cannot be seen at {self.page.url}"
                return
        raise AssertionError(f"{selector} cannot be reached by keyboard at {self.page.url}")
