"""What a wording may not be: empty where the law or decency wants words, threatening, or a door for fraud."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from models.rules.papers import PaperKind
from models.rules.refusals import Refused
from notices import faces, safeguards
from notices.wording import KINDS, PLACEHOLDER, Kind, Rule

MOST_CHARACTERS = 500
"""Of one passage: a form has room for no more."""

MOST_ITEMS = 10
"""Of one list."""

FORBIDDEN = (
    "公安", "警察", "法院", "检察", "拘留", "逮捕", "坐牢", "刑事", "犯罪", "强制执行", "查封", "冻结", "老赖", "失信",
    "黑名单", "恶意", "曝光", "公示", "通报", "严惩", "后果自负", "一切后果", "否则", "勒令", "限你", "催债", "讨债",
    "影响子女", "影响家人", "开除", "取消学历", "撤销学位",
)  # fmt: skip
"""Threats, and acts that no school or centre can do (peers of the trade ban them; a suit is the lender's)."""

_BRACES = str.maketrans("｛｝", "{}")
_STRAY = re.compile(r"[{}]")


def tidied(kind: PaperKind, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the passages of a kind as they are kept: a list one item a line, everything else one paragraph."""
    return {
        rule.name.value: ("\n" if rule.is_list else "").join(_lines(texts.get(rule.name, "")))
        for rule in KINDS[kind].rules
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.translate(_BRACES).splitlines() if line.strip()]


def faults(kind: PaperKind, texts: Mapping[str, str]) -> dict[str, Refused]:
    """Return what is wrong with a wording, by passage; empty when a version may be made from it.

    Args:
        kind: of paper.
        texts: tidied passages by name; what is missing counts as empty.

    """
    known = KINDS[kind]
    found: dict[str, Refused] = {}
    for rule in known.rules:
        refusal = next(_wrong(known, rule, texts.get(rule.name, "")), None)
        if refusal is not None:
            found[rule.name.value] = refusal
    return found


def _wrong(kind: Kind, rule: Rule, text: str) -> Iterator[Refused]:
    if not text:
        yield Refused("This passage is obligatory: a paper without it must not go out.")
        return
    yield from _measures(rule, text)
    yield from _placeholders(kind, rule, text)
    for words in rule.says:
        if not any(word in text for word in words):
            yield Refused("This passage must say one of these: %(words)s.", words="、".join(words))
    for word in FORBIDDEN:
        if word in text:
            yield Refused("“%(word)s” must not stand on a paper of ours: say neutrally what is true.", word=word)
    if safeguards.has_link_or_account(text):
        yield Refused("A link, an account number or a mobile number must not stand on a paper of ours.")
    known = faces.printable()
    for character in text:
        if character != "\n" and ord(character) not in known:
            yield Refused(
                "The type face lacks “%(character)s” (%(code_point)s).",
                character=character,
                code_point=f"U+{ord(character):04X}",
            )


def _measures(rule: Rule, text: str) -> Iterator[Refused]:
    if len(text) > MOST_CHARACTERS:
        yield Refused("At most %(most)s characters: the form has no room for more.", most=MOST_CHARACTERS)
    lines = text.count("\n") + 1
    if rule.is_list and lines > MOST_ITEMS:
        yield Refused("At most %(most)s items.", most=MOST_ITEMS)


def _placeholders(kind: Kind, rule: Rule, text: str) -> Iterator[Refused]:
    used = PLACEHOLDER.findall(text)
    if _STRAY.search(PLACEHOLDER.sub("", text)):
        yield Refused("A brace stands alone: a placeholder is written in a pair of braces.")
    if rule.is_list and used:
        yield Refused("A list takes no placeholders: say it in the passage that prints the list.")
    for name in used:
        if name not in kind.slots:
            yield Refused(
                "There is no placeholder “%(name)s” for this paper; there are: %(known)s.",
                name=name,
                known="、".join(kind.slots),
            )
    for name in rule.needs:
        if name not in used:
            yield Refused("The placeholder “%(name)s” is missing from this passage.", name=name)
