"""Pages of checks."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("checks", __name__)
