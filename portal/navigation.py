"""The words at the top of each page, chosen by permission: at most seven."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, g, request, url_for
from flask_babel import lazy_gettext as _l

from models.rules.permissions import Permission


@dataclass(frozen=True, slots=True)
class Item:
    """One word of the navigation."""

    label: str
    url: str
    is_here: bool


_ITEMS = (
    (_l("Today"), "today.today", Permission.TODAY_READ),
    (_l("Borrowers"), "areas.area", Permission.BORROWERS_READ),
    (_l("Notices"), "notices.index", Permission.NOTICES_READ),
    (_l("Suspicions"), "suspicions.index", Permission.SUSPICIONS_READ),
    (_l("Escalations"), "escalations.index", Permission.ESCALATIONS_READ),
    (_l("Target"), "rates.target", Permission.RATES_READ),
    (_l("Imports"), "imports.index", Permission.IMPORTS_READ),
    (_l("Accounts"), "users.index", Permission.USERS_MANAGE),
    (_l("Events"), "events.index", Permission.EVENTS_READ),
)
_ALSO_HERE = {"borrowers": "areas", "casework": "areas"}


def install(app: Flask) -> None:
    """Give templates ``navigation()``."""
    app.jinja_env.globals["navigation"] = navigation


def navigation() -> list[Item]:
    """Return the words this person gets."""
    person = g.get("actor")
    if person is None:
        return []
    blueprint = _ALSO_HERE.get(request.blueprint or "", request.blueprint)
    return [
        Item(str(label), url_for(endpoint), endpoint.partition(".")[0] == blueprint)
        for label, endpoint, permission in _ITEMS
        if person.may(permission) and endpoint in current_app.view_functions
    ]
