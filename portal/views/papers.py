"""Pages of papers that are no notices: the list, one paper, its files, and the doors at which they are made."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.papers import PaperKind
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from notices import archive, companions, layout
from notices.content import NoticeContent
from portal import current
from portal.access import allows
from portal.actors import Act
from portal.errors import sentence
from portal.forms.papers import SummaryForm
from portal.queries import notices as notice_reads
from portal.queries import papers as reads
from portal.queries import served_papers, summaries
from portal.services import notices, papers
from portal.services.notices import Terms
from portal.services.paper_issuing import Draft
from portal.words import word

bp = Blueprint("papers", __name__)

_SEALED = "sandbox; default-src 'none'"  # a downloaded file opens as nothing but itself
_USUAL_PERIOD = timedelta(days=30)


@bp.get("/papers")
@allows(Permission.PAPERS_READ)
def index() -> ResponseReturnValue:
    """List the papers the person may see, the newest first."""
    kind = _kind(request.args.get("kind", "")) if request.args.get("kind") else None
    found = reads.papers(
        current.session(),
        current.actor(),
        current.today(),
        kind=kind,
        after=max(0, request.args.get("after", 0, type=int)),
    )
    return render_template(
        "papers/index.html",
        found=found,
        kind=kind,
        kinds=[one for one in PaperKind if one not in {PaperKind.NOTICE, PaperKind.ESCALATION, PaperKind.REPLY_SLIP}],
        is_first=not request.args.get("after"),
    )


@bp.get("/papers/<int:paper_id>")
@allows(Permission.PAPERS_READ)
def paper(paper_id: int) -> ResponseReturnValue:
    """Show what a paper is, and the shapes it can be printed in."""
    found = reads.paper(current.session(), current.actor(), current.today(), paper_id)
    served = None
    if found.row.kind is PaperKind.CO_BORROWER:
        served = served_papers.served_paper(current.session(), current.actor(), current.today(), paper_id)
    serves = current.actor().may(Permission.NOTICES_SERVE)
    return render_template(
        "papers/paper.html",
        found=found,
        has_companion=companions.exists(found.row.kind),
        served=served,
        may_serve=serves and served is not None and served.is_open,
        may_mend=served.newest_service if serves and served is not None else None,
    )


@bp.get("/papers/<int:paper_id>/paper.pdf")
@allows(Permission.PAPERS_READ)
def stored(paper_id: int) -> ResponseReturnValue:
    """Send the stored file the first time, afterwards one marked as a reprint. Each time is recorded."""
    pdf = reads.pdf(current.session(), current.actor(), current.today(), paper_id)
    if _record(paper_id):
        pdf = layout.render(_said(paper_id).content, reprint=True)
    return _download(pdf, f"paper-{paper_id}.pdf")


@bp.get("/papers/<int:paper_id>/large.pdf")
@allows(Permission.PAPERS_READ)
def large(paper_id: int) -> ResponseReturnValue:
    """Send the paper in large print: the same words, marked as a reprint where it was printed before."""
    found = _said(paper_id)
    return _download(layout.render(found.content, reprint=_record(paper_id), large=True), f"paper-{paper_id}-large.pdf")


@bp.get("/papers/<int:paper_id>/companion.pdf")
@allows(Permission.PAPERS_READ)
def companion(paper_id: int) -> ResponseReturnValue:
    """Send the sheet that explains the paper in English; the paper itself is what counts."""
    return _download(companions.render(_said(paper_id).content), f"paper-{paper_id}-english.pdf")


@bp.get("/papers/<int:paper_id>/archive.pdf")
@allows(Permission.PAPERS_READ)
def archived(paper_id: int) -> ResponseReturnValue:
    """Send the stored file as one for long keeping (PDF/A)."""
    pdf = reads.pdf(current.session(), current.actor(), current.today(), paper_id)
    return _download(archive.for_keeping(pdf), f"paper-{paper_id}-archive.pdf")


@bp.get("/notices/<int:notice_id>/large.pdf")
@allows(Permission.NOTICES_READ)
def large_notice(notice_id: int) -> ResponseReturnValue:
    """Send a notice in large print: the same words, marked as a reprint where it was printed before."""
    said = _notice(notice_id)
    with current.writing() as session:
        is_reprint = notices.record_print(session, act=current.act(), notice_id=notice_id)
    return _download(layout.render(said, reprint=is_reprint, large=True), f"notice-{notice_id}-large.pdf")


@bp.get("/notices/<int:notice_id>/companion.pdf")
@allows(Permission.NOTICES_READ)
def companion_of_notice(notice_id: int) -> ResponseReturnValue:
    """Send the sheet that explains a notice in English; the notice itself is what counts."""
    return _download(companions.render(_notice(notice_id)), f"notice-{notice_id}-english.pdf")


@bp.get("/notices/<int:notice_id>/archive.pdf")
@allows(Permission.NOTICES_READ)
def archived_notice(notice_id: int) -> ResponseReturnValue:
    """Send a notice's stored file as one for long keeping (PDF/A)."""
    pdf = notice_reads.paper(current.session(), current.actor(), current.today(), notice_id)
    return _download(archive.for_keeping(pdf), f"notice-{notice_id}-archive.pdf")


@bp.post("/borrowers/<int:borrower_id>/papers/<kind>")
@allows(Permission.PAPERS_ISSUE)
def issue(borrower_id: int, kind: str) -> ResponseReturnValue:
    """Issue a paper to one borrower."""
    act = current.act()
    with current.writing() as session:
        draft = papers.reserve_for_borrower(session, act=act, borrower_id=borrower_id, kind=_kind(kind), terms=_terms())
    return _complete(act, draft)


@bp.post("/notices/<int:notice_id>/co-borrowers/<int:place>/papers")
@allows(Permission.PAPERS_ISSUE)
def issue_to_co_borrower(notice_id: int, place: int) -> ResponseReturnValue:
    """Issue the notice to one of the co-borrowers that a notice names."""
    act = current.act()
    with current.writing() as session:
        draft = papers.reserve_for_co_borrower(session, act=act, notice_id=notice_id, place=place, terms=_terms())
    return _complete(act, draft)


@bp.post("/papers/leaflet")
@allows(Permission.PAPERS_ISSUE)
def issue_leaflet() -> ResponseReturnValue:
    """Issue the leaflet on work plan and policy."""
    act = current.act()
    with current.writing() as session:
        draft = papers.reserve_leaflet(session, act=act)
    return _complete(act, draft)


@bp.route("/papers/summary", methods=["GET", "POST"])
@allows(Permission.PAPERS_SUMMARISE)
def summary() -> ResponseReturnValue:
    """Ask for the period, then issue a school's summary."""
    form = SummaryForm(data={"from_on": current.today() - _USUAL_PERIOD})
    form.school.choices = list(summaries.schools(current.session(), current.actor()))
    if form.validate_on_submit():
        act = current.act()
        try:
            with current.writing() as session:
                facts = summaries.summary(session, form.school.data, form.from_on.data, act.today)
                draft = papers.reserve_summary(session, act=act, school_id=form.school.data, facts=facts)
        except Refused as refusal:
            form.from_on.errors = [sentence(refusal)]
        else:
            return _complete(act, draft)
    return render_template("papers/summary.html", form=form), 422 if form.errors else 200


def _kind(text: str) -> PaperKind:
    if text not in set(PaperKind):
        raise NotVisible
    return PaperKind(text)


def _complete(act: Act, draft: Draft) -> Response:
    """Make the paper, with nothing locked meanwhile, and lead to it."""
    made = papers.complete(current.database(), act=act, draft=draft)
    flash(
        _("Made: %(kind)s %(serial)s. Print it, and hand it over.", kind=word(made.kind), serial=made.serial), "success"
    )
    answer: Response = redirect(url_for("papers.paper", paper_id=made.id), 303)  # type: ignore[assignment]  # werkzeug's own
    return answer


def _notice(notice_id: int) -> NoticeContent:
    return notice_reads.notice(current.session(), current.actor(), current.today(), notice_id).content


def _said(paper_id: int) -> reads.PaperDetail:
    return reads.paper(current.session(), current.actor(), current.today(), paper_id)


def _record(paper_id: int) -> bool:
    with current.writing() as session:
        return papers.record_print(session, act=current.act(), paper_id=paper_id)


def _terms() -> Terms:
    return Terms.from_settings(current.settings())


def _download(body: bytes, name: str) -> Response:
    """Send a file to be saved, under a name that tells nothing of a person."""
    answer = Response(body, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = _SEALED
    return answer
