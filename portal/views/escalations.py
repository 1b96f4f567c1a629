"""Pages of requests for help: the list, one request for school and centre, and the one page a township sees."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.permissions import Permission
from models.rules.refusals import Refused
from models.rules.workflows import ESCALATION, EscalationState, EscalationStep
from notices import layout
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.escalations import AskForm, WordsForm
from portal.queries import escalations as reads
from portal.queries.escalation_sight import is_asked, open_request
from portal.queries.escalations import Detail, Request
from portal.queries.scope import borrower_to_read
from portal.services import escalation_answers, escalations
from portal.services.escalations import Ask
from portal.wordlists.escalations import LEVELS, happened
from portal.words import choices

bp = Blueprint("escalations", __name__)

_SEALED = "sandbox; default-src 'none'"  # a downloaded file opens as nothing but itself
_LAST_PAGE = 1_000
_LATE = "late"  # in the address beside the states: unanswered past its day


@bp.app_context_processor
def _words() -> dict[str, object]:
    return {"escalation_level": LEVELS.__getitem__, "escalation_step": happened}


@bp.get("/escalations")
@allows(Permission.ESCALATIONS_READ)
def index() -> ResponseReturnValue:
    """List requests; a township sees only those addressed to it that are open."""
    asked = request.args.get("state", "")
    state = EscalationState(asked) if asked in set(EscalationState) else None
    page = min(_LAST_PAGE, max(1, request.args.get("page", 1, type=int)))
    found = reads.requests(
        current.session(), current.actor(), current.today(), state=state, only_late=asked == _LATE, page=page
    )
    options = {_LATE: _("past its day, unanswered")} | dict(choices(EscalationState))
    return render_template(
        "escalations/index.html",
        found=found,
        options=options,
        chosen=asked if asked in options else None,
        is_asked=is_asked(current.actor()),
    )


@bp.get("/escalations/<int:escalation_id>")
@allows(Permission.ESCALATIONS_READ)
def escalation(escalation_id: int) -> ResponseReturnValue:
    """Show one request: all of it to school and centre, one page without amounts to the body asked."""
    found = _found(escalation_id)
    steps = {step.value for step in ESCALATION.steps(found.row.state, current.actor().role)}
    if isinstance(found, Request):
        with current.writing() as session:
            escalation_answers.record_view(session, act=current.act(), escalation_id=escalation_id)
        return render_template("escalations/request.html", found=found, steps=steps)
    return render_template("escalations/escalation.html", found=found, steps=steps)


@bp.route("/borrowers/<int:borrower_id>/escalations/new", methods=["GET", "POST"])
@allows(Permission.ESCALATIONS_SEND)
def send(borrower_id: int) -> ResponseReturnValue:
    """Ask a body for one stated help."""
    reader, today = current.session(), current.today()
    borrower = borrower_to_read(reader, current.actor(), today, borrower_id)
    already = open_request(reader, borrower_id)
    if already is not None:
        return redirect(url_for("escalations.escalation", escalation_id=already), 303)
    form = AskForm()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                sent = escalations.send(session, act=current.act(), borrower_id=borrower_id, ask=form.ask())
        except Refused as refusal:
            form.form_errors = [sentence(refusal)]
        else:
            flash(_("The request is sent; the answer is due on %(day)s.", day=sent.due_on), "success")
            return redirect(url_for("escalations.escalation", escalation_id=sent.id), 303)
    if not form.is_submitted():
        form.what_was_tried.data = escalations.suggestion(reader, borrower_id, today)
    return render_template(
        "escalations/send.html", form=form, borrower_id=borrower_id, borrower_name=borrower.name, found=None
    ), (422 if form.errors else 200)


@bp.route("/escalations/<int:escalation_id>/resend", methods=["GET", "POST"])
@allows(Permission.ESCALATIONS_SEND)
def resend(escalation_id: int) -> ResponseReturnValue:
    """Amend a returned request and send it again."""
    found = reads.escalation(current.session(), current.actor(), current.today(), escalation_id)
    form = AskForm(
        data={
            "body": found.row.body.value,
            "help_asked": found.row.help_asked.value,
            "request": found.request,
            "what_was_tried": found.what_was_tried,
            "untried_reason": found.untried_reason,
            "working_days": Ask.__dataclass_fields__["working_days"].default,
        }
    )
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                sent = escalations.resend(session, act=current.act(), escalation_id=escalation_id, ask=form.ask())
        except Refused as refusal:
            form.form_errors = [sentence(refusal)]
        else:
            flash(_("The request is sent; the answer is due on %(day)s.", day=sent.due_on), "success")
            return redirect(url_for("escalations.escalation", escalation_id=escalation_id), 303)
    return render_template(
        "escalations/send.html",
        form=form,
        borrower_id=found.row.borrower_id,
        borrower_name=found.row.borrower_name,
        found=found,
    ), (422 if form.errors else 200)


@bp.post("/escalations/<int:escalation_id>/accept")
@allows(Permission.ESCALATIONS_ANSWER)
def accept(escalation_id: int) -> ResponseReturnValue:
    """Accept a request."""
    with current.writing() as session:
        escalation_answers.accept(session, act=current.act(), escalation_id=escalation_id)
    flash(_("The request is accepted. Report here what was done."), "success")
    return redirect(url_for("escalations.escalation", escalation_id=escalation_id), 303)


@bp.route("/escalations/<int:escalation_id>/return", methods=["GET", "POST"])
@allows(Permission.ESCALATIONS_ANSWER)
def return_to_sender(escalation_id: int) -> ResponseReturnValue:
    """Return a request with the reason."""

    def act(text: str) -> None:
        with current.writing() as session:
            escalation_answers.return_to_sender(session, act=current.act(), escalation_id=escalation_id, reason=text)
        flash(_("The request is returned to the school with your reason."), "success")

    return _say(escalation_id, EscalationStep.RETURN, act, url_for("escalations.index"))


@bp.route("/escalations/<int:escalation_id>/report", methods=["GET", "POST"])
@allows(Permission.ESCALATIONS_ANSWER)
def report(escalation_id: int) -> ResponseReturnValue:
    """Report what was done."""

    def act(text: str) -> None:
        with current.writing() as session:
            escalation_answers.report(session, act=current.act(), escalation_id=escalation_id, text=text)
        flash(
            _("Your report is recorded; the school sees it. Close the request when nothing is left to do."), "success"
        )

    return _say(
        escalation_id, EscalationStep.REPORT, act, url_for("escalations.escalation", escalation_id=escalation_id)
    )


@bp.post("/escalations/<int:escalation_id>/close")
@allows(Permission.ESCALATIONS_ANSWER)
def close(escalation_id: int) -> ResponseReturnValue:
    """Close a request after its report."""
    with current.writing() as session:
        escalation_answers.close(session, act=current.act(), escalation_id=escalation_id)
    flash(_("The request is closed. Thank you for the help."), "success")
    return redirect(url_for("escalations.index"), 303)


@bp.post("/escalations/<int:escalation_id>/withdraw")
@allows(Permission.ESCALATIONS_SEND)
def withdraw(escalation_id: int) -> ResponseReturnValue:
    """Withdraw a request."""
    with current.writing() as session:
        escalations.withdraw(session, act=current.act(), escalation_id=escalation_id)
    flash(_("The request is withdrawn; whoever was asked no longer sees it."), "success")
    return redirect(url_for("escalations.escalation", escalation_id=escalation_id), 303)


@bp.get("/escalations/<int:escalation_id>/letter.pdf")
@allows(Permission.ESCALATIONS_READ)
def letter(escalation_id: int) -> ResponseReturnValue:
    """Send the letter: the stored file the first time, afterwards one marked as a reprint. Each time is recorded."""
    pdf, content = reads.letter(current.session(), current.actor(), current.today(), escalation_id)
    with current.writing() as session:
        is_reprint = escalations.record_print(session, act=current.act(), escalation_id=escalation_id)
    answer = Response(layout.render(content, reprint=True) if is_reprint else pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="letter-{escalation_id}.pdf"'
    answer.headers["Content-Security-Policy"] = _SEALED
    return answer


def _found(escalation_id: int) -> Detail | Request:
    read = reads.request if is_asked(current.actor()) else reads.escalation
    return read(current.session(), current.actor(), current.today(), escalation_id)


def _say(escalation_id: int, step: EscalationStep, act: Callable[[str], None], then: str) -> ResponseReturnValue:
    """Ask for a few words, and do what they are for; words that are refused stand in the form again."""
    found = _found(escalation_id)
    form = WordsForm()
    if form.validate_on_submit():
        try:
            act(form.text.data)
        except Refused as refusal:
            form.form_errors = [sentence(refusal)]
        else:
            return redirect(then, 303)
    return render_template("escalations/say.html", form=form, found=found, step=step.value), (
        422 if form.errors else 200
    )
