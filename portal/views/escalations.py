"""Pages of escalations."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("escalations", __name__)
