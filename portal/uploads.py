"""What may be sent and where it is put: lists are far longer than anything else, and all is sealed as it arrives."""

from __future__ import annotations

from typing import IO, cast

from flask import Flask, Request, request
from flask_login import current_user

from models.rules.permissions import Permission
from portal import current
from portal.sheets.limits import MEGABYTE, Limits
from portal.upload_streams import SealedStream

_LISTS = "imports.new"


class SealingRequest(Request):
    """A request whose files are sealed as they arrive."""

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        """Return where a file is put, whatever its length: the framework's documented way to say so."""
        return cast("IO[bytes]", SealedStream())


def install(app: Flask) -> None:
    """Let lists, and nothing else, be long, and files be sealed. Called before whatever reads a form."""
    app.request_class = SealingRequest
    app.before_request(_allow_lists)


def _allow_lists() -> None:
    if request.endpoint == _LISTS and request.method == "POST" and _may_import():
        request.max_content_length = Limits.from_settings(current.settings()).largest + MEGABYTE


def _may_import() -> bool:
    return bool(current_user.is_authenticated and current_user.actor.may(Permission.IMPORTS_RUN))
