"""Pages of evidence files: ask for one, follow its job, fetch it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from models.rules.permissions import Permission
from portal import current
from portal.access import allows
from portal.forms.evidence_files import EvidenceForm
from portal.pages import download
from portal.queries import evidence_files as reads
from portal.queries import jobs as job_reads
from portal.queries.scope import borrower_to_read
from portal.services import evidence_files
from portal.views.jobs import progress_text

bp = Blueprint("evidence_files", __name__)


@bp.route("/borrowers/<int:borrower_id>/evidence", methods=["GET", "POST"])
@allows(Permission.EVIDENCE_EXPORT)
def ask(borrower_id: int) -> ResponseReturnValue:
    """Ask for the evidence file of a borrower, with what it is for."""
    reader, actor, today = current.session(), current.actor(), current.today()
    borrower = borrower_to_read(reader, actor, today, borrower_id)
    form = EvidenceForm()
    if form.validate_on_submit():
        with current.writing() as session:
            made = evidence_files.ask(
                session, act=current.act(), borrower_id=borrower_id, reason=form.reason.data or ""
            )
        return redirect(url_for("evidence_files.file", file_id=made.id), 303)
    return render_template(
        "evidence_files/ask.html",
        form=form,
        borrower_id=borrower_id,
        name=borrower.name,
        found=reads.files(reader, actor, today, borrower_id),
        kept=reads.kept(reader, borrower_id, years=current.settings().records_kept_years),
    ), (422 if form.errors else 200)


@bp.get("/evidence/<int:file_id>")
@allows(Permission.EVIDENCE_EXPORT)
def file(file_id: int) -> ResponseReturnValue:
    """Show how far a file is, or offer it."""
    reader, actor, today = current.session(), current.actor(), current.today()
    found = reads.file(reader, actor, today, file_id)
    job = None
    if found.job_id is not None and found.asked_by == actor.name:
        job = job_reads.one_job(reader, actor, current.now(), found.job_id)
    return render_template("evidence_files/file.html", found=found, job=job, job_text=progress_text(job) if job else "")


@bp.get("/evidence/<int:file_id>/file.pdf")
@allows(Permission.EVIDENCE_EXPORT)
def pdf(file_id: int) -> ResponseReturnValue:
    """Send a finished file; each time is recorded."""
    body = reads.pdf(current.session(), current.actor(), current.today(), file_id)
    with current.writing() as session:
        evidence_files.record_download(session, act=current.act(), file_id=file_id)
    return download(body, "application/pdf", f"evidence-{file_id}.pdf")
