"""The page of backups, for the administrator: whether there are any, and how old the newest good one is."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from models.rules.backups import KEPT
from models.rules.permissions import Permission
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.queries import backups as queries

bp = Blueprint("backups", __name__)

_MEGABYTE = 1_000_000


@bp.get("/backups")
@allows(Permission.BACKUPS_READ)
def index() -> ResponseReturnValue:
    """Show how things stand with backups, and which are kept for what."""
    settings = current.settings()
    health = queries.health(settings, current.now())
    found: tuple[queries.Listed, ...] = ()
    if settings.backup_dir is not None and health.is_on and health.fault is None:
        folder = settings.backup_dir
        found = queries.listed(folder, settings.backup_key()) if queries.names(folder) else ()
    return render_template(
        "backups/index.html",
        health=health,
        found=found,
        kept={span.value: count for span, count in KEPT.items()},
        reason=sentence,
        megabytes=lambda size: f"{size / _MEGABYTE:.1f}",
    )
