"""What may not stand on paper, whoever typed it: a payment link, an account number, a private mobile, an amount.

The national aid centre's warnings describe fraud that works by exactly these, so their absence is what a family can
rely on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from notices.refusals import NoticeNotRendered
from notices.wording import Passage

_LINK = re.compile(r"[a-z][a-z0-9+.\-]*://|\bwww\.|\bweixin\b|\balipays?:", re.IGNORECASE)
_ACCOUNT = re.compile(r"\d(?:[ -]?\d){11,}")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d){8}(?!\d)")
_AMOUNT = re.compile(
    r"[¥￥$]\s*\d|\d[\d,，.]*\s*[十百千万亿]*\s*元|[零一二三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟]+\s*元"
)


def no_links_or_accounts(serial: str, texts: Iterable[tuple[str, str]]) -> None:
    """Refuse a link or a run of digits long enough to be an account.

    Raises:
        NoticeNotRendered: names the field.

    """
    for field, text in texts:
        if _LINK.search(text) or _ACCOUNT.search(text):
            raise NoticeNotRendered(
                "%(serial)s was not made: “%(field)s” holds a link or an account number, which no paper of ours does.",
                serial=serial,
                field=field,
            )


def has_link_or_account(text: str) -> bool:
    """Say whether a text holds a link, a run of digits long enough to be an account, or a mobile number."""
    return bool(_LINK.search(text) or _ACCOUNT.search(text) or _MOBILE.search(text))


def no_amounts(serial: str, texts: Iterable[tuple[str, str]]) -> None:
    """Refuse an amount in a letter to people who are not party to the debt.

    Raises:
        NoticeNotRendered: names the field.

    """
    for field, text in texts:
        if _AMOUNT.search(text):
            raise NoticeNotRendered(
                "%(serial)s was not made: “%(field)s” names an amount, which a letter to another office never does.",
                serial=serial,
                field=field,
            )


def landline(serial: str, number: str) -> None:
    """Refuse an empty number or a mobile where the office's landline belongs.

    Raises:
        NoticeNotRendered: names the field.

    """
    if not any(character.isdigit() for character in number) or _MOBILE.search(number):
        raise NoticeNotRendered(
            "%(serial)s was not made: “%(field)s” must be the centre's landline, which a family can look up.",
            serial=serial,
            field="landline",
        )


def masked(serial: str, masked_id: str) -> None:
    """Refuse an ID number printed in full.

    Raises:
        NoticeNotRendered: names the field.

    """
    if "*" not in masked_id:
        raise NoticeNotRendered(
            "%(serial)s was not made: “%(field)s” must be masked.", serial=serial, field="masked_id"
        )


def public_page(serial: str, url: str) -> None:
    """Refuse a check address that is no web page.

    Raises:
        NoticeNotRendered: names the field.

    """
    if not re.fullmatch(r"https?://[^\s/?#]+/[^\s?#]+", url):
        raise NoticeNotRendered(
            "%(serial)s was not made: “%(field)s” must be the address of the public check page.",
            serial=serial,
            field="check_url",
        )


def wording(serial: str, passages: Sequence[Passage], names: Sequence[str]) -> None:
    """Refuse a paper whose wording is not that of its kind, passage for passage, or holds a link or an account.

    Raises:
        NoticeNotRendered: names the passage.

    """
    if [passage.name for passage in passages] != list(names):
        raise NoticeNotRendered(
            "%(serial)s was not made: its wording is not that of its kind (“%(field)s”).",
            serial=serial,
            field="wording",
        )
    no_links_or_accounts(serial, ((f"wording.{passage.name}", passage.text) for passage in passages))
    present(serial, ((f"wording.{passage.name}", passage.text) for passage in passages))


def present(serial: str, values: Iterable[tuple[str, object]]) -> None:
    """Refuse an empty field.

    Raises:
        NoticeNotRendered: names the field.

    """
    for field, value in values:
        if not value:
            raise NoticeNotRendered("%(serial)s was not made: “%(field)s” is empty.", serial=serial, field=field)


def after(serial: str, field: str, earlier: date, later: date) -> None:
    """Refuse a date that is not after the day of issue.

    Raises:
        NoticeNotRendered: names the field.

    """
    if later <= earlier:
        raise NoticeNotRendered(
            "%(serial)s was not made: “%(field)s” must be after the day of issue.", serial=serial, field=field
        )
