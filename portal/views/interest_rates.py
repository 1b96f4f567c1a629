"""Published rates and what contracts add to them: read by schools, kept by the centre."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.interest_rates import RateBasis, Reference, Spread
from models.rules.permissions import Permission
from models.rules.refusals import Refused
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.interest_rates import ReferenceForm, SpreadForm
from portal.queries import interest_rates as queries
from portal.services import interest_rates as services
from portal.services import term_changes

bp = Blueprint("interest_rates", __name__)


@bp.get("/interest-rates")
@allows(Permission.TERMS_READ)
def index() -> ResponseReturnValue:
    """Show the published rates, the spreads, and the yearly rates they come to."""
    table = queries.rate_table(current.session())
    return render_template(
        "interest_rates/index.html",
        table=table,
        bases=RateBasis,
        years=queries.years(table, current.today()),
    )


@bp.route("/interest-rates/references/new", methods=["GET", "POST"])
@allows(Permission.TERMS_MANAGE)
def new_reference() -> ResponseReturnValue:
    """Add a published rate; its consequence is shown before it is kept."""
    return _reference_page(ReferenceForm(), None)


@bp.route("/interest-rates/references/<basis>/<from_on>", methods=["GET", "POST"])
@allows(Permission.TERMS_MANAGE)
def reference(basis: str, from_on: str) -> ResponseReturnValue:
    """Put a published rate right."""
    held = queries.reference(queries.rate_table(current.session()), basis, from_on)
    form = ReferenceForm()
    if not form.is_submitted():
        form.fill(held)
    return _reference_page(form, held)


@bp.post("/interest-rates/references/<basis>/<from_on>/confirm")
@allows(Permission.TERMS_MANAGE)
def confirm_reference(basis: str, from_on: str) -> ResponseReturnValue:
    """Say that a rate was held against its publication."""
    with current.writing() as session:
        held = queries.reference(queries.rate_table(session), basis, from_on)
        services.confirm_reference(session, act=current.act(), basis=held.basis, from_on=held.from_on)
    flash(_("The rate is confirmed."), "success")
    return redirect(url_for("interest_rates.index"), 303)


@bp.route("/interest-rates/spreads/new", methods=["GET", "POST"])
@allows(Permission.TERMS_MANAGE)
def new_spread() -> ResponseReturnValue:
    """Add a spread; its consequence is shown before it is kept."""
    return _spread_page(SpreadForm(), None)


@bp.route("/interest-rates/spreads/<signed_from>/<int:ends_from>", methods=["GET", "POST"])
@allows(Permission.TERMS_MANAGE)
def spread(signed_from: str, ends_from: int) -> ResponseReturnValue:
    """Put a spread right."""
    held = queries.spread(queries.rate_table(current.session()), signed_from, ends_from)
    form = SpreadForm()
    if not form.is_submitted():
        form.fill(held)
    return _spread_page(form, held)


@bp.post("/interest-rates/spreads/<signed_from>/<int:ends_from>/confirm")
@allows(Permission.TERMS_MANAGE)
def confirm_spread(signed_from: str, ends_from: int) -> ResponseReturnValue:
    """Say that a spread was held against its publication."""
    with current.writing() as session:
        held = queries.spread(queries.rate_table(session), signed_from, ends_from)
        services.confirm_spread(session, act=current.act(), signed_from=held.signed_from, ends_from=held.ends_from)
    flash(_("The spread is confirmed."), "success")
    return redirect(url_for("interest_rates.index"), 303)


def _reference_page(form: ReferenceForm, held: Reference | None) -> ResponseReturnValue:
    contracts = None
    if form.validate_on_submit():
        row = form.row()
        try:
            if form.seen.data == (seen := _seen(row.basis, row.from_on, row.rate_pct)):
                return _keep(row, held)
            contracts = services.consequence(current.session(), today=current.today(), row=row, instead_of=held)
            form.seen.data = seen
        except Refused as refusal:
            form.rate.errors = [sentence(refusal)]
    page = render_template("interest_rates/reference.html", form=form, held=held, contracts=contracts)
    return page, 422 if form.errors else 200


def _spread_page(form: SpreadForm, held: Spread | None) -> ResponseReturnValue:
    contracts = None
    if form.validate_on_submit():
        row = form.row()
        try:
            if form.seen.data == (seen := _seen(row.signed_from, row.ends_from, row.basis, row.spread_pct)):
                return _keep(row, held)
            contracts = services.consequence(current.session(), today=current.today(), row=row, instead_of=held)
            form.seen.data = seen
        except Refused as refusal:
            form.spread.errors = [sentence(refusal)]
    page = render_template("interest_rates/spread.html", form=form, held=held, contracts=contracts)
    return page, 422 if form.errors else 200


def _seen(*values: object) -> str:
    """Return what the person saw the consequence of: other values want to be looked at again."""
    return "|".join(map(str, values))


def _keep(row: Reference | Spread, held: Reference | Spread | None) -> ResponseReturnValue:
    """Keep what plans nothing anew at once; ask a job for the rest."""
    with current.writing() as session:
        act = current.act()
        if services.consequence(session, today=act.today, row=row, instead_of=held):
            job_id = term_changes.ask_rate(session, act=act, row=row, instead_of=held).id
        else:
            job_id = None
            term_changes.keep_rate(session, act=act, row=row, instead_of=held)
    return asked(job_id) if job_id else _kept()


def asked(job_id: int) -> ResponseReturnValue:
    """Lead to the job that plans contracts anew."""
    flash(_("This is being kept, and the contracts under it planned anew: all at once, when it is done."), "success")
    return redirect(url_for("jobs.job", job_id=job_id), 303)


def _kept() -> ResponseReturnValue:
    flash(_("Kept. No coming instalment changes."), "success")
    return redirect(url_for("interest_rates.index"), 303)
