"""Pages of handovers: the list, what is open in a village that was given on, its sheet, and accepting it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.handovers import Counts, HandoverState
from models.rules.permissions import Permission
from models.rules.refusals import Refused
from portal import current
from portal.access import allows
from portal.forms.handovers import AcceptForm
from portal.pages import download
from portal.queries import handovers as reads
from portal.queries.handover_kits import kit
from portal.services import handover_sheets, handovers
from portal.wordlists.handovers import COUNTS

bp = Blueprint("handovers", __name__)


@bp.get("/handovers")
@allows(Permission.BORROWERS_READ)
def index() -> ResponseReturnValue:
    """List the handovers of villages in reach, those that wait to be accepted first."""
    found = reads.handovers(current.session(), current.actor())
    return render_template("handovers/index.html", rows=found, today=current.today())


@bp.get("/handovers/<int:handover_id>")
@allows(Permission.BORROWERS_READ)
def handover(handover_id: int) -> ResponseReturnValue:
    """Show what is open in the village, and let the receiver accept."""
    return _page(reads.handover(current.session(), current.actor(), handover_id), AcceptForm())


@bp.get("/handovers/<int:handover_id>/sheet.pdf")
@allows(Permission.BORROWERS_READ)
def sheet(handover_id: int) -> ResponseReturnValue:
    """Send the sheet to be read and signed; who fetched it is recorded, since it names people."""
    reader, today = current.session(), current.today()
    found = reads.handover(reader, current.actor(), handover_id)
    if found.state is HandoverState.ENDED:
        raise Refused("This handover ended: print the sheet of the one that took its place.")
    open_now = kit(reader, found.village_id, today)
    pdf = handover_sheets.sheet(reader, today=today, found=found, kit=open_now)
    with current.writing() as session:
        handovers.record_print(session, act=current.act(), handover_id=handover_id, people=open_now.counts.people)
    return download(pdf, "application/pdf", f"handover-{handover_id}-{today.isoformat()}.pdf")


@bp.post("/handovers/<int:handover_id>/accept")
@allows(Permission.CONTACTS_LOG)
def accept(handover_id: int) -> ResponseReturnValue:
    """Accept as the one who receives the village."""
    form = AcceptForm()
    found = reads.handover(current.session(), current.actor(), handover_id)
    if not form.validate_on_submit():
        return _page(found, form), 422
    with current.writing() as session:
        handovers.accept(session, act=current.act(), handover_id=handover_id, remarks=form.remarks.data or "")
    flash(_("Accepted: the village with its open matters is yours."), "success")
    return redirect(url_for("handovers.handover", handover_id=handover_id), 303)


@bp.post("/handovers/<int:handover_id>/accept-on-paper")
@allows(Permission.AREAS_ASSIGN)
def accept_on_paper(handover_id: int) -> ResponseReturnValue:
    """Say that the copy signed by a receiver who cannot sign in was seen."""
    form = AcceptForm()
    found = reads.handover(current.session(), current.actor(), handover_id)
    if not form.validate_on_submit():
        return _page(found, form), 422
    with current.writing() as session:
        handovers.accept_on_paper(session, act=current.act(), handover_id=handover_id, remarks=form.remarks.data or "")
    flash(_("Written down: the signed copy was seen."), "success")
    return redirect(url_for("handovers.handover", handover_id=handover_id), 303)


def _page(found: reads.HandoverRow, form: AcceptForm) -> str:
    actor, today = current.actor(), current.today()
    waits = found.state is HandoverState.OPEN
    open_now = kit(current.session(), found.village_id, today) if found.state is not HandoverState.ENDED else None
    return render_template(
        "handovers/handover.html",
        found=found,
        kit=open_now,
        today=today,
        form=form,
        receives=waits and found.receiver_id == actor.user_id,
        files_paper=waits and found.receiver_id is None and actor.may(Permission.AREAS_ASSIGN),
        counts=_compared(found.then, open_now.counts if open_now else None),
    )


def _compared(then: Counts, now: Counts | None) -> list[tuple[str, int, int | None]]:
    """Return what was counted then and now, with its words; what there was and is none of is left out."""
    rows = [(label, getattr(then, name), getattr(now, name, None)) for name, label in COUNTS.items()]
    return [row for row in rows if row[1] or row[2]]
