"""Pages on which the service of a co-borrower's notice is recorded, and its proof mended."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.notices import PaperServiceForm
from portal.forms.proofs import PaperProofForm
from portal.pages import download
from portal.queries import served_papers as reads
from portal.queries.served_papers import ServedPaper
from portal.services import service_of_paper
from portal.views.notices import said
from portal.words import word

bp = Blueprint("paper_services", __name__)


@bp.route("/papers/<int:paper_id>/service", methods=["GET", "POST"])
@allows(Permission.NOTICES_SERVE)
def record(paper_id: int) -> ResponseReturnValue:
    """Record that a co-borrower's notice was served, or why not."""
    found = _found(paper_id)
    form = PaperServiceForm()
    if not form.validate_on_submit():
        return _service_page(form, found)
    try:
        photos = form.photos()
    except Refused as refusal:
        form.photo.errors = [sentence(refusal)]
        return _service_page(form, found)
    try:
        with current.writing() as session:
            recorded = service_of_paper.record_service(
                session, act=current.act(), paper_id=paper_id, attempt=form.attempt(), photos=photos
            )
    except Refused as refusal:
        form.at.errors = [sentence(refusal)]
        return _service_page(form, found)
    flash(*said(recorded))
    return redirect(url_for("papers.paper", paper_id=paper_id), 303)


@bp.route("/papers/<int:paper_id>/proof", methods=["GET", "POST"])
@allows(Permission.NOTICES_SERVE)
def mend(paper_id: int) -> ResponseReturnValue:
    """Add what the proof of the newest service lacks."""
    found = _found(paper_id)
    attempt = next((one for one in found.attempts if one.was_served), None)
    if attempt is None:
        raise NotVisible
    form = PaperProofForm()
    if form.validate_on_submit():
        try:
            photos = form.photos()
            with current.writing() as session:
                verdict = service_of_paper.mend(
                    session, act=current.act(), paper_id=paper_id, addition=form.addition(), photos=photos
                )
        except Refused as refusal:
            form.form_errors = [sentence(refusal)]
        else:
            flash(_("The proof is added. It is now: %(strength)s.", strength=word(verdict.strength)), "success")
            return redirect(url_for("papers.paper", paper_id=paper_id), 303)
    page = render_template(
        "paper_services/mend.html", form=form, found=found, attempt=attempt, fields=form.asked(attempt.method)
    )
    return page, 422 if form.errors else 200


@bp.get("/papers/<int:paper_id>/receipts/<int:receipt_id>")
@allows(Permission.PAPERS_READ)
def receipt(paper_id: int, receipt_id: int) -> ResponseReturnValue:
    """Send the photo of a receipt."""
    image = reads.receipt(current.session(), current.actor(), current.today(), paper_id, receipt_id)
    return download(image, "image/jpeg", f"receipt-{receipt_id}.jpg")


def _found(paper_id: int) -> ServedPaper:
    return reads.served_paper(current.session(), current.actor(), current.today(), paper_id)


def _service_page(form: PaperServiceForm, found: ServedPaper) -> ResponseReturnValue:
    return render_template("paper_services/service.html", form=form, found=found), 422 if form.errors else 200
