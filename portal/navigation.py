"""The frame of each page: at most seven words of navigation chosen by permission, and what the top bar says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Flask, current_app, g, request, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import SQLAlchemyError

from models.rules.permissions import Permission
from portal import current
from portal.queries.freshness import Freshness, freshness


@dataclass(frozen=True, slots=True)
class Item:
    """One word of the navigation; ``icon`` names a symbol of static/icons.svg."""

    label: str
    url: str
    icon: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the page.

    Attributes:
        district: name of the district, when there is one.
        shows_data: whether this person works with the bank's data and should know how old it is.
        data_on: data date of the newest arrears list.
        is_stale: it is older than notices may rest on.
        language: code of the page's language.
        jobs_url: the task centre, for those who may open it.

    """

    district: str | None
    shows_data: bool
    data_on: date | None
    is_stale: bool
    language: str
    jobs_url: str | None


_ITEMS = (
    (_l("Today"), "today.today", Permission.TODAY_READ),
    (_l("Borrowers"), "areas.area", Permission.BORROWERS_READ),
    (_l("Notices"), "notices.index", Permission.NOTICES_READ),
    (_l("Suspicions"), "suspicions.index", Permission.SUSPICIONS_READ),
    (_l("Escalations"), "escalations.index", Permission.ESCALATIONS_READ),
    (_l("Target"), "rates.target", Permission.RATES_READ),
    (_l("Imports"), "imports.index", Permission.IMPORTS_READ),
    (_l("Accounts"), "users.index", Permission.USERS_MANAGE),
    (_l("Backups"), "backups.index", Permission.BACKUPS_READ),
    (_l("Events"), "events.index", Permission.EVENTS_READ),
)
_ALSO_HERE = {
    **dict.fromkeys(
        ("borrowers", "casework", "evidence_files", "explanations", "handovers", "loans", "roster_matches"), "areas"
    ),
    **dict.fromkeys(("notice_batches", "proofs", "returns", "scans"), "notices"),
    **dict.fromkeys(("interest_rates", "lenders"), "rates"),
    "limitation": "areas",
    **dict.fromkeys(("paper_batches", "paper_services", "papers", "publicity", "wordings"), "notices"),
    **dict.fromkeys(
        ("import_layouts", "monthly_statements", "part_layouts", "reconciliations", "retention"), "imports"
    ),
}
_ICONS = {"areas": "borrowers", "rates": "target"}
_NEEDS_DATA = (Permission.BORROWERS_READ, Permission.RATES_READ, Permission.IMPORTS_READ)


def install(app: Flask) -> None:
    """Give templates ``navigation()`` and ``page_frame()``."""
    app.jinja_env.globals["navigation"] = navigation
    app.jinja_env.globals["page_frame"] = page_frame


def navigation() -> list[Item]:
    """Return the words this person gets."""
    person = g.get("actor")
    if person is None or g.get("must_change_password"):
        return []  # until the first password is changed every word would lead back to the account
    here = _ALSO_HERE.get(request.blueprint or "", request.blueprint)
    found = []
    for label, endpoint, permission in _ITEMS:
        noun = endpoint.partition(".")[0]
        if person.may(permission) and endpoint in current_app.view_functions:
            found.append(Item(str(label), url_for(endpoint), _ICONS.get(noun, noun), noun == here))
    return found


def page_frame() -> Frame:
    """Return what the frame says; a page about a broken database is still a page."""
    person = g.get("actor")
    try:
        fresh = freshness(current.session())
    except SQLAlchemyError:
        fresh = Freshness(None, None)
    has_jobs = person is not None and person.may(Permission.JOBS_READ) and "jobs.index" in current_app.view_functions
    return Frame(
        district=fresh.district,
        shows_data=person is not None and any(person.may(permission) for permission in _NEEDS_DATA),
        data_on=fresh.data_on,
        is_stale=fresh.is_stale(current.today(), current.settings().data_fresh_days),
        language=str(get_locale()),
        jobs_url=url_for("jobs.index") if has_jobs else None,
    )
