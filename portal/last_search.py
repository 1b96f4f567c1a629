"""What a person last searched for: sealed in the browser's cookie, and gone when they sign out.

A name may stand in no address, and a page that answered a POST cannot be gone back to: browsers keep no copy of our
pages and ask whether to send the form again. So the question is kept where only this installation can read it.
"""

from __future__ import annotations

from flask import session as cookie

from models import crypto

_NAME = "search"
_PURPOSE = "cookie.search"


def keep(text: str) -> None:
    """Remember the question."""
    cookie[_NAME] = crypto.encrypt(text, _PURPOSE)


def kept() -> str:
    """Return the last question; empty when there is none, or it was sealed with another key."""
    try:
        return crypto.decrypt(cookie.get(_NAME, ""), _PURPOSE)
    except crypto.NotReadable:
        return ""
