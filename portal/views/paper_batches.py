"""Pages of reminders and co-borrowers' notices made together: the preview, how far a batch is, files for printing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.papers import EARLIEST_REMINDER_DAYS, PaperKind
from models.rules.permissions import Permission
from portal import current
from portal.access import allows
from portal.forms.notices import EmptyForm
from portal.pages import download
from portal.queries import notice_batches, paper_files, print_fetches
from portal.queries import paper_batches as reads
from portal.queries.borrower_filters import Filters
from portal.services import paper_batches, paper_previews, papers, print_runs
from portal.services.drop_outs import FIRST
from portal.services.notices import Terms
from portal.views.borrowers import chips_of
from portal.views.jobs import job_of_batch, progress_text

bp = Blueprint("paper_batches", __name__)


@bp.get("/papers/batches")
@allows(Permission.PAPERS_READ)
def index() -> ResponseReturnValue:
    """List the newest batches."""
    found = reads.batches(current.session(), current.actor(), current.today())
    return render_template("paper_batches/index.html", found=found)


@bp.route("/papers/batches/reminders", methods=["GET", "POST"])
@allows(Permission.PAPERS_ISSUE)
def reminders() -> ResponseReturnValue:
    """Show who would get a reminder and who drops out, then make all of them as a job."""
    filters = Filters.of(request.args)
    where = notice_batches.place(current.session(), area_code=filters.area, school_code=filters.school, more=filters)
    form = EmptyForm()
    if form.validate_on_submit():
        with current.writing() as session:
            made = paper_batches.create_reminders(session, act=current.act(), where=where, terms=_terms())
        return _asked_for(made.id)
    found = paper_previews.reminders(
        current.session(), act=current.act(), filters=where.filters, fresh_days=_terms().fresh_days
    )
    return render_template(
        "paper_batches/reminders.html",
        form=form,
        where=where,
        found=found,
        first=FIRST,
        days=EARLIEST_REMINDER_DAYS,
        chips=_chips(where.filters),
    ), (422 if form.errors else 200)


@bp.route("/notices/batches/<int:batch_id>/co-borrowers", methods=["GET", "POST"])
@allows(Permission.PAPERS_ISSUE)
def co_borrowers(batch_id: int) -> ResponseReturnValue:
    """Show which co-borrowers of a batch of notices would get theirs, then make all of them as a job."""
    of = notice_batches.batch(current.session(), current.actor(), current.today(), batch_id)
    form = EmptyForm()
    if form.validate_on_submit():
        with current.writing() as session:
            made = paper_batches.create_for_co_borrowers(
                session, act=current.act(), notice_batch_id=batch_id, terms=_terms()
            )
        return _asked_for(made.id)
    found = paper_previews.co_borrowers(
        current.session(), act=current.act(), notice_batch_id=batch_id, fresh_days=_terms().fresh_days
    )
    return render_template("paper_batches/co_borrowers.html", form=form, of=of, found=found, first=FIRST), (
        422 if form.errors else 200
    )


@bp.get("/papers/batches/<int:batch_id>")
@allows(Permission.PAPERS_READ)
def batch(batch_id: int) -> ResponseReturnValue:
    """Show how far a batch is, who dropped out, and the files for printing as they come."""
    reader, actor, today = current.session(), current.actor(), current.today()
    found = reads.batch(reader, actor, today, batch_id)
    job = job_of_batch(found.row.job_id)
    after, only_dropped = max(0, request.args.get("after", 0, type=int)), request.args.get("only") == "dropped"
    return render_template(
        "paper_batches/batch.html",
        found=found,
        people=reads.items(reader, actor, today, batch_id, only_dropped=only_dropped, after=after),
        only_dropped=only_dropped,
        is_first=not after,
        files=paper_files.files(reader, actor, today, batch_id),
        fetches=print_fetches.fetches(reader, "paper-batch", batch_id),
        narrowed=chips_of(Filters.of(found.row.narrowed)),
        is_reminder=found.kind is PaperKind.REMINDER,
        job=job,
        job_text=progress_text(job) if job else "",
    )


@bp.post("/papers/batches/<int:batch_id>/go-on")
@allows(Permission.PAPERS_ISSUE)
def go_on(batch_id: int) -> ResponseReturnValue:
    """Ask for the rest of a batch that was stopped."""
    reads.batch(current.session(), current.actor(), current.today(), batch_id)
    with current.writing() as session:
        paper_batches.go_on(session, act=current.act(), batch_id=batch_id)
    flash(_("The rest is being made. You may leave this page."), "success")
    return redirect(url_for("paper_batches.batch", batch_id=batch_id), 303)


@bp.get("/papers/batches/<int:batch_id>/print.pdf")
@allows(Permission.PAPERS_READ)
def print_batch(batch_id: int) -> ResponseReturnValue:
    """Put the stored papers that are true still into one file, in the order of the walk.

    Those that were printed before are marked as reprints. Each fetch is recorded.
    """
    reader, actor, today = current.session(), current.actor(), current.today()
    part = request.args.get("part", 1, type=int)
    if part < 1:
        abort(404)
    title = reads.batch(reader, actor, today, batch_id).row.title
    found = paper_files.sheets(reader, actor, today, batch_id, part)
    if not found:
        abort(404)
    pdf = print_runs.papers_file(
        reader, actor=actor, today=today, found=found, title=title, batch_id=batch_id, part=part
    )
    with current.writing() as session:
        papers.record_batch_print(session, act=current.act(), batch_id=batch_id, part=part, found=found)
    return download(pdf, "application/pdf", f"papers-batch-{batch_id}-{part}.pdf")


def _asked_for(batch_id: int) -> ResponseReturnValue:
    flash(_("The papers are being made. You may leave this page."), "success")
    return redirect(url_for("paper_batches.batch", batch_id=batch_id), 303)


def _chips(filters: Filters) -> list[tuple[str, str]]:
    """Return each filter as words with the address without it."""
    return [(label, _address(filters.without(name))) for name, label in chips_of(filters)]


def _address(parts: dict[str, str]) -> str:
    values: dict[str, Any] = dict(parts)
    return url_for("paper_batches.reminders", **values)


def _terms() -> Terms:
    return Terms.from_settings(current.settings())
