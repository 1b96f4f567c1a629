"""The page on which the proof of a recorded service is mended."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.proofs import ProofForm
from portal.queries import notices as reads
from portal.services import proofs
from portal.words import word

bp = Blueprint("proofs", __name__)


@bp.route("/notices/<int:notice_id>/proof", methods=["GET", "POST"])
@allows(Permission.NOTICES_SERVE)
def mend(notice_id: int) -> ResponseReturnValue:
    """Add what the proof of the newest service lacks."""
    found = reads.notice(current.session(), current.actor(), current.today(), notice_id)
    attempt = next((one for one in found.attempts if one.was_served), None)
    if attempt is None:
        raise NotVisible
    form = ProofForm()
    if form.validate_on_submit():
        try:
            photos = form.photos()
            with current.writing() as session:
                verdict = proofs.mend(
                    session, act=current.act(), notice_id=notice_id, addition=form.addition(), photos=photos
                )
        except Refused as refusal:
            form.form_errors = [sentence(refusal)]
        else:
            flash(_("The proof is added. It is now: %(strength)s.", strength=word(verdict.strength)), "success")
            return redirect(url_for("notices.notice", notice_id=notice_id), 303)
    return render_template(
        "proofs/mend.html", form=form, found=found, attempt=attempt, fields=form.asked(attempt.method)
    ), (422 if form.errors else 200)
