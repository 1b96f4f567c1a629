"""The words of the portal in the language of legal paper, Simplified Chinese, wherever there is no request."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "translations"


@cache
def _catalogue() -> gettext.NullTranslations:
    return gettext.translation("messages", str(_FOLDER), ["zh_Hans"], fallback=True)


def official(text: str) -> str:
    """Return an English message in the words of legal paper; what is in them already stays."""
    return _catalogue().gettext(text) if text else ""
