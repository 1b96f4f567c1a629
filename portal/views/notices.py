"""Pages of notices: the list, one notice, its paper, serving it, calling it back; batches."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.permissions import Permission
from models.rules.refusals import Refused
from models.rules.workflows import NOTICE, NoticeState, NoticeStep
from notices import layout
from notices.photos import CleanPhoto, clean_photo
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.notices import CallBackForm, EmptyForm, ServiceForm
from portal.queries import notice_batches as batch_reads
from portal.queries import notices as reads
from portal.queries import papers
from portal.services import notice_batches, notices, service_of_notice
from portal.services.notice_drafts import obstacle
from portal.services.notices import Terms
from portal.services.service_of_notice import CURED, Recorded

bp = Blueprint("notices", __name__)

_SEALED = "sandbox; default-src 'none'"  # a downloaded file opens as nothing but itself
_LAST_PAGE = 1_000


@bp.get("/notices")
@allows(Permission.NOTICES_READ)
def index() -> ResponseReturnValue:
    """List notices, those to be served first; filters stay in the address."""
    state = request.args.get("state", "")
    area_code = request.args.get("area", "")
    page = min(_LAST_PAGE, max(1, request.args.get("page", 1, type=int)))
    found = reads.notices(
        current.session(),
        current.actor(),
        current.today(),
        state=NoticeState(state) if state in set(NoticeState) else None,
        area_code=area_code,
        page=page,
    )
    return render_template("notices/index.html", found=found, states=tuple(NoticeState), state=state, area=area_code)


@bp.get("/notices/<int:notice_id>")
@allows(Permission.NOTICES_READ)
def notice(notice_id: int) -> ResponseReturnValue:
    """Show what a notice says, where it stands, what was tried, and what can be done."""
    found = reads.notice(current.session(), current.actor(), current.today(), notice_id)
    steps = NOTICE.steps(found.row.state, current.actor().role)
    return render_template(
        "notices/notice.html",
        found=found,
        to_co_borrowers=papers.of_notice(current.session(), current.actor(), current.today(), notice_id),
        why=_(CURED) if found.called_back_reason == CURED else found.called_back_reason,
        may_serve=NoticeStep.SERVE in steps,
        may_call_back=NoticeStep.CALL_BACK in steps,
    )


@bp.post("/borrowers/<int:borrower_id>/notices")
@allows(Permission.NOTICES_ISSUE)
def issue_one(borrower_id: int) -> ResponseReturnValue:
    """Issue a notice to one borrower."""
    act = current.act()
    with current.writing() as session:
        draft = notices.reserve(session, act=act, borrower_id=borrower_id, terms=_terms())
    issued = notices.complete(current.database(), act=act, draft=draft)
    flash(_("The notice %(serial)s is issued. Print it, and serve it in pairs.", serial=issued.serial), "success")
    return redirect(url_for("notices.notice", notice_id=issued.id), 303)


@bp.get("/notices/<int:notice_id>/paper.pdf")
@allows(Permission.NOTICES_READ)
def paper(notice_id: int) -> ResponseReturnValue:
    """Send the paper: the stored file the first time, afterwards one marked as a reprint. Each time is recorded."""
    pdf = reads.paper(current.session(), current.actor(), current.today(), notice_id)
    with current.writing() as session:
        is_reprint = notices.record_print(session, act=current.act(), notice_id=notice_id)
    if is_reprint:
        said = reads.notice(current.session(), current.actor(), current.today(), notice_id).content
        pdf = layout.render(said, reprint=True)
    return _download(pdf, "application/pdf", f"notice-{notice_id}.pdf")


@bp.route("/notices/<int:notice_id>/call-back", methods=["GET", "POST"])
@allows(Permission.NOTICES_ISSUE)
def call_back(notice_id: int) -> ResponseReturnValue:
    """Call a notice back, with the reason."""
    found = reads.notice(current.session(), current.actor(), current.today(), notice_id)
    form = CallBackForm()
    if not form.validate_on_submit():
        return render_template("notices/call_back.html", form=form, found=found), 422 if form.errors else 200
    with current.writing() as session:
        notices.call_back(session, act=current.act(), notice_id=notice_id, reason=form.reason.data)
    flash(_("The notice is called back. Its code now says so to whoever checks it."), "success")
    return redirect(url_for("notices.notice", notice_id=notice_id), 303)


@bp.route("/notices/<int:notice_id>/service", methods=["GET", "POST"])
@allows(Permission.NOTICES_SERVE)
def service(notice_id: int) -> ResponseReturnValue:
    """Record that a notice was served, or why not."""
    found = reads.notice(current.session(), current.actor(), current.today(), notice_id)
    form = ServiceForm()
    if not form.validate_on_submit():
        return render_template("notices/service.html", form=form, found=found), 422 if form.errors else 200
    try:
        photos = _photos(form)
    except Refused as refusal:
        form.photo.errors = [sentence(refusal)]
        return render_template("notices/service.html", form=form, found=found), 422
    try:
        with current.writing() as session:
            recorded = service_of_notice.record_service(
                session, act=current.act(), notice_id=notice_id, attempt=form.attempt(), photos=photos
            )
    except Refused as refusal:
        form.at.errors = [sentence(refusal)]
        return render_template("notices/service.html", form=form, found=found), 422
    flash(*_said(recorded))
    return redirect(url_for("notices.notice", notice_id=notice_id), 303)


@bp.get("/notices/<int:notice_id>/receipts/<int:receipt_id>")
@allows(Permission.NOTICES_READ)
def receipt(notice_id: int, receipt_id: int) -> ResponseReturnValue:
    """Send the photo of a receipt."""
    image = reads.receipt(current.session(), current.actor(), current.today(), notice_id, receipt_id)
    return _download(image, "image/jpeg", f"receipt-{receipt_id}.jpg")


@bp.get("/notices/batches")
@allows(Permission.NOTICES_READ)
def batches() -> ResponseReturnValue:
    """List the newest batches."""
    found = batch_reads.batches(current.session(), current.actor(), current.today())
    return render_template("notices/batches.html", found=found)


@bp.route("/notices/batches/new", methods=["GET", "POST"])
@allows(Permission.NOTICES_ISSUE)
def new_batch() -> ResponseReturnValue:
    """Show who would get a notice and who drops out, then issue to all of them as a job."""
    where = batch_reads.place(
        current.session(),
        area_code=request.args.get("area", ""),
        school_id=request.args.get("school", type=int),
    )
    form = EmptyForm()
    if form.validate_on_submit():
        with current.writing() as session:
            batch = notice_batches.create_batch(session, act=current.act(), where=where, terms=_terms())
        flash(_("The notices are being made. You may leave this page."), "success")
        return redirect(url_for("notices.batch", batch_id=batch.id), 303)
    today = current.today()
    limit = _terms().fresh_days
    found = batch_reads.candidates(current.session(), current.actor(), today, where)
    judged = [(one, obstacle(one, today, limit)) for one in found]
    return render_template(
        "notices/new_batch.html",
        form=form,
        where=where,
        ready=[one for one, refusal in judged if refusal is None],
        dropped=[(one, refusal) for one, refusal in judged if refusal is not None],
    ), (422 if form.errors else 200)


@bp.get("/notices/batches/<int:batch_id>")
@allows(Permission.NOTICES_READ)
def batch(batch_id: int) -> ResponseReturnValue:
    """Show how far a batch is, who dropped out, and the files for printing."""
    reader, actor, today = current.session(), current.actor(), current.today()
    return render_template(
        "notices/batch.html",
        found=batch_reads.batch(reader, actor, today, batch_id),
        people=batch_reads.items(reader, actor, today, batch_id),
        files=batch_reads.files(reader, actor, today, batch_id),
    )


@bp.get("/notices/batches/<int:batch_id>/print.pdf")
@allows(Permission.NOTICES_READ)
def print_batch(batch_id: int) -> ResponseReturnValue:
    """Put the stored papers that are still to be served into one file, in the order of the walk."""
    reader, actor, today = current.session(), current.actor(), current.today()
    part = request.args.get("part", 1, type=int)
    if part < 1:
        abort(404)
    batch_reads.batch(reader, actor, today, batch_id)
    found = batch_reads.papers(reader, actor, today, batch_id, part)
    if not found:
        abort(404)
    with current.writing() as session:
        notices.record_batch_print(
            session, act=current.act(), batch_id=batch_id, notice_ids=[notice_id for notice_id, _pdf in found]
        )
    return _download(layout.merge(pdf for _id, pdf in found), "application/pdf", f"notices-batch-{batch_id}-{part}.pdf")


def _terms() -> Terms:
    """Return what this installation sets about issuing."""
    settings = current.settings()
    return Terms(settings.public_url, settings.data_fresh_days)


def _download(body: bytes, kind: str, name: str) -> Response:
    """Send a file to be saved, under a name that tells nothing of a person."""
    answer = Response(body, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = _SEALED
    return answer


def _photos(form: ServiceForm) -> list[CleanPhoto]:
    if not form.photo.data:
        return []
    data = form.photo.data.read()
    return [clean_photo(data)] if data else []


def _said(recorded: Recorded) -> tuple[str, str]:
    if recorded.do_not_serve:
        return _("Do not serve this notice: nothing is overdue any more. It is called back."), "warning"
    if recorded.state is NoticeState.SERVED:
        return _("The service is recorded. See below how strong its proof is."), "success"
    return _("The attempt is recorded. The notice is not served yet; see below what would help."), "warning"
