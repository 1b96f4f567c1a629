"""Pages of reconciliations: the lender's list against our ledger, cause by cause, contract by contract."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.permissions import Permission
from models.rules.reconciliation import DifferenceCause
from portal import current, pages
from portal.access import allows
from portal.forms.reconciliations import NoteForm
from portal.queries import differences as lines
from portal.queries import reconciliations as queries
from portal.services import reconciliations as service
from portal.sheets.export import MIME, Cell, workbook
from portal.wordlists.reconciliations import MEANINGS, STEPS
from portal.words import choices, word

bp = Blueprint("reconciliations", __name__)


@bp.get("/reconciliations")
@allows(Permission.RECONCILIATIONS_READ)
def index() -> ResponseReturnValue:
    """Show the lists held against the ledger, newest first."""
    before = request.args.get("before", type=int)
    found = queries.made(current.session(), current.actor(), current.today(), before=before)
    return render_template(
        "reconciliations/index.html",
        found=found,
        older=found[-1].list_id if len(found) == queries.PAGE_LISTS else None,
        is_first=before is None,
    )


@bp.get("/reconciliations/of-import/<int:batch_id>")
@allows(Permission.RECONCILIATIONS_READ)
def of_import(batch_id: int) -> ResponseReturnValue:
    """Lead from an import to the comparison of the list it brought."""
    return redirect(url_for("reconciliations.of_list", list_id=queries.of_import(current.session(), batch_id)), 303)


@bp.get("/reconciliations/<int:list_id>")
@allows(Permission.RECONCILIATIONS_READ)
def of_list(list_id: int) -> ResponseReturnValue:
    """Show one list: counts and sums by cause, then the contracts."""
    session, actor, today = current.session(), current.actor(), current.today()
    filters = lines.Filters.of(request.args)
    schools = lines.schools(session, actor)
    return render_template(
        "reconciliations/list.html",
        made=queries.one(session, actor, today, list_id),
        causes=queries.causes(session, actor, today, list_id),
        found=lines.lines(session, actor, today, list_id, filters, after=request.args.get("after", "")),
        filters=filters,
        chips=_chips(list_id, filters, dict(schools)),
        cause_choices=choices(DifferenceCause),
        schools=schools,
        is_first=not request.args.get("after"),
        meanings=MEANINGS,
        steps=STEPS,
    )


@bp.get("/reconciliations/<int:list_id>/print")
@allows(Permission.RECONCILIATIONS_READ)
def print_list(list_id: int) -> ResponseReturnValue:
    """Show all that matches on one page, to be printed."""
    session, actor, today = current.session(), current.actor(), current.today()
    filters = lines.Filters.of(request.args)
    return render_template(
        "reconciliations/print.html",
        made=queries.one(session, actor, today, list_id),
        causes=queries.causes(session, actor, today, list_id),
        found=lines.whole(session, actor, today, list_id, filters),
        chips=_chips(list_id, filters, dict(lines.schools(session, actor))),
        meanings=MEANINGS,
        steps=STEPS,
        made_at=current.now(),
    )


@bp.post("/reconciliations/<int:list_id>/export")
@allows(Permission.RECONCILIATIONS_READ)
def export(list_id: int) -> ResponseReturnValue:
    """Send all that matches as a workbook, and record that it left the portal."""
    filters = lines.Filters.of(request.args)
    act, actor = current.act(), current.actor()
    made = queries.one(current.session(), actor, act.today, list_id)
    found = lines.whole(current.session(), actor, act.today, list_id, filters)
    with current.writing() as session:
        act.record(
            session,
            "reconciliation:exported",
            subject=f"reconciliation/{list_id}",
            rows=found.total,
            filters=filters.address,
        )
    headings = (
        _("Borrower"),
        _("Contract"),
        _("Village"),
        _("School"),
        _("Cause"),
        _("Our principal, yuan"),
        _("Our interest, yuan"),
        _("Our penalty, yuan"),
        _("List's principal, yuan"),
        _("List's interest, yuan"),
        _("List's penalty, yuan"),
        _("List less ledger, yuan"),
        _("Note"),
        _("Explained on"),
    )
    notes = (
        _("%(lender)s, list of %(day)s", lender=made.lender, day=made.data_on.isoformat()),
        _("made by %(name)s, %(moment)s", name=actor.name, moment=pages.moment(act.at)),
    )
    book = workbook(_("Reconciliation"), headings, [_cells(row) for row in found.rows], notes=notes)
    name = f"reconciliation-{made.data_on.isoformat()}.xlsx"
    return send_file(BytesIO(book), mimetype=MIME, as_attachment=True, download_name=name)


@bp.route("/reconciliations/differences/<int:difference_id>", methods=["GET", "POST"])
@allows(Permission.RECONCILIATIONS_SETTLE)
def difference(difference_id: int) -> ResponseReturnValue:
    """Write down what was found out about one contract."""
    list_id, line = lines.difference(current.session(), current.actor(), current.today(), difference_id)
    form = NoteForm(data={"note": line.note, "is_explained": line.settled_on is not None})
    if not form.validate_on_submit():
        return render_template(
            "reconciliations/difference.html",
            line=line,
            made=queries.one(current.session(), current.actor(), current.today(), list_id),
            form=form,
            meanings=MEANINGS,
            steps=STEPS,
        ), 422 if form.errors else 200
    with current.writing() as session:
        service.note(
            session,
            act=current.act(),
            difference_id=difference_id,
            text=form.note.data or "",
            is_explained=bool(form.is_explained.data),
        )
    flash(_("The note is kept."), "success")
    return redirect(url_for("reconciliations.of_list", list_id=list_id), 303)


def _chips(list_id: int, filters: lines.Filters, schools: dict[str, str]) -> list[tuple[str, str]]:
    labels = {
        "cause": word(DifferenceCause(filters.cause)) if filters.cause else "",
        "school": schools.get(filters.school, filters.school),
        "open": _("not explained") if filters.open == "yes" else _("explained"),
    }
    found = []
    for name in filters.address:
        others: dict[str, Any] = {other: value for other, value in filters.address.items() if other != name}
        found.append((labels[name], url_for("reconciliations.of_list", list_id=list_id, **others)))
    return found


def _cells(row: lines.Line) -> tuple[Cell, ...]:
    return (
        row.name,
        row.contract_no,
        row.village,
        row.school,
        word(row.cause),
        row.ours.principal,
        row.ours.interest,
        row.ours.penalty,
        row.theirs.principal,
        row.theirs.interest,
        row.theirs.penalty,
        row.gap,
        row.note,
        row.settled_on,
    )
