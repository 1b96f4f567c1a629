"""Pages of the limitation watch: contracts whose claim becomes too old, one contract, what interrupted it."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.rules.limitation import WATCHED_DAYS, InterruptionKind, Mend
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from portal import current, pages
from portal.access import allows
from portal.errors import sentence
from portal.forms.limitation import InterruptionForm, VoidForm
from portal.queries import areas, limitation
from portal.queries.limitation import LimitationList, LimitationRow
from portal.queries.limitation_windows import LimitationFilters, Which
from portal.services import limitation as services
from portal.sheets.export import MIME, Cell, workbook
from portal.wordlists.limitation import how
from portal.words import word

bp = Blueprint("limitation", __name__)
bp.add_app_template_filter(how, "how")

_DAYS = (30, 90, WATCHED_DAYS, 365)
_CODE = re.compile(r"[0-9A-Za-z-]{1,20}", re.ASCII)


@bp.get("/limitation")
@allows(Permission.LIMITATION_READ)
def index() -> ResponseReturnValue:
    """List the contracts that soon become too old to claim, or already are."""
    filters = _filters()
    after = request.args.get("after", "")
    found = limitation.limitation_list(current.session(), current.actor(), current.today(), filters, after=after)
    return render_template(
        "limitation/index.html",
        found=found,
        groups=_groups(found),
        filters=filters,
        chips=_chips(filters),
        is_first=not after,
        days_choice=[(str(days), _within(days)) for days in _DAYS if days != WATCHED_DAYS],
        area_choice=areas.area_choices(current.session(), current.actor()),
    )


@bp.post("/limitation/export")
@allows(Permission.LIMITATION_READ)
def export() -> ResponseReturnValue:
    """Send the list as a workbook, masked as on the page, and record that it left the portal."""
    filters = _filters()
    act = current.act()
    found = limitation.limitation_list(
        current.session(), current.actor(), act.today, filters, limit=limitation.MOST_JUDGED
    )
    with current.writing() as session:
        act.record(session, "limitation:exported", subject="limitation", rows=len(found.rows), filters=filters.address)
    notes = [_title(filters), _("made by %(name)s, %(moment)s", name=current.actor().name, moment=pages.moment(act.at))]
    if found.is_cut or found.after:
        notes.append(_("Not all contracts are in this list; narrow it by area."))
    sheet = workbook(_("Limitation"), _headings(), [_cells(row) for row in found.rows], notes=notes)
    name = f"limitation-{act.today.isoformat()}.xlsx"
    return send_file(BytesIO(sheet), mimetype=MIME, as_attachment=True, download_name=name)


@bp.get("/limitation/<int:loan_id>")
@allows(Permission.LIMITATION_READ)
def contract(loan_id: int) -> ResponseReturnValue:
    """Show one contract's period and what interrupted it."""
    return _contract_page(loan_id, InterruptionForm())


@bp.post("/limitation/<int:loan_id>/interruptions")
@allows(Permission.LIMITATION_RECORD)
def interrupt(loan_id: int) -> ResponseReturnValue:
    """Write down what started the three years anew."""
    limitation.contract_limitation(current.session(), current.actor(), current.today(), loan_id)
    form = InterruptionForm()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                services.interrupt(
                    session,
                    act=current.act(),
                    loan_id=loan_id,
                    on=form.on.data,
                    kind=InterruptionKind(form.kind.data),
                    proof=form.proof.data or "",
                    is_proven=bool(form.is_proven.data),
                )
        except Refused as refusal:
            form.form_errors.append(sentence(refusal))
        else:
            flash(_("Written down, with your name."), "success")
            return redirect(url_for("limitation.contract", loan_id=loan_id), 303)
    return _contract_page(loan_id, form), 422


@bp.route("/limitation/<int:loan_id>/interruptions/<int:interruption_id>/void", methods=["GET", "POST"])
@allows(Permission.LIMITATION_RECORD)
def void(loan_id: int, interruption_id: int) -> ResponseReturnValue:
    """Ask why, then take back what was written down wrongly."""
    found = limitation.contract_limitation(current.session(), current.actor(), current.today(), loan_id)
    one = next((one for one in found.by_hand if one.id == interruption_id), None)
    if one is None:
        raise NotVisible
    form = VoidForm()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                services.void(
                    session, act=current.act(), interruption_id=interruption_id, reason=form.reason.data or ""
                )
        except Refused as refusal:
            form.reason.errors = [sentence(refusal)]
        else:
            flash(_("Taken back; it stays readable."), "success")
            return redirect(url_for("limitation.contract", loan_id=loan_id), 303)
    page = render_template("limitation/void.html", found=found, one=one, form=form)
    return page, 422 if form.errors else 200


def _contract_page(loan_id: int, form: InterruptionForm) -> str:
    found = limitation.contract_limitation(current.session(), current.actor(), current.today(), loan_id)
    return render_template("limitation/contract.html", found=found, form=form)


def _filters() -> LimitationFilters:
    """Read the filters of the address; what is not understood narrows nothing."""
    days = request.args.get("days", WATCHED_DAYS, type=int)
    area = request.args.get("area", "")
    return LimitationFilters(
        which=Which.OVER if request.args.get("which") == Which.OVER else Which.ENDING,
        days=days if days in _DAYS else WATCHED_DAYS,
        area=area if _CODE.fullmatch(area) else "",
    )


def _groups(found: LimitationList) -> list[tuple[Mend, int, list[LimitationRow]]]:
    """Return the page's rows by mend, each with how many there are of it in all."""
    return [
        (mend, count, rows) for mend, count in found.groups if (rows := [row for row in found.rows if row.mend is mend])
    ]


def _chips(filters: LimitationFilters) -> list[tuple[str, str]]:
    names = dict(areas.area_choices(current.session(), current.actor()))
    address = filters.address
    labels = {
        "which": _("already over"),
        "days": _within(filters.days),
        "area": str(names.get(filters.area, filters.area)),
    }
    chips = []
    for name in address:
        rest: dict[str, Any] = {key: value for key, value in address.items() if key != name}
        chips.append((labels[name], url_for("limitation.index", **rest)))
    return chips


def _within(days: int) -> str:
    return str(ngettext("within %(num)d day", "within %(num)d days", days))


def _title(filters: LimitationFilters) -> str:
    if filters.which is Which.OVER:
        return str(_("Contracts whose claim is too old"))
    return str(_("Contracts whose claim becomes too old %(when)s", when=_within(filters.days)))


def _headings() -> tuple[str, ...]:
    return (
        _("What would mend it"),
        _("Days left"),
        _("Ends on"),
        _("Name"),
        _("Township"),
        _("Village"),
        _("Contract"),
        _("Lender"),
        _("Balance, yuan"),
        _("Last due day"),
        _("Last interrupted on"),
        _("By"),
    )


def _cells(row: LimitationRow) -> tuple[Cell, ...]:
    last = row.period.last
    return (
        word(row.mend),
        row.days_left,
        row.period.ends_on,
        row.name,
        row.township,
        row.village,
        row.contract_no,
        row.lender,
        row.balance,
        row.period.begins_on,
        last.on if last else None,
        word(last.kind) if last else "",
    )
