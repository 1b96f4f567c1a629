"""Pages of notices: the list, one notice, its paper, serving it, calling it back, the route sheet of a walk."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.permissions import Permission
from models.rules.refusals import Refused
from models.rules.workflows import NOTICE, NoticeState, NoticeStep
from notices import layout
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.notices import CallBackForm, ServiceForm
from portal.pages import download
from portal.queries import evidence_files, papers, print_files, served_papers
from portal.queries import notices as reads
from portal.services import notices, print_runs, service_of_notice
from portal.services.attempts import Recorded
from portal.services.notices import Terms
from portal.services.service_of_notice import CURED

bp = Blueprint("notices", __name__)

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


@bp.get("/notices/route-sheet.pdf")
@allows(Permission.NOTICES_SERVE)
def route_sheet() -> ResponseReturnValue:
    """Send the route sheet of every notice still to be served, of one area or of all in reach."""
    reader, today = current.session(), current.today()
    stops = print_files.open_stops(reader, current.actor(), today, request.args.get("area", "")[:12])
    if not stops:
        raise Refused("No notice is waiting to be served here, so there is no way to walk.")
    if len(stops) > print_files.PAPERS_PER_FILE:
        raise Refused(
            "%(count)s notices are to be served; a route sheet holds %(most)s. Choose a township or a village.",
            count=len(stops),
            most=print_files.PAPERS_PER_FILE,
        )
    pdf = print_runs.route_sheet(reader, today=today, stops=stops, public_url=current.settings().public_url)
    with current.writing() as session:
        current.act().record(session, "notice:route_sheet", subject="notices", papers=len(stops))
    return download(pdf, "application/pdf", f"route-sheet-{today.isoformat()}.pdf")


@bp.get("/notices/<int:notice_id>")
@allows(Permission.NOTICES_READ)
def notice(notice_id: int) -> ResponseReturnValue:
    """Show what a notice says, where it stands, what was tried, and what can be done."""
    found = reads.notice(current.session(), current.actor(), current.today(), notice_id)
    steps = NOTICE.steps(found.row.state, current.actor().role)
    to_co_borrowers = papers.of_notice(current.session(), current.actor(), current.today(), notice_id)
    return render_template(
        "notices/notice.html",
        found=found,
        to_co_borrowers=to_co_borrowers,
        states=served_papers.states(current.session(), [one.id for one in to_co_borrowers.values()]),
        why=_(CURED) if found.called_back_reason == CURED else found.called_back_reason,
        may_serve=NoticeStep.SERVE in steps,
        may_mend=_may_mend(found),
        kept=evidence_files.kept(current.session(), found.row.borrower_id, years=current.settings().records_kept_years),
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
    return download(pdf, "application/pdf", f"notice-{notice_id}.pdf")


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
        photos = form.photos()
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
    flash(*said(recorded))
    return redirect(url_for("notices.notice", notice_id=notice_id), 303)


@bp.get("/notices/<int:notice_id>/receipts/<int:receipt_id>")
@allows(Permission.NOTICES_READ)
def receipt(notice_id: int, receipt_id: int) -> ResponseReturnValue:
    """Send the photo of a receipt."""
    image = reads.receipt(current.session(), current.actor(), current.today(), notice_id, receipt_id)
    return download(image, "image/jpeg", f"receipt-{receipt_id}.jpg")


def _may_mend(found: reads.NoticeDetail) -> int | None:
    """Return which attempt's proof the person may add to: the newest that handed the notice over."""
    if not current.actor().may(Permission.NOTICES_SERVE):
        return None
    return next((one.id for one in found.attempts if one.was_served), None)


def _terms() -> Terms:
    """Return what this installation sets about issuing."""
    return Terms.from_settings(current.settings())


def said(recorded: Recorded) -> tuple[str, str]:
    """Return what came of an attempt to serve in words, and how the message is marked."""
    if recorded.do_not_serve:
        return _("Do not serve this notice: nothing is overdue any more. It is called back."), "warning"
    if recorded.state is NoticeState.SERVED:
        return _("The service is recorded. See below how strong its proof is."), "success"
    return _("The attempt is recorded. The notice is not served yet; see below what would help."), "warning"
