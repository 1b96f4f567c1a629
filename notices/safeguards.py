"""What may not stand on paper, whoever typed it: a payment link, an account number, a private mobile, an amount.

The national aid centre's warnings describe fraud that works by exactly these, so their absence is what a family can
rely on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from notices.refusals import NoticeNotRendered

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
