"""Pages of imports."""

from __future__ import annotations

import contextlib
import io

from flask import Blueprint, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.imports import MOST_GONE_PCT, ImportKind, ImportState, ImportStep, RowOutcome
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused, StaleData
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.imports import FOUND, ApplyForm, UploadForm
from portal.jobs.progress import live
from portal.queries import import_rows
from portal.queries import imports as queries
from portal.queries.freshness import freshness as current_district
from portal.queries.import_images import obstacles
from portal.queries.jobs import JobRow, one_job
from portal.queries.retention import clock
from portal.services.imports import applying, asking, layouts, mending, originals, remembering, staging, store, waiting
from portal.sheets import reading, writing
from portal.sheets.kinds import LAYOUTS
from portal.sheets.limits import Limits
from portal.sheets.sources import Sent
from portal.wordlists.events import EVENT_WORDS
from portal.words import choices, word

bp = Blueprint("imports", __name__)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TEMPLATE_NAMES = {
    ImportKind.ORGANISATION: "组织机构模板.xlsx",
    ImportKind.ROSTER: "贷款合同清单模板.xlsx",
    ImportKind.ARREARS: "逾期名单模板.xlsx",
    ImportKind.REPAYMENTS: "还款清单模板.xlsx",
    ImportKind.RELIEFS: "减免缓还清单模板.xlsx",
    ImportKind.CONTACTS: "联系方式清单模板.xlsx",
    ImportKind.SCHOOL_ROSTER: "学校往届学生名册模板.xlsx",
}
VANISHED_SHOWN = "vanished"
_LONGEST_FILTER = 60
_LOOK_EVERY = 3  # seconds, while a job is at work
_FIRST_SHOWN = (RowOutcome.REJECTED, RowOutcome.CHANGED, RowOutcome.NEW, RowOutcome.UNCHANGED, RowOutcome.UNMATCHED)


@bp.get("/imports")
@allows(Permission.IMPORTS_READ)
def index() -> ResponseReturnValue:
    """Show the imports and how fresh the bank's data is."""
    before_id = request.args.get("before", type=int)
    session = current.session()
    kind = next((one for one in ImportKind if one.value == request.args.get("kind")), None)
    state = next((one for one in ImportState if one.value == request.args.get("state")), None)
    found = queries.batches(session, before_id, kind=kind, state=state)
    address = {name: one.value for name, one in (("kind", kind), ("state", state)) if one is not None}
    return render_template(
        "imports/index.html",
        batches=found.lines,
        older=found.older,
        is_first_page=before_id is None,
        address=address,
        kinds=choices(ImportKind),
        states=choices(ImportState),
        freshness=queries.freshness(session, current.today(), current.settings().data_fresh_days),
    )


@bp.route("/imports/new", methods=["GET", "POST"])
@allows(Permission.IMPORTS_RUN)
def new() -> ResponseReturnValue:
    """Take a list; ask what its columns are, or for it to be compared with what we hold. Nothing is applied yet."""
    form = UploadForm()
    if not form.validate_on_submit():
        return _upload_page(form, 422 if form.errors else 200)
    with contextlib.closing(form.file.data) as sent:
        return _taken(form, Sent(sent.stream))


def _taken(form: UploadForm, content: Sent) -> ResponseReturnValue:
    name = form.file.data.filename or ""
    told = None if form.kind.data == FOUND else ImportKind(form.kind.data)
    try:
        sheets = reading.look(content, Limits.from_settings(current.settings()).hasty)
    except Refused as refusal:
        form.file.errors = [sentence(refusal)]
        return _upload_page(form, 422)
    settings = current.settings()
    places = store.Places.from_settings(settings)
    with originals.arriving(current.database(), places, content) as sha256:
        same = queries.same_file(current.session(), sha256)
        with current.writing() as session:
            planned = layouts.plan(session, sheets=sheets, file_name=name, kind=told)
            kind = told or planned.guess.kind
            batch_id = staging.register(
                session,
                act=current.act(),
                kind=kind or ImportKind.ROSTER,  # until somebody says what it is
                file_name=name,
                content=content,
                data_dir=settings.data_dir,
                copy_dir=settings.copy_dir,
                kept_as=sha256,
                data_on=form.data_on.data,
                is_strict=form.is_strict.data,
                planned=planned,
                kind_is_open=told is None and not planned.remembered_ids and kind is not ImportKind.ORGANISATION,
            ).id
            is_known = told is not None or bool(planned.remembered_ids) or kind is ImportKind.ORGANISATION
            is_settled = is_known and planned.is_plain
            if is_settled:
                asking.ask(session, act=current.act(), batch_id=batch_id, step=ImportStep.COMPARE)
            for layout_id in planned.remembered_ids:
                remembering.note_use(session, act=current.act(), layout_id=layout_id)
    if same is not None:
        flash(_("This very file came in before, as import %(id)s.", id=same), "warning")
    if planned.remembered_ids:
        flash(_("Its columns are read as you confirmed them for an earlier list."), "info")
    page = "imports.batch" if is_settled else "import_layouts.layout"
    return redirect(url_for(page, batch_id=batch_id), 303)


@bp.get("/imports/templates/<kind>")
@allows(Permission.IMPORTS_RUN)
def template(kind: str) -> ResponseReturnValue:
    """Hand out an empty workbook with the headings of a list."""
    if kind not in {one.value for one in ImportKind}:
        raise NotVisible
    wanted = ImportKind(kind)
    notes = writing.Notes(
        sheet=_("How to fill in"),
        headings=(_("Sheet"), _("Column"), _("Needed"), _("Example"), _("Other headings taken for it")),
        needed=_("needed"),
        optional=_("optional"),
    )
    content = writing.template(LAYOUTS[wanted], notes)
    return send_file(io.BytesIO(content), _XLSX, as_attachment=True, download_name=_TEMPLATE_NAMES[wanted])


@bp.get("/imports/<int:batch_id>")
@allows(Permission.IMPORTS_READ)
def batch(batch_id: int) -> ResponseReturnValue:
    """Show what a list would change, or did; its rows only to who may import."""
    return _batch_page(batch_id, ApplyForm())


def _batch_page(batch_id: int, form: ApplyForm) -> ResponseReturnValue:
    session = current.session()
    found = queries.batch(session, batch_id)
    if found.asks_about_gone:
        form.ask(found.vanished)
    wanted = request.args.get("show", "")
    chosen = import_rows.Chosen(
        field=request.args.get("field", "")[:_LONGEST_FILTER],
        text=request.args.get("q", "").strip()[:_LONGEST_FILTER],
        sample=request.args.get("sample", 0, type=int),
        page=request.args.get("page", 1, type=int),
    )
    first = next((one for one in _FIRST_SHOWN if found.count(one)), RowOutcome.NEW)
    outcome = RowOutcome(wanted) if wanted in {one.value for one in RowOutcome} else first
    runs = current.actor().may(Permission.IMPORTS_RUN)
    has_rows = runs and (found.state in (ImportState.STAGED, ImportState.APPLIED) or found.undone_at is not None)
    job, step = _job(found) if runs else (None, None)
    page = render_template(
        "imports/batch.html",
        batch=found,
        form=form,
        most_gone=MOST_GONE_PCT,
        outcome=outcome,
        outcomes=tuple(one for one in _FIRST_SHOWN if one is not RowOutcome.UNMATCHED or found.count(one)),
        chosen=chosen,
        shows_vanished=wanted == VANISHED_SHOWN and has_rows,
        rows=import_rows.rows(session, found, outcome, chosen) if has_rows and wanted != VANISHED_SHOWN else None,
        vanished=import_rows.vanished(session, found, chosen) if has_rows and wanted == VANISHED_SHOWN else None,
        fields=import_rows.fields(session, batch_id) if has_rows and outcome is RowOutcome.CHANGED else (),
        obstacles=obstacles(session, batch_id) if runs and found.state is ImportState.APPLIED else None,
        event_words=EVENT_WORDS,
        clock=clock(session, batch_id, current.today(), current.settings().records_kept_years),
        district=current_district(session).district,
        reason=sentence,
        waits=found.state in waiting.WAITING,
        has_layout=runs and found.has_head,
        settles=runs and found.has_head and found.state is ImportState.RECEIVED and job is None,
        is_compared=found.state is ImportState.STAGED,
        job=job,
        step=step,
        is_at_work=job is not None and not job.is_ended,
    )
    answer = make_response(page, 422 if form.errors else 200)
    if job is not None and not job.is_ended:
        answer.headers["Refresh"] = str(_LOOK_EVERY)
    return answer


@bp.post("/imports/<int:batch_id>/apply")
@allows(Permission.IMPORTS_RUN)
def apply(batch_id: int) -> ResponseReturnValue:
    """Ask for the good rows of a list to be written; where most of the list before is gone, only if that is said."""
    form = ApplyForm()
    found = queries.batch(current.session(), batch_id)
    if found.asks_about_gone and found.state is ImportState.STAGED and form.agreed is None:
        form.is_so.errors = [_("Check that nothing is missing from the list, then tick that it is so.")]
        return _batch_page(batch_id, form)
    try:
        with current.writing() as session:
            if form.agreed is not None:
                applying.agree_gone(session, act=current.act(), batch_id=batch_id, gone=form.agreed)
            asking.ask(session, act=current.act(), batch_id=batch_id, step=ImportStep.APPLY)
    except StaleData as refusal:
        flash(sentence(refusal), "warning")
    return redirect(url_for("imports.batch", batch_id=batch_id), 303)


@bp.post("/imports/<int:batch_id>/again")
@allows(Permission.IMPORTS_RUN)
def again(batch_id: int) -> ResponseReturnValue:
    """Ask for a waiting list to be compared anew with what we hold now."""
    with current.writing() as session:
        asking.ask(session, act=current.act(), batch_id=batch_id, step=ImportStep.COMPARE)
    return redirect(url_for("imports.batch", batch_id=batch_id), 303)


@bp.post("/imports/<int:batch_id>/discard")
@allows(Permission.IMPORTS_RUN)
def discard(batch_id: int) -> ResponseReturnValue:
    """Drop a waiting list."""
    with current.writing() as session:
        asking.discard(session, act=current.act(), batch_id=batch_id)
    originals.remove(current.database(), store.Places.from_settings(current.settings()))
    flash(_("The list is discarded; nothing was changed."), "success")
    return redirect(url_for("imports.index"), 303)


@bp.post("/imports/<int:batch_id>/undo")
@allows(Permission.IMPORTS_RUN)
def undo(batch_id: int) -> ResponseReturnValue:
    """Ask for an applied list to be taken back."""
    with current.writing() as session:
        asking.ask(session, act=current.act(), batch_id=batch_id, step=ImportStep.UNDO)
    return redirect(url_for("imports.batch", batch_id=batch_id), 303)


@bp.post("/imports/<int:batch_id>/wrong-rows")
@allows(Permission.IMPORTS_RUN)
def wrong_rows(batch_id: int) -> ResponseReturnValue:
    """Give the wrong rows back in the layout they came in, with what is wrong in a last column; recorded."""
    with current.writing() as session:
        found = queries.batch(session, batch_id)
        lines = import_rows.wrong_rows(session, batch_id)
        current.act().record(session, "import:wrong_rows_given", subject=f"import/{batch_id}", rows=len(lines))
    content = mending.error_book(batch_id, found.data_on, _wrong_sheets(found, lines))
    return send_file(io.BytesIO(content), _XLSX, as_attachment=True, download_name=mending.FILE_NAME)


def _wrong_sheets(found: queries.BatchLine, lines: tuple[import_rows.WrongRow, ...]) -> list[mending.WrongSheet]:
    """Sort wrong rows into the sheets they came in, each with what is wrong in the reader's language."""
    by_sheet: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for line in lines:
        why = "；".join(f"{one.column}：{sentence(one.refusal)}" for one in line.problems)
        named = _("Row %(row)s: %(reasons)s", row=line.row_number, reasons=why)
        by_sheet.setdefault(line.sheet, []).append((line.written, named))
    headings = found.facts.get("headings_by_sheet") or {"": found.facts.get("headings") or ()}
    title = word(found.kind)
    wrong = [mending.WrongSheet(name or title, headings.get(name, ()), rows) for name, rows in by_sheet.items()]
    return wrong or [mending.WrongSheet(title, next(iter(headings.values()), ()), [])]


def _job(found: queries.BatchLine) -> tuple[JobRow | None, ImportStep | None]:
    """Return the newest job of a list with the figure its worker told last, and the step it does."""
    job = queries.job_of(current.session(), found)
    if job is None:
        return None, None
    row = one_job(current.session(), current.actor(), current.now(), job[0])
    return live(row, current.database(), current.settings().data_dir), job[1]


def _upload_page(form: UploadForm, status: int) -> ResponseReturnValue:
    kinds = [(kind.value, word(kind)) for kind in ImportKind]
    return render_template("imports/new.html", form=form, kinds=kinds), status
