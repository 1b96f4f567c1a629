"""Pages of suspicions."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("suspicions", __name__)
