"""Whether this installation can work: for load balancers and the person who set it up."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from models.schema import head_revision
from portal import current
from portal.access import public
from portal.queries import readiness

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Answer 200 when the database answers and is the one this code wants, else 503 with what to do."""
    fault = readiness.fault(current.session())
    if fault is not None:
        return jsonify(ok=False, reason=str(fault)), 503
    return jsonify(ok=True, schema=head_revision())
