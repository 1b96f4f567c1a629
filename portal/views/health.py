"""Whether this installation can work: for load balancers and the person who set it up."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from models.schema import head_revision
from portal import current
from portal.access import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Answer 200 when the database answers and its schema is the one this code wants, else 503."""
    try:
        found = current.session().scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return jsonify(
            ok=False, reason="the database does not answer, or has no schema: run flask --app wsgi migrate"
        ), 503
    wanted = head_revision()
    if found != wanted:
        return jsonify(
            ok=False, reason=f"the schema is {found}, this code wants {wanted}: run flask --app wsgi migrate"
        ), 503
    return jsonify(ok=True, schema=found)
