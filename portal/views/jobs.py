"""The task centre: what runs for longer than a page, how far it is, and the button that stops it."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.exc import OperationalError

from models.rules.permissions import Permission
from models.rules.refusals import NotVisible
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.jobs.progress import ask_to_stop, live
from portal.queries.jobs import JobRow, one_job, task_centre
from portal.queries.paging import PAGE
from portal.services import jobs
from portal.words import word

bp = Blueprint("jobs", __name__)

_A_MINUTE = 60
_AN_HOUR = 60 * _A_MINUTE


@bp.get("/jobs")
@allows(Permission.JOBS_READ)
def index() -> ResponseReturnValue:
    """List the person's jobs, newest first."""
    found = task_centre(current.session(), current.actor(), current.now(), request.args.get("before", type=int))
    return render_template(
        "jobs/index.html",
        jobs=found[:PAGE],
        older=url_for("jobs.index", before=found[PAGE - 1].id) if len(found) > PAGE else None,
        progress_text=progress_text,
    )


@bp.get("/jobs/<int:job_id>")
@allows(Permission.JOBS_READ)
def job(job_id: int) -> ResponseReturnValue:
    """Show one job, its bar and its result."""
    found = _one(job_id)
    return render_template("jobs/job.html", job=found, progress_text=progress_text, reason=sentence)


@bp.get("/jobs/<int:job_id>/progress")
@allows(Permission.JOBS_READ)
def progress(job_id: int) -> ResponseReturnValue:
    """Tell a page that is open how far the job is."""
    found = _one(job_id)
    return jsonify(
        {
            "processed": found.processed,
            "total": found.total,
            "state": word(found.state),
            "text": progress_text(found),
            "is_ended": found.is_ended,
        }
    )


@bp.post("/jobs/<int:job_id>/cancel")
@allows(Permission.JOBS_READ)
def cancel(job_id: int) -> ResponseReturnValue:
    """Ask a job to stop."""
    hears = ask_to_stop(_one(job_id), current.database(), current.settings().data_dir)
    try:
        with current.writing() as session:
            jobs.ask_cancel(session, act=current.act(), job_id=job_id)
    except OperationalError:
        if not hears:  # it holds the right to write until it stops, and writes down itself that it did
            raise
    flash(_("The job stops after the part it is at; what is done stays done."), "info")
    return redirect(url_for("jobs.job", job_id=job_id), 303)


def _one(job_id: int) -> JobRow:
    found = one_job(current.session(), current.actor(), current.now(), job_id)
    return live(found, current.database(), current.settings().data_dir)


def job_of_batch(job_id: int | None) -> JobRow | None:
    """Return the job of a batch, for those who may see it."""
    if job_id is None or not current.actor().may(Permission.JOBS_READ):
        return None
    try:
        return _one(job_id)
    except NotVisible:
        return None


def progress_text(row: JobRow) -> str:
    """Say in words how far a job is: "120 of 400, about 2 minutes left"."""
    if not row.total:
        return ""
    text: str = _("%(processed)s of %(total)s", processed=row.processed, total=row.total)
    if row.failed:
        text += " · " + ngettext("%(num)d not done", "%(num)d not done", row.failed)
    if row.seconds_left is not None:
        text += " · " + _left(row.seconds_left)
    return text


def _left(seconds: int) -> str:
    if seconds < _A_MINUTE:
        return str(_("less than a minute left"))
    if seconds < _AN_HOUR:
        return str(ngettext("about %(num)d minute left", "about %(num)d minutes left", round(seconds / _A_MINUTE)))
    return str(ngettext("about %(num)d hour left", "about %(num)d hours left", round(seconds / _AN_HOUR)))
