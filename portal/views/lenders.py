"""Lenders' profiles: read by schools, kept by the centre."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.facts import ALLOCATION
from models.rules.interest import DayCount, simple
from models.rules.lenders import DEFAULT, settlement_on_or_after, visible_from
from models.rules.permissions import Permission
from models.rules.refusals import Refused
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.lenders import LenderForm, NewLenderForm
from portal.queries import lenders as queries
from portal.queries.lenders import LenderRow
from portal.services import lenders as services
from portal.services import term_changes
from portal.services.lenders import LenderTerms
from portal.views.interest_rates import asked

bp = Blueprint("lenders", __name__)

_PRINCIPAL, _RATE, _SHORT, _YEAR = Decimal(48_000), Decimal("2.80"), 111, 365


@dataclass(frozen=True, slots=True)
class Worked:
    """What one way of counting days makes of the example, in yuan."""

    day_count: DayCount
    short: Decimal
    year: Decimal


@bp.get("/lenders")
@allows(Permission.TERMS_READ)
def index() -> ResponseReturnValue:
    """List the lenders."""
    return render_template("lenders/index.html", lenders=queries.lenders(current.session()))


@bp.get("/lenders/<int:lender_id>")
@allows(Permission.TERMS_READ)
def lender(lender_id: int) -> ResponseReturnValue:
    """Show a lender's profile and what it means."""
    found = queries.lender(current.session(), lender_id)
    today = current.today()
    return render_template(
        "lenders/lender.html",
        lender=found,
        worked=worked(),
        settles_on=settlement_on_or_after(today, found.profile),
        seen_on=visible_from(today, found.profile),
        is_default_order=found.order == ALLOCATION,
        is_default_posting=found.profile.posting_days == DEFAULT.posting_days,
    )


@bp.route("/lenders/new", methods=["GET", "POST"])
@allows(Permission.TERMS_MANAGE)
def new() -> ResponseReturnValue:
    """Add a lender."""
    form = NewLenderForm()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                made = services.add(session, act=current.act(), code=form.code.data, terms=form.terms())
                made_id = made.id
        except Refused as refusal:
            form.name.errors = [sentence(refusal)]
        else:
            flash(_("The lender is added. Its contracts come with a roster."), "success")
            return redirect(url_for("lenders.lender", lender_id=made_id), 303)
    return render_template("lenders/new.html", form=form, worked=worked()), 422 if form.errors else 200


@bp.route("/lenders/<int:lender_id>/edit", methods=["GET", "POST"])
@allows(Permission.TERMS_MANAGE)
def edit(lender_id: int) -> ResponseReturnValue:
    """Change a profile; what hangs on it is shown before it is kept."""
    found = queries.lender(current.session(), lender_id)
    form = LenderForm()
    if not form.is_submitted():
        form.fill(found)
    is_asked = False
    if form.validate_on_submit():
        terms = form.terms()
        if _moves_figures(found, terms) and form.seen.data != _seen(terms):
            form.seen.data, is_asked = _seen(terms), True
        else:
            try:
                with current.writing() as session:
                    if found.borrowers and _moves_figures(found, terms):
                        job_id = term_changes.ask_lender(
                            session, act=current.act(), lender_id=lender_id, terms=terms
                        ).id
                    else:
                        job_id = None
                        services.change(session, act=current.act(), lender_id=lender_id, terms=terms)
            except Refused as refusal:
                form.name.errors = [sentence(refusal)]
            else:
                if job_id:
                    return asked(job_id)
                flash(_("Kept."), "success")
                return redirect(url_for("lenders.lender", lender_id=lender_id), 303)
    page = render_template(
        "lenders/edit.html",
        form=form,
        lender=found,
        worked=worked(),
        is_asked=is_asked,
        replans=is_asked and DayCount(form.day_count.data) is not found.day_count,
    )
    return page, 422 if form.errors else 200


def worked() -> tuple[Worked, ...]:
    """Return the worked example: 48,000 yuan at 2.80 % for 1 September to 20 December and for a full year."""
    return tuple(
        Worked(one, simple(_PRINCIPAL, _RATE, _SHORT, one), simple(_PRINCIPAL, _RATE, _YEAR, one)) for one in DayCount
    )


def _moves_figures(found: LenderRow, terms: LenderTerms) -> bool:
    held = (found.day_count, found.penalty_percent, found.order, found.tolerance)
    return held != (terms.day_count, terms.penalty_percent, terms.order, terms.tolerance)


def _seen(terms: LenderTerms) -> str:
    """Return what the person saw the consequence of: other values want to be looked at again."""
    return "|".join((terms.day_count, str(terms.penalty_percent), *terms.order, str(terms.tolerance)))
