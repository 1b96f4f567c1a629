"""Nobody works on a database that is not ready: before its first page each process looks at it once.

A restore or a migration is done while nothing is connected, so a process that found the database ready need not look
again.
"""

from __future__ import annotations

from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import current
from portal.errors import sentence
from portal.queries import readiness

_READY = "portal_is_ready"


def install(app: Flask) -> None:
    """Look before anything else does."""
    app.before_request(_look)


def _look() -> ResponseReturnValue | None:
    endpoint = request.endpoint or ""
    if current_app.extensions.get(_READY) or endpoint == "health.healthz" or endpoint.endswith("static"):
        return None
    found = readiness.fault(current.session())
    if found is None:
        current_app.extensions[_READY] = True
        return None
    title = _("The portal is not ready")
    return render_template("error.html", status=503, title=title, text=sentence(found), back=None), 503
