"""A web process puts what was just asked for on the queue, so that nobody waits for a worker's next round."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, request

from portal import current
from portal.jobs.durable import Outbox
from portal.queries.jobs import any_waiting

_OUTBOX = "portal_outbox"
_log = logging.getLogger("portal.jobs")


def install(app: Flask) -> None:
    """Look after each act that was done whether it asked for a job. Called in ``create_app``."""
    app.after_request(_carry)


def _carry(response: Response) -> Response:
    if request.method == "POST" and response.status_code == 303:  # noqa: PLR2004  # See Other: an act was done
        with current.database().reader() as session:
            asked = any_waiting(session)
        if asked:
            try:
                _outbox().carry()
            except Exception as fault:  # noqa: BLE001  # the act is done; a worker carries the job at its next round
                _log.warning("jobs wait for a worker's next round: %s", type(fault).__name__)
    return response


def _outbox() -> Outbox:
    found: Outbox | None = current_app.extensions.get(_OUTBOX)
    if found is None:
        found = current_app.extensions[_OUTBOX] = Outbox(current.database(), current.settings())
    return found
