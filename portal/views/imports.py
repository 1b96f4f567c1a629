"""Pages of imports."""

from __future__ import annotations

import io

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.imports import ImportKind, ImportState, RowOutcome
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused, StaleData
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.imports import UploadForm
from portal.queries import imports as queries
from portal.services.imports import staging
from portal.sheets import columns, writing
from portal.words import word

bp = Blueprint("imports", __name__)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LAYOUTS = {
    ImportKind.ORGANISATION: columns.ORGANISATION,
    ImportKind.ROSTER: (columns.ROSTER,),
    ImportKind.ARREARS: (columns.ARREARS,),
    ImportKind.REPAYMENTS: (columns.REPAYMENTS,),
}
_TEMPLATE_NAMES = {
    ImportKind.ORGANISATION: "组织机构模板.xlsx",
    ImportKind.ROSTER: "借款合同花名册模板.xlsx",
    ImportKind.ARREARS: "逾期清单模板.xlsx",
    ImportKind.REPAYMENTS: "还款明细模板.xlsx",
}
_FIRST_SHOWN = (RowOutcome.REJECTED, RowOutcome.CHANGED, RowOutcome.NEW, RowOutcome.UNCHANGED)


@bp.get("/imports")
@allows(Permission.IMPORTS_READ)
def index() -> ResponseReturnValue:
    """Show the imports and how fresh the bank's data is."""
    before_id = request.args.get("before", type=int)
    session = current.session()
    lines = queries.batches(session, before_id)
    return render_template(
        "imports/index.html",
        batches=lines,
        older=lines[-1].id if len(lines) == queries.PAGE else None,
        is_first_page=before_id is None,
        freshness=queries.freshness(session, current.today(), current.settings().data_fresh_days),
    )


@bp.route("/imports/new", methods=["GET", "POST"])
@allows(Permission.IMPORTS_RUN)
def new() -> ResponseReturnValue:
    """Take a list, check it and show what it would change; nothing is applied yet."""
    form = UploadForm()
    if not form.validate_on_submit():
        return _upload_page(form, 422 if form.errors else 200)
    try:
        with current.writing() as session:
            batch_id = staging.receive(
                session,
                act=current.act(),
                kind=ImportKind(form.kind.data),
                file_name=form.file.data.filename or "",
                content=form.file.data.read(),
                data_dir=current.settings().data_dir,
                data_on=form.data_on.data,
            ).id
    except Refused as refusal:
        form.file.errors = [sentence(refusal)]
        return _upload_page(form, 422)
    return redirect(url_for("imports.batch", batch_id=batch_id), 303)


@bp.get("/imports/templates/<kind>")
@allows(Permission.IMPORTS_RUN)
def template(kind: str) -> ResponseReturnValue:
    """Hand out an empty workbook with the headings of a list."""
    if kind not in {one.value for one in ImportKind}:
        raise NotVisible
    wanted = ImportKind(kind)
    notes = writing.Notes(
        sheet=_("How to fill in"),
        headings=(_("Column"), _("Needed"), _("Example"), _("Other headings taken for it")),
        needed=_("needed"),
        optional=_("optional"),
    )
    content = writing.template(_LAYOUTS[wanted], notes)
    return send_file(io.BytesIO(content), _XLSX, as_attachment=True, download_name=_TEMPLATE_NAMES[wanted])


@bp.get("/imports/<int:batch_id>")
@allows(Permission.IMPORTS_READ)
def batch(batch_id: int) -> ResponseReturnValue:
    """Show what a list would change, or did; its rows only to who may import."""
    session = current.session()
    found = queries.batch(session, batch_id)
    wanted = request.args.get("show", "")
    first = next((one for one in _FIRST_SHOWN if found.count(one)), RowOutcome.NEW)
    outcome = RowOutcome(wanted) if wanted in {one.value for one in RowOutcome} else first
    has_rows = current.actor().may(Permission.IMPORTS_RUN) and found.state is not ImportState.DISCARDED
    return render_template(
        "imports/batch.html",
        batch=found,
        outcome=outcome,
        outcomes=_FIRST_SHOWN,
        rows=queries.rows(session, batch_id, outcome, request.args.get("page", 1, type=int)) if has_rows else None,
        reason=sentence,
        waits=found.state is ImportState.STAGED,
    )


@bp.post("/imports/<int:batch_id>/apply")
@allows(Permission.IMPORTS_RUN)
def apply(batch_id: int) -> ResponseReturnValue:
    """Write the good rows of a list."""
    try:
        with current.writing() as session:
            done = staging.apply(session, act=current.act(), batch_id=batch_id, data_dir=current.settings().data_dir)
            used = done.rows - done.rejected
    except StaleData as refusal:
        flash(sentence(refusal), "warning")
        return redirect(url_for("imports.batch", batch_id=batch_id), 303)
    flash(_("The list is applied: %(rows)s rows are in use.", rows=used), "success")
    return redirect(url_for("imports.batch", batch_id=batch_id), 303)


@bp.post("/imports/<int:batch_id>/again")
@allows(Permission.IMPORTS_RUN)
def again(batch_id: int) -> ResponseReturnValue:
    """Compare a waiting list anew with what we hold now."""
    with current.writing() as session:
        staging.stage_again(session, act=current.act(), batch_id=batch_id, data_dir=current.settings().data_dir)
    flash(_("The list was compared with what we hold now."), "success")
    return redirect(url_for("imports.batch", batch_id=batch_id), 303)


@bp.post("/imports/<int:batch_id>/discard")
@allows(Permission.IMPORTS_RUN)
def discard(batch_id: int) -> ResponseReturnValue:
    """Drop a waiting list."""
    with current.writing() as session:
        staging.discard(session, act=current.act(), batch_id=batch_id)
    flash(_("The list is discarded; nothing was changed."), "success")
    return redirect(url_for("imports.index"), 303)


@bp.post("/imports/<int:batch_id>/wrong-rows")
@allows(Permission.IMPORTS_RUN)
def wrong_rows(batch_id: int) -> ResponseReturnValue:
    """Give the wrong rows back as a workbook, each with what is wrong in its last column; recorded."""
    with current.writing() as session:
        found = queries.batch(session, batch_id)
        lines = queries.wrong_rows(session, batch_id)
        current.act().record(session, "import:wrong_rows_given", subject=f"import/{batch_id}", rows=len(lines))
    headings = list(found.facts.get("headings") or ())
    width = max([len(headings), *(len(line.written) for line in lines)])
    headings += [""] * (width - len(headings))
    has_sheets = any(line.sheet for line in lines)
    table = [
        [
            *([line.sheet] if has_sheets else []),
            str(line.row_number),
            *line.written,
            *[""] * (width - len(line.written)),
            "；".join(f"{one.column}：{sentence(one.refusal)}" for one in line.problems),
        ]
        for line in lines
    ]
    head = [*([_("Sheet")] if has_sheets else []), _("Row"), *headings, _("What is wrong")]
    content = writing.table(_("Wrong rows"), head, table)
    return send_file(io.BytesIO(content), _XLSX, as_attachment=True, download_name="错误数据.xlsx")


def _upload_page(form: UploadForm, status: int) -> ResponseReturnValue:
    kinds = [(kind.value, word(kind)) for kind in ImportKind]
    return render_template("imports/new.html", form=form, kinds=kinds), status
