"""Pages of suggestions from schools' rosters: a person says whether the former pupil is the borrower."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.roster_matches import RosterMatch
from models.rules.permissions import Permission
from models.rules.roster_matches import MatchState
from portal import current
from portal.access import allows
from portal.queries import roster_matches as queries
from portal.services import roster_matches as service
from portal.words import choices

bp = Blueprint("roster_matches", __name__)


@bp.get("/roster-matches")
@allows(Permission.CONTACT_POINTS_CORRECT)
def index() -> ResponseReturnValue:
    """Show what schools' rosters say of borrowers, first what waits to be confirmed."""
    filters = queries.Filters.of(request.args)
    after = request.args.get("after", 0, type=int)
    return render_template(
        "roster_matches/index.html",
        found=queries.matches(current.session(), current.actor(), current.today(), filters, after=after),
        filters=filters,
        states=choices(MatchState),
        is_first=not after,
    )


@bp.post("/roster-matches/<int:match_id>/confirm")
@allows(Permission.CONTACT_POINTS_CORRECT)
def confirm(match_id: int) -> ResponseReturnValue:
    """Say that it is the same person."""
    with current.writing() as session:
        found = service.confirm(session, act=current.act(), match_id=match_id)
    flash(_("Confirmed: class and teacher are kept, a parent's number is among the contact points."), "success")
    return _back(found)


@bp.post("/roster-matches/<int:match_id>/refuse")
@allows(Permission.CONTACT_POINTS_CORRECT)
def refuse(match_id: int) -> ResponseReturnValue:
    """Say that it is somebody else."""
    with current.writing() as session:
        found = service.refuse(session, act=current.act(), match_id=match_id)
    flash(_("Somebody else: what the roster said of that person is wiped."), "success")
    return _back(found)


def _back(found: RosterMatch) -> ResponseReturnValue:
    """Lead back to where the answer was given: the list, or the borrower's page."""
    if request.form.get("from") == "list":
        return redirect(url_for("roster_matches.index"), 303)
    return redirect(url_for("borrowers.borrower", borrower_id=found.borrower_id), 303)
