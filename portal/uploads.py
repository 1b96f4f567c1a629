"""How much may be sent: lists of a bank are far larger than anything else, and only who may import them sends them."""

from __future__ import annotations

from flask import Flask, request
from flask_login import current_user

from models.rules.permissions import Permission
from portal import current
from portal.sheets.limits import MEGABYTE, Limits

_LISTS = "imports.new"


def install(app: Flask) -> None:
    """Let lists be longer. Called before whatever reads a form."""
    app.before_request(_allow_lists)


def _allow_lists() -> None:
    if request.endpoint == _LISTS and request.method == "POST" and _may_import():
        request.max_content_length = Limits.from_settings(current.settings()).largest + MEGABYTE


def _may_import() -> bool:
    return bool(current_user.is_authenticated and current_user.actor.may(Permission.IMPORTS_RUN))
