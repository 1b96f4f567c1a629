"""Pages of lists whose time of keeping is over."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.permissions import Permission
from models.rules.refusals import Refused
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.retention import AskForm
from portal.queries import retention as queries
from portal.services import retention as service
from portal.services.imports import originals, store

bp = Blueprint("retention", __name__)


@bp.get("/retention")
@allows(Permission.RECORDS_DESTROY)
def index() -> ResponseReturnValue:
    """Show the lists whose clock has run out, and what was asked of each."""
    found = queries.run_out(current.session(), current.today(), _years())
    return render_template("retention/index.html", found=found, years=_years(), user_id=current.actor().user_id)


@bp.route("/retention/<int:batch_id>/ask", methods=["GET", "POST"])
@allows(Permission.RECORDS_DESTROY)
def ask(batch_id: int) -> ResponseReturnValue:
    """Ask for the copies of a list to be destroyed."""
    found = queries.clock(current.session(), batch_id, current.today(), _years())
    form = AskForm()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                service.ask(session, act=current.act(), batch_id=batch_id, reason=str(form.reason.data), years=_years())
        except Refused as refusal:
            form.reason.errors = [sentence(refusal)]
        else:
            flash(_("Asked for: another person of the aid centre carries it out."), "success")
            return redirect(url_for("retention.index"), 303)
    return render_template("retention/ask.html", found=found, form=form), 422 if form.errors else 200


@bp.post("/retention/<int:batch_id>/withdraw")
@allows(Permission.RECORDS_DESTROY)
def withdraw(batch_id: int) -> ResponseReturnValue:
    """Let a destruction that was asked for not happen."""
    with current.writing() as session:
        service.withdraw(session, act=current.act(), batch_id=batch_id)
    flash(_("Not carried out: the copies stay."), "success")
    return redirect(url_for("retention.index"), 303)


@bp.post("/retention/<int:batch_id>/carry-out")
@allows(Permission.RECORDS_DESTROY)
def carry_out(batch_id: int) -> ResponseReturnValue:
    """Destroy both copies of a list, as the second of two people."""
    with current.writing() as session:
        service.carry_out(session, act=current.act(), batch_id=batch_id, years=_years())
    if originals.remove(current.database(), store.Places.from_settings(current.settings())):
        flash(_("Both copies of the list are destroyed; that it came in stays on record."), "success")
    else:
        flash(
            _("It is on record. The copies go by tomorrow morning, unless another import needs the same file."),
            "warning",
        )
    return redirect(url_for("retention.index"), 303)


def _years() -> int:
    return current.settings().records_kept_years
