"""Every sentence a person may read has its Chinese, with the same places to fill."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from portal.locales import LANGUAGES
from tests.conftest import sign_in

ROOT = Path(__file__).parent.parent
KEYWORDS = ("_", "_l", "N_", "gettext", "lazy_gettext", "Refused", "StaleData", "TooManyFailures", "NoticeNotRendered")
CATALOGUES = ("zh_Hans", "zh_Hant")
_PLACE = re.compile(r"%\((\w+)\)[sd]")


@cache
def _used() -> frozenset[str]:
    """Collect the ids the code and the templates use."""
    with (ROOT / "portal/translations/babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {**dict.fromkeys(KEYWORDS), "ngettext": (1, 2), "lazy_ngettext": (1, 2)}
    found = set()
    for folder in ("portal", "notices", "models", "templates"):
        here = [
            (pattern.removeprefix(f"{folder}/"), method) for pattern, method in methods if pattern.startswith(folder)
        ]
        for _name, _line, message, _notes, _context in extract_from_dir(
            ROOT / folder, here, {key.removeprefix(f"{folder}/"): value for key, value in options.items()}, keywords
        ):
            found.add(message if isinstance(message, str) else message[0])
    return frozenset(found - {""})


@cache
def _catalogue(language: str) -> dict[str, Message]:
    with (ROOT / f"portal/translations/{language}/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file)
    return {
        message.id if isinstance(message.id, str) else message.id[0]: message for message in catalogue if message.id
    }


def test_the_ids_are_found() -> None:
    assert len(_used()) > 1000


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_sentence_is_translated(language: str) -> None:
    held = _catalogue(language)
    untranslated = sorted(key for key in _used() if key not in held or not _strings(held[key])[0])
    assert untranslated == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_places_to_fill_are_the_same(language: str) -> None:
    for key, message in _catalogue(language).items():
        wanted = message.id if isinstance(message.id, str) else message.id[-1]
        for text in _strings(message):
            assert set(_PLACE.findall(text)) == set(_PLACE.findall(wanted)), key


@pytest.mark.parametrize("language", CATALOGUES)
def test_templates_can_fill_every_sentence(language: str) -> None:
    """A template fills even a sentence without places: a lone per cent sign would break the page."""
    for key, message in _catalogue(language).items():
        for text in _strings(message):
            assert "%" not in _PLACE.sub("", text).replace("%%", ""), key


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_catalogue_says_how_many_plurals_it_has(language: str) -> None:
    assert all(len(_strings(message)) == 1 for message in _catalogue(language).values())


@pytest.mark.parametrize("word", ["物件", "程式碼", "引數", "型別", "登出校園貸", "哈希", "製發"])
def test_traditional_chinese_is_no_word_list_of_software(word: str) -> None:
    """A converter made of 对象 (a person reached) an object of a program, of 代码 its source, of 注销 signing out."""
    assert [key for key, message in _catalogue("zh_Hant").items() if word in "".join(_strings(message))] == []


@pytest.mark.parametrize(("language", "word"), [("zh_Hans", "今日"), ("zh_Hant", "今日"), ("en", "Today")])
def test_the_language_can_be_chosen(client: FlaskClient, language: str, word: str, time_is: None) -> None:
    assert language in LANGUAGES
    sign_in(client, "member")
    client.post("/language", data={"language": language, "back": "/"})
    page = client.get("/").get_data(as_text=True)
    assert f"{word}</h1>" in page


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK,en;q=0.8", "zh-Hant"),
        ("en-GB,en", "en"),
        ("fr", "zh-Hans"),
        ("", "zh-Hans"),
    ],
)
def test_the_browsers_language_is_honoured(client: FlaskClient, wanted: str, given: str) -> None:
    page = client.get("/sign-in", headers={"Accept-Language": wanted}).get_data(as_text=True)
    assert f'<html lang="{given}"' in page


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)
