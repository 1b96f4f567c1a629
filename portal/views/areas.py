"""Pages of areas: district, township, village, and who looks after each."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.areas import AssignForm
from portal.forms.borrowers import SearchForm
from portal.queries import areas, handovers
from portal.queries.area_figures import Level
from portal.queries.borrower_filters import Filters
from portal.queries.borrowers import borrower_list
from portal.services.areas import assign_village

bp = Blueprint("areas", __name__)


@bp.get("/areas")
@bp.get("/areas/<code>")
@allows(Permission.BORROWERS_READ)
def area(code: str | None = None) -> ResponseReturnValue:
    """Show an area with the areas, or the people, in it; without a code the top of what the person may see."""
    return _page(areas.area_page(current.session(), current.actor(), current.today(), code), AssignForm())


@bp.post("/areas/<code>/keeper")
@allows(Permission.AREAS_ASSIGN)
def assign(code: str) -> ResponseReturnValue:
    """Give a village to a school and member."""
    page = areas.area_page(current.session(), current.actor(), current.today(), code)
    if page.level is not Level.VILLAGE:
        raise NotVisible
    form = AssignForm()
    form.offer(areas.seat_choices(current.session(), current.actor()), page.keeper)
    if not form.validate_on_submit():
        return _page(page, form), 422
    school_id, seat_id = form.chosen
    try:
        with current.writing() as session:
            assign_village(session, act=current.act(), village_code=code, school_id=school_id, seat_id=seat_id)
    except Refused as refusal:
        form.keeper.errors = [sentence(refusal)]
        return _page(page, form), 422
    flash(_("The village has been given over; what is under way goes with it."), "success")
    return redirect(url_for("areas.area", code=code), 303)


def _page(page: areas.AreaPage, form: AssignForm) -> str:
    session, actor = current.session(), current.actor()
    if page.village_id is None:
        return render_template("areas/area.html", page=page, Level=Level, search=SearchForm())
    seats = areas.seat_choices(session, actor)
    form.offer(seats, page.keeper)
    return render_template(
        "areas/village.html",
        page=page,
        people=borrower_list(session, actor, current.today(), Filters(area=page.code)),
        history=areas.history(session, page.village_id),
        handover=handovers.open_of(session, page.village_id),
        form=form if seats else None,
    )
