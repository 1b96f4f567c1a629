"""Pages of wordings: what is in force, the versions of a kind, writing one, looking at it, approving it."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.papers import PaperKind
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from models.rules.workflows import WordingState
from notices import layout, wording_checks
from notices.specimens import specimen
from notices.wording import KINDS, Version
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.notices import EmptyForm
from portal.forms.wordings import ApproveForm, ReasonForm, TextsForm, texts_form
from portal.queries import wordings as reads
from portal.queries.wordings import VersionRow
from portal.services import wordings

bp = Blueprint("wordings", __name__)

_SEALED = "sandbox; default-src 'none'"  # a downloaded file opens as nothing but itself


@bp.get("/wordings")
@allows(Permission.WORDINGS_READ)
def index() -> ResponseReturnValue:
    """List every kind of paper with the wording in force and what is being changed."""
    return render_template("wordings/index.html", found=reads.kinds(current.session(), current.today()))


@bp.route("/wordings/<kind>", methods=["GET", "POST"])
@allows(Permission.WORDINGS_EDIT)
def kind(kind: str) -> ResponseReturnValue:
    """Show the versions of a kind, and begin the next."""
    which = _kind(kind)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                begun = wordings.begin(session, act=current.act(), kind=which, reason=form.reason.data)
        except Refused as refusal:
            form.reason.errors = [sentence(refusal)]
        else:
            return redirect(url_for("wordings.edit", version_id=begun.id), 303)
    found = reads.versions(current.session(), which, current.today())
    return render_template(
        "wordings/kind.html",
        kind=which,
        found=found,
        in_force=next(row for row in found if row.in_force),
        rules=KINDS[which].rules,
        form=form,
        may_begin=all(row.state not in {WordingState.DRAFT, WordingState.PROPOSED} for row in found),
    ), 422 if form.errors else 200


@bp.get("/wordings/<kind>/specimen.pdf")
@allows(Permission.WORDINGS_READ)
def in_force(kind: str) -> ResponseReturnValue:
    """Show the wording in force today on a page of nobody."""
    which = _kind(kind)
    return _specimen(which, reads.approved(current.session()).on(which, current.today()))


@bp.get("/wordings/versions/<int:version_id>")
@allows(Permission.WORDINGS_READ)
def version(version_id: int) -> ResponseReturnValue:
    """Show one version beside the one in force, and what can be done with it."""
    found = reads.version(current.session(), version_id, current.today())
    before = reads.approved(current.session()).on(found.kind, current.today())
    return render_template(
        "wordings/version.html",
        found=found,
        rules=KINDS[found.kind].rules,
        before=before,
        faults=_faults(found),
        is_mine=found.drafted_by_id == current.actor().user_id,
        form=EmptyForm(),
    )


@bp.route("/wordings/versions/<int:version_id>/edit", methods=["GET", "POST"])
@allows(Permission.WORDINGS_EDIT)
def edit(version_id: int) -> ResponseReturnValue:
    """Write a draft. What is wrong with it is said beside its passage, and kept all the same."""
    found = reads.version(current.session(), version_id, current.today())
    form = texts_form(found.kind, found.version.texts)
    if form.validate_on_submit():
        with current.writing() as session:
            row = wordings.edit(session, act=current.act(), version_id=version_id, texts=form.texts())
            wrong = wording_checks.faults(row.kind, row.texts)
        if not wrong:
            flash(_("Kept. Look at it on paper, then put it up for approval."), "success")
            return redirect(url_for("wordings.version", version_id=version_id), 303)
        _say(form, wrong)
        flash(_("Kept as a draft; what is marked has to be mended before approval."), "warning")
    return render_template(
        "wordings/edit.html", found=found, form=form, slots=KINDS[found.kind].slots
    ), 422 if form.errors else 200


@bp.get("/wordings/versions/<int:version_id>/specimen.pdf")
@allows(Permission.WORDINGS_READ)
def preview(version_id: int) -> ResponseReturnValue:
    """Show a version on a page of nobody.

    Raises:
        Refused: a passage is wrong: what it would print cannot be worked out.

    """
    found = reads.version(current.session(), version_id, current.today())
    for refusal in wording_checks.faults(found.kind, found.version.texts).values():
        raise refusal
    return _specimen(found.kind, found.version)


@bp.post("/wordings/versions/<int:version_id>/propose")
@allows(Permission.WORDINGS_EDIT)
def propose(version_id: int) -> ResponseReturnValue:
    """Put a draft up for approval."""
    with current.writing() as session:
        wordings.propose(session, act=current.act(), version_id=version_id)
    flash(_("Put up for approval. Somebody else of the centre approves it."), "success")
    return redirect(url_for("wordings.version", version_id=version_id), 303)


@bp.post("/wordings/versions/<int:version_id>/discard")
@allows(Permission.WORDINGS_EDIT)
def discard(version_id: int) -> ResponseReturnValue:
    """Give a version up."""
    with current.writing() as session:
        row = wordings.discard(session, act=current.act(), version_id=version_id)
        which = row.kind
    flash(_("Discarded. The wording in force stays."), "success")
    return redirect(url_for("wordings.kind", kind=which.value), 303)


@bp.route("/wordings/versions/<int:version_id>/approve", methods=["GET", "POST"])
@allows(Permission.WORDINGS_APPROVE)
def approve(version_id: int) -> ResponseReturnValue:
    """Approve somebody else's version from a day on."""
    found = reads.version(current.session(), version_id, current.today())
    form = ApproveForm(data={"from_on": current.today()})
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                wordings.approve(session, act=current.act(), version_id=version_id, from_on=form.from_on.data)
        except Refused as refusal:
            form.from_on.errors = [sentence(refusal)]
        else:
            flash(_("Approved. Papers issued from that day on take it."), "success")
            return redirect(url_for("wordings.version", version_id=version_id), 303)
    return render_template("wordings/approve.html", found=found, form=form), 422 if form.errors else 200


@bp.route("/wordings/versions/<int:version_id>/return", methods=["GET", "POST"])
@allows(Permission.WORDINGS_APPROVE)
def send_back(version_id: int) -> ResponseReturnValue:
    """Return a version to its author, with the reason."""
    found = reads.version(current.session(), version_id, current.today())
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                wordings.send_back(session, act=current.act(), version_id=version_id, reason=form.reason.data)
        except Refused as refusal:
            form.reason.errors = [sentence(refusal)]
        else:
            flash(_("Returned to its author."), "success")
            return redirect(url_for("wordings.version", version_id=version_id), 303)
    return render_template("wordings/return.html", found=found, form=form), 422 if form.errors else 200


def _kind(text: str) -> PaperKind:
    if text not in set(PaperKind):
        raise NotVisible
    return PaperKind(text)


def _faults(found: VersionRow) -> dict[str, str]:
    wrong = wording_checks.faults(found.kind, found.version.texts)
    return {name: sentence(refusal) for name, refusal in wrong.items()}


def _say(form: TextsForm, wrong: dict[str, Refused]) -> None:
    for name, refusal in wrong.items():
        form[name].errors = [sentence(refusal)]


def _specimen(which: PaperKind, version: Version) -> Response:
    pdf = layout.render(specimen(which, version, current.today()))
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="specimen-{which.value}.pdf"'
    answer.headers["Content-Security-Policy"] = _SEALED
    return answer
