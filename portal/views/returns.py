"""Pages of returns: one box for codes and outcomes, the running tally, and what a filed round came to."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from config import COUNTY_TIME
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from models.rules.returns import KEYS, MEANINGS
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.returns import LineForm, WalkForm
from portal.queries import returns as reads
from portal.queries.returns import EntryRow, Round
from portal.services import returns
from portal.services.returns import OutcomeMissing
from portal.words import word

bp = Blueprint("returns", __name__)

UNDO = "-"
_HANDED_OVER = frozenset(outcome for outcome, meaning in MEANINGS.items() if meaning.was_served)


@bp.get("/notices/returns")
@allows(Permission.NOTICES_SERVE)
def box() -> ResponseReturnValue:
    """Show the box and what is noted; without an open round ask for the walk first."""
    found = _open()
    return _walk_page(WalkForm()) if found is None else _box_page(found, LineForm(formdata=None))


@bp.route("/notices/returns/walk", methods=["GET", "POST"])
@allows(Permission.NOTICES_SERVE)
def walk() -> ResponseReturnValue:
    """Begin a round, or change when and with whom the open one was walked."""
    form = WalkForm(data=_county(_open()))
    if not form.validate_on_submit():
        return _walk_page(form)
    try:
        with current.writing() as session:
            returns.begin(session, act=current.act(), walk=form.walk())
    except Refused as refusal:
        form.walked_at.errors = [sentence(refusal)]
        return _walk_page(form)
    return redirect(url_for("returns.box"), 303)


@bp.post("/notices/returns/lines")
@allows(Permission.NOTICES_SERVE)
def note() -> ResponseReturnValue:
    """Note one line; ``-`` takes the last back. A script gets the answer as JSON, a form as a page."""
    form = LineForm()
    text = form.line.data or ""
    try:
        said, kind = _note(text), "noted"
    except OutcomeMissing as refusal:
        said, kind = sentence(refusal), "asks"
    except Refused as refusal:
        said, kind = sentence(refusal), "refused"
    found = _open()
    if found is None:
        raise NotVisible
    if request.accept_mimetypes.best == "application/json":
        return jsonify(kind=kind, text=said, **_figures(found))
    if kind == "noted":
        flash(said, "success")
        return redirect(url_for("returns.box"), 303)
    form.line.errors = [said]
    return _box_page(found, form), 422


@bp.post("/notices/returns/undo")
@allows(Permission.NOTICES_SERVE)
def undo() -> ResponseReturnValue:
    """Take back what was noted last."""
    flash(_note(UNDO), "info")
    return redirect(url_for("returns.box"), 303)


@bp.post("/notices/returns/file")
@allows(Permission.NOTICES_SERVE)
def file() -> ResponseReturnValue:
    """File the open round."""
    with current.writing() as session:
        filed = returns.file(session, act=current.act())
    flash(_("The round is filed: %(served)s served, %(not_served)s not served.", **_two(filed)), "success")
    return redirect(url_for("returns.filed", round_id=filed.round_id), 303)


@bp.get("/notices/returns/<int:round_id>")
@allows(Permission.NOTICES_SERVE)
def filed(round_id: int) -> ResponseReturnValue:
    """Show what a filed round came to, and what would mend weak proofs."""
    found = reads.filed_round(current.session(), current.actor(), current.today(), round_id)
    return render_template("returns/filed.html", found=found, handed_over=_HANDED_OVER)


def _two(filed: returns.Filed) -> dict[str, int]:
    return {"served": filed.served, "not_served": filed.not_served}


def _open() -> Round | None:
    """Return the open round as it is now: after an act, the request's own reader would still see the one before."""
    with current.database().reader() as session:
        return reads.open_round(session, current.actor(), current.today())


def _note(text: str) -> str:
    """Note a line, or take the last back; return what was done in words."""
    with current.writing() as session:
        if text.strip() == UNDO:
            returns.undo(session, act=current.act())
            return str(_("The last one is taken back."))
        noted = returns.note(session, act=current.act(), text=text)
    row = _row(noted.entry_id)
    if row.is_paid:
        return str(_("%(serial)s, %(name)s: nothing is overdue any more; filing calls the notice back.", **_who(row)))
    if noted.before is not None:
        return str(_("%(serial)s, %(name)s, corrected: %(outcome)s", **_who(row)))
    return str(_("%(serial)s, %(name)s: %(outcome)s", **_who(row)))


def _row(entry_id: int) -> EntryRow:
    found = _open()
    if found is None:
        raise NotVisible
    return next(row for row in found.rows if row.id == entry_id)


def _who(row: EntryRow) -> dict[str, str]:
    return {"serial": row.serial, "name": _name(row), "outcome": word(row.outcome)}


def _name(row: EntryRow) -> str:
    return row.name if row.paper_id is None else str(_("co-borrower of %(name)s", name=row.name))


def _figures(found: Round) -> dict[str, Any]:
    """Return what a script shows anew after each line."""
    return {
        "total": len(found.rows),
        "tally": [f"{word(outcome)} {count}" for outcome, count in found.tally],
        "summary": _summary(found),
        "rows": [
            {"serial": row.serial, "name": _name(row), "village": row.village, "outcome": word(row.outcome)}
            for row in found.rows[:5]
        ],
    }


def _summary(found: Round) -> str:
    served, total = found.served, len(found.rows)
    return str(
        ngettext(
            "%(num)d notice noted: %(served)d served, %(other)d not",
            "%(num)d notices noted: %(served)d served, %(other)d not",
            total,
            served=served,
            other=total - served,
        )
    )


def _box_page(found: Round, form: LineForm) -> str:
    return render_template("returns/box.html", found=found, form=form, keys=KEYS, summary=_summary(found), undo=UNDO)


def _walk_page(form: WalkForm) -> ResponseReturnValue:
    if form.walked_at.data is None and not form.is_submitted():
        form.walked_at.data = current.now().astimezone(COUNTY_TIME).replace(second=0, microsecond=0, tzinfo=None)
    return render_template("returns/walk.html", form=form), 422 if form.errors else 200


def _county(found: Round | None) -> dict[str, Any]:
    """Return what holds for the open round as a form shows it."""
    if found is None:
        return {}
    return {
        "walked_at": found.walked_at.astimezone(COUNTY_TIME).replace(tzinfo=None),
        "second_visitor": found.second_visitor,
        "witness_1": found.witness_1,
        "witness_2": found.witness_2,
    }
