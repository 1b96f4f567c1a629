"""The first page of each role: what to do now."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from models.rules.permissions import Permission
from portal.access import allows

bp = Blueprint("today", __name__)


@bp.get("/")
@allows(Permission.TODAY_READ)
def today() -> ResponseReturnValue:
    """Show what this person should do now."""
    return render_template("today/today.html")
