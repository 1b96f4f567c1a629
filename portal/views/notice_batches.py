"""Pages of batches of notices: the selection and its preview, how far a batch is, its files for printing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.rules.notices import NoticeLevel
from models.rules.permissions import Permission
from models.rules.workflows import NoticeState
from portal import current
from portal.access import allows
from portal.forms.notices import CallBackForm, EmptyForm
from portal.pages import download
from portal.queries import notice_batches as reads
from portal.queries import print_fetches, print_files
from portal.queries.batch_rows import BatchRow
from portal.queries.borrower_filters import Filters
from portal.queries.notice_batches import Place
from portal.services import notice_batches, notices, print_runs
from portal.services.drop_outs import FIRST
from portal.services.notice_previews import preview
from portal.services.notice_samples import sample_file
from portal.services.notices import Terms
from portal.views.borrowers import chips_of
from portal.views.jobs import job_of_batch, progress_text
from portal.words import choices, word

bp = Blueprint("notice_batches", __name__)


@bp.get("/notices/batches")
@allows(Permission.NOTICES_READ)
def index() -> ResponseReturnValue:
    """List the newest batches."""
    found = reads.batches(current.session(), current.actor(), current.today())
    return render_template("notice_batches/index.html", found=found)


@bp.route("/notices/batches/new", methods=["GET", "POST"])
@allows(Permission.NOTICES_ISSUE)
def new() -> ResponseReturnValue:
    """Show who would get a notice and who drops out, then issue to all of them as a job."""
    where = _place()
    form = EmptyForm()
    if form.validate_on_submit():
        with current.writing() as session:
            batch = notice_batches.create_batch(session, act=current.act(), where=where, terms=_terms())
        flash(_("The notices are being made. You may leave this page."), "success")
        return redirect(url_for("notice_batches.batch", batch_id=batch.id), 303)
    found = preview(current.session(), act=current.act(), where=where, fresh_days=_terms().fresh_days)
    return render_template(
        "notice_batches/new.html",
        form=form,
        where=where,
        found=found,
        first=FIRST,
        chips=_chips(where),
        levels=choices(NoticeLevel),
    ), (422 if form.errors else 200)


@bp.get("/notices/batches/sample.pdf")
@allows(Permission.NOTICES_ISSUE)
def sample() -> ResponseReturnValue:
    """Show the first notices of a selection as they would be printed, marked; nothing is issued."""
    pdf = sample_file(current.session(), act=current.act(), where=_place(), terms=_terms())
    return download(pdf, "application/pdf", "notices-sample.pdf")


@bp.get("/notices/batches/<int:batch_id>")
@allows(Permission.NOTICES_READ)
def batch(batch_id: int) -> ResponseReturnValue:
    """Show how far a batch is, who dropped out, and the files for printing as they come."""
    reader, actor, today = current.session(), current.actor(), current.today()
    found = reads.batch(reader, actor, today, batch_id)
    job = job_of_batch(found.job_id)
    people = reads.items(reader, actor, today, batch_id)
    return render_template(
        "notice_batches/batch.html",
        found=found,
        people=people,
        holds=any(one.state not in (None, NoticeState.CALLED_BACK) for one in people),
        files=print_files.files(reader, actor, today, batch_id),
        fetches=print_fetches.fetches(reader, "notice-batch", batch_id),
        narrowed=_chips(_remembered(found)),
        recallable=len(reads.recallable(reader, actor, today, batch_id).notice_ids),
        job=job,
        job_text=progress_text(job) if job else "",
    )


@bp.post("/notices/batches/<int:batch_id>/go-on")
@allows(Permission.NOTICES_ISSUE)
def go_on(batch_id: int) -> ResponseReturnValue:
    """Ask for the rest of a batch that was stopped."""
    reads.batch(current.session(), current.actor(), current.today(), batch_id)
    with current.writing() as session:
        notice_batches.go_on(session, act=current.act(), batch_id=batch_id)
    flash(_("The rest is being made. You may leave this page."), "success")
    return redirect(url_for("notice_batches.batch", batch_id=batch_id), 303)


@bp.route("/notices/batches/<int:batch_id>/call-back", methods=["GET", "POST"])
@allows(Permission.NOTICES_ISSUE)
def call_back(batch_id: int) -> ResponseReturnValue:
    """Call back what of a batch nobody has served yet, with the reason."""
    reader, actor, today = current.session(), current.actor(), current.today()
    row = reads.batch(reader, actor, today, batch_id)
    form = CallBackForm()
    if not form.validate_on_submit():
        found = reads.recallable(reader, actor, today, batch_id)
        page = render_template("notice_batches/call_back.html", form=form, row=row, found=found)
        return page, 422 if form.errors else 200
    with current.writing() as session:
        count = notice_batches.call_back(session, act=current.act(), batch_id=batch_id, reason=form.reason.data)
    flash(ngettext("%(num)d notice is called back.", "%(num)d notices are called back.", count), "success")
    return redirect(url_for("notice_batches.batch", batch_id=batch_id), 303)


@bp.get("/notices/batches/<int:batch_id>/print.pdf")
@allows(Permission.NOTICES_READ)
def print_batch(batch_id: int) -> ResponseReturnValue:
    """Put the stored papers that are still to be served into one file, in the order of the walk.

    Those that were printed before are marked as reprints. Each fetch is recorded.
    """
    reader, actor, today = current.session(), current.actor(), current.today()
    part = request.args.get("part", 1, type=int)
    if part < 1:
        abort(404)
    row = reads.batch(reader, actor, today, batch_id)
    found = print_files.papers(reader, actor, today, batch_id, part)
    if not found:
        abort(404)
    pdf = print_runs.file_of(
        reader,
        actor=actor,
        today=today,
        found=found,
        title=row.title,
        batch_id=batch_id,
        part=part,
        public_url=current.settings().public_url,
    )
    with current.writing() as session:
        stops = [stop for stop, _said, _pdf in found]
        notices.record_batch_print(session, act=current.act(), batch_id=batch_id, part=part, stops=stops)
    return download(pdf, "application/pdf", f"notices-batch-{batch_id}-{part}.pdf")


def _place() -> Place:
    return reads.place(
        current.session(),
        area_code=request.args.get("area", "")[:12],
        school_code=request.args.get("school", "")[:20],
        more=Filters.of(request.args),
        level=request.args.get("level", ""),
    )


def _remembered(found: BatchRow) -> Place:
    filters = Filters.of(found.narrowed)
    level = next((one for one in NoticeLevel if one.value == found.narrowed.get("level")), None)
    return Place(filters, level, found.title)


def _chips(where: Place) -> list[tuple[str, str]]:
    """Return each filter as words with the address without it."""
    level = {"level": where.level.value} if where.level else {}
    chips = [(label, _address({**where.filters.without(name), **level})) for name, label in chips_of(where.filters)]
    return [*chips, *([(word(where.level), _address(where.filters.address))] if where.level else [])]


def _address(parts: dict[str, str]) -> str:
    values: dict[str, Any] = dict(parts)
    return url_for("notice_batches.new", **values)


def _terms() -> Terms:
    """Return what this installation sets about issuing."""
    return Terms.from_settings(current.settings())
