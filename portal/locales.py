"""Three languages of the interface: Simplified Chinese by default, Traditional Chinese, English."""

from __future__ import annotations

from flask import Flask, g, request
from flask import session as cookie
from flask_babel import Babel, get_locale

LANGUAGES = {"zh_Hans": "简体中文", "zh_Hant": "繁體中文", "en": "English"}
DEFAULT = "zh_Hans"

# What browsers send, by hand: the general matcher does not know that zh-CN is written in zh_Hans.
_BROWSER = {
    "zh-hans": "zh_Hans",
    "zh-cn": "zh_Hans",
    "zh-sg": "zh_Hans",
    "zh": "zh_Hans",
    "zh-hant": "zh_Hant",
    "zh-tw": "zh_Hant",
    "zh-hk": "zh_Hant",
    "zh-mo": "zh_Hant",
    "en": "en",
}
_HTML = {"zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant", "en": "en"}


def install(app: Flask) -> None:
    """Choose the language of each request."""
    Babel(
        app,
        default_locale=DEFAULT,
        default_timezone="Asia/Shanghai",
        default_translation_directories=str(app.root_path) + "/translations",
        locale_selector=choose,
    )


def choose() -> str:
    """Return the language: what the person chose, else what the browser asks for, else Simplified Chinese."""
    for chosen in (cookie.get("language"), g.get("language")):
        if chosen in LANGUAGES:
            return str(chosen)
    for wanted, _quality in request.accept_languages:
        tag = wanted.lower()
        while tag:
            if tag in _BROWSER:
                return _BROWSER[tag]
            tag = tag.rpartition("-")[0]
    return DEFAULT


def html_language() -> str:
    """Return the BCP 47 tag for the page's ``lang``."""
    return _HTML[str(get_locale())]
