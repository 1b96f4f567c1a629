"""Pages of monthly statements with lenders: drawn up, signed, countersigned, printed."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from models.rules.monthly_statements import last_day, month_named
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.monthly_statements import ReturnForm, SignForm
from portal.queries import monthly_figures as figures
from portal.queries import monthly_statements as queries
from portal.services import monthly_statements as service

bp = Blueprint("monthly_statements", __name__)

_PAPER = "zh_Hans"  # what is signed on paper is in the language of the office


@bp.get("/monthly-statements")
@allows(Permission.RECONCILIATIONS_READ)
def index() -> ResponseReturnValue:
    """Show the months there is a list of, and how far their statements are."""
    return render_template("monthly_statements/index.html", months=queries.months(current.session(), current.actor()))


@bp.get("/monthly-statements/<int:lender_id>/<month>")
@allows(Permission.RECONCILIATIONS_READ)
def of_month(lender_id: int, month: str) -> ResponseReturnValue:
    """Show one month school by school, with what each says now."""
    session, actor, today = current.session(), current.actor(), current.today()
    begins = _month(month)
    lender = queries.lender_name(session, lender_id)
    rows = queries.of_month(session, actor, lender_id, begins)
    if figures.newest_list_of(session, lender_id, begins) is None:
        raise NotVisible
    said = [(row, figures.draw_up(session, lender_id, begins, row.school_id, today)) for row in rows]
    return render_template("monthly_statements/month.html", lender=lender, lender_id=lender_id, month=begins, rows=said)


@bp.route("/monthly-statements/<int:lender_id>/<month>/<int:school_id>", methods=["GET", "POST"])
@allows(Permission.RECONCILIATIONS_READ)
def draft(lender_id: int, month: str, school_id: int) -> ResponseReturnValue:
    """Show what a school's statement says now, with its versions; sign it where that is this person's part."""
    session, actor, today = current.session(), current.actor(), current.today()
    begins, school = _month(month), school_id or None
    if not queries.may_see(actor, school):
        raise NotVisible
    content = figures.draw_up(session, lender_id, begins, school, today)
    form = SignForm(sha256=content.digest)
    if form.validate_on_submit():
        if not actor.may(Permission.RECONCILIATIONS_SIGN):
            raise Refused("This step belongs to somebody else's part in the procedure.")
        with current.writing() as writing:
            signed = service.sign(
                writing,
                act=current.act(),
                lender_id=lender_id,
                month=begins,
                school_id=school,
                sha256=str(form.sha256.data),
            ).id
        flash(_("The statement is signed and frozen; the aid centre countersigns it."), "success")
        return redirect(url_for("monthly_statements.version", statement_id=signed), 303)
    form.sha256.data = content.digest
    return render_template(
        "monthly_statements/draft.html",
        content=content,
        lender_id=lender_id,
        school_id=school_id,
        month=begins,
        versions=queries.versions(session, lender_id, begins, school),
        form=form,
        is_over=today > last_day(begins),
    )


@bp.get("/monthly-statements/versions/<int:statement_id>")
@allows(Permission.RECONCILIATIONS_READ)
def version(statement_id: int) -> ResponseReturnValue:
    """Show a signed version as it was signed."""
    return _version_page(statement_id, ReturnForm(), 200)


@bp.post("/monthly-statements/versions/<int:statement_id>/confirm")
@allows(Permission.RECONCILIATIONS_SETTLE)
def confirm(statement_id: int) -> ResponseReturnValue:
    """Countersign a statement as the aid centre."""
    with current.writing() as session:
        service.confirm(session, act=current.act(), statement_id=statement_id)
    flash(_("The statement is countersigned and closed."), "success")
    return redirect(url_for("monthly_statements.version", statement_id=statement_id), 303)


@bp.post("/monthly-statements/versions/<int:statement_id>/return")
@allows(Permission.RECONCILIATIONS_SETTLE)
def return_to_school(statement_id: int) -> ResponseReturnValue:
    """Return a statement to the school with a reason."""
    form = ReturnForm()
    if not form.validate_on_submit():
        return _version_page(statement_id, form, 422)
    try:
        with current.writing() as session:
            service.return_to_school(
                session, act=current.act(), statement_id=statement_id, reason=str(form.reason.data)
            )
    except Refused as refusal:
        form.reason.errors = [sentence(refusal)]
        return _version_page(statement_id, form, 422)
    flash(_("The statement is returned with the reason."), "success")
    return redirect(url_for("monthly_statements.version", statement_id=statement_id), 303)


@bp.get("/monthly-statements/versions/<int:statement_id>/print")
@allows(Permission.RECONCILIATIONS_READ)
def print_version(statement_id: int) -> ResponseReturnValue:
    """Show a signed version as paper, in the language of the office."""
    found, content = queries.one(current.session(), current.actor(), statement_id)
    with force_locale(_PAPER):
        return render_template("monthly_statements/print.html", found=found, content=content, made_at=current.now())


def _version_page(statement_id: int, form: ReturnForm, status: int) -> ResponseReturnValue:
    session, actor, today = current.session(), current.actor(), current.today()
    found, content = queries.one(session, actor, statement_id)
    now = figures.draw_up(session, found.lender_id, found.month, found.school_id, today)
    page = render_template(
        "monthly_statements/version.html",
        found=found,
        content=content,
        form=form,
        versions=queries.versions(session, found.lender_id, found.month, found.school_id),
        has_changed=now.digest != found.sha256,
        is_signer=actor.user_id == found.signed_by_id,
    )
    return page, status


def _month(text: str) -> date:
    """Read the month of an address; what is none looks missing."""
    try:
        return month_named(text)
    except Refused:
        raise NotVisible from None
