"""Pages of reports of suspected malicious default."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.permissions import Permission
from models.rules.refusals import Refused
from models.rules.suspicion_gates import Obstacle, ObstacleCode, Thresholds, gate
from models.rules.suspicions import QUESTIONS, Answered, Question
from models.rules.workflows import SUSPICION, SuspicionState, SuspicionStep
from notices import layout
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.suspicions import DecisionForm, ProposalForm, ReasonForm, ReplyForm
from portal.queries import suspicions as reads
from portal.queries.evidence import evidence
from portal.queries.scope import borrower_to_read
from portal.queries.suspicions import Detail
from portal.services import suspicion_decisions, suspicions
from portal.services.suspicion_reports import NotReady
from portal.wordlists.suspicions import LEVELS, happened

bp = Blueprint("suspicions", __name__)

_SEALED = "sandbox; default-src 'none'"  # a downloaded file opens as nothing but itself
_LAST_PAGE = 1_000
_ON_RECORD = frozenset(ObstacleCode) - {
    ObstacleCode.NOT_ANSWERED,
    ObstacleCode.NO_EVIDENCE,
    ObstacleCode.BENIGN_CAUSE,
    ObstacleCode.NO_GROUND,
    ObstacleCode.GROUND_WITHOUT_EVIDENCE,
}
"""Obstacles that lie in what is on record, known before anything is filled in."""


@bp.app_context_processor
def _words() -> dict[str, object]:
    return {
        "suspicion_level": LEVELS.__getitem__,
        "suspicion_step": happened,
        "suspicion_question": lambda question: _(QUESTIONS[question].sentence),
    }


@bp.get("/suspicions")
@allows(Permission.SUSPICIONS_READ)
def index() -> ResponseReturnValue:
    """List reports by state, with what waits for whom."""
    asked = request.args.get("state", "")
    state = SuspicionState(asked) if asked in set(SuspicionState) else None
    page = min(_LAST_PAGE, max(1, request.args.get("page", 1, type=int)))
    found = reads.reports(current.session(), current.actor(), current.today(), state=state, page=page)
    return render_template("suspicions/index.html", found=found, states=tuple(SuspicionState), state=state)


@bp.get("/suspicions/<int:suspicion_id>")
@allows(Permission.SUSPICIONS_READ)
def suspicion(suspicion_id: int) -> ResponseReturnValue:
    """Show one report: its evidence, its steps, and what this person may do now."""
    found = _detail(suspicion_id)
    steps = SUSPICION.steps(found.row.state, current.actor().role)
    mine = found.proposed_by_id == current.actor().user_id
    return render_template(
        "suspicions/suspicion.html",
        found=found,
        steps={step.value for step in steps},
        mine=mine,
        may_reply=found.row.state in {SuspicionState.SIGNED, SuspicionState.UPHELD},
        may_decide=SuspicionStep.DISMISS in steps,
    )


@bp.route("/borrowers/<int:borrower_id>/suspicions/new", methods=["GET", "POST"])
@allows(Permission.SUSPICIONS_PROPOSE)
def propose(borrower_id: int) -> ResponseReturnValue:
    """Show what the gates say, ask the checklist and the grounds, and propose."""
    borrower_to_read(current.session(), current.actor(), current.today(), borrower_id)
    already = reads.open_report(current.session(), borrower_id)
    if already is not None:
        return redirect(url_for("suspicions.suspicion", suspicion_id=already), 303)
    form = ProposalForm()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                report = suspicions.propose(
                    session,
                    act=current.act(),
                    borrower_id=borrower_id,
                    answers=form.answers(),
                    grounds=form.grounds(),
                    thresholds=_thresholds(),
                )
        except NotReady as refusal:
            form.refuse(refusal)
        except Refused as refusal:
            form.form_errors = [sentence(refusal)]
        else:
            flash(_("The report is proposed. The leader signs it or returns it."), "success")
            return redirect(url_for("suspicions.suspicion", suspicion_id=report.id), 303)
    return _proposal(form, borrower_id)


@bp.route("/suspicions/<int:suspicion_id>/resubmit", methods=["GET", "POST"])
@allows(Permission.SUSPICIONS_PROPOSE)
def resubmit(suspicion_id: int) -> ResponseReturnValue:
    """Mend a returned report and hand it in again."""
    found = _detail(suspicion_id)
    form = ProposalForm()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                suspicions.resubmit(
                    session,
                    act=current.act(),
                    suspicion_id=suspicion_id,
                    answers=form.answers(),
                    grounds=form.grounds(),
                    thresholds=_thresholds(),
                )
        except NotReady as refusal:
            form.refuse(refusal)
        except Refused as refusal:
            form.form_errors = [sentence(refusal)]
        else:
            flash(_("The report is proposed again. The leader signs it or returns it."), "success")
            return redirect(url_for("suspicions.suspicion", suspicion_id=suspicion_id), 303)
    if not form.is_submitted():
        form.begin(found.answers, found.grounds)
    return _proposal(form, found.row.borrower_id, found)


@bp.post("/suspicions/<int:suspicion_id>/sign")
@allows(Permission.SUSPICIONS_SIGN)
def sign(suspicion_id: int) -> ResponseReturnValue:
    """Sign a report; the slip for the person is made."""
    with current.writing() as session:
        suspicions.sign(
            session,
            act=current.act(),
            suspicion_id=suspicion_id,
            thresholds=_thresholds(),
            public_url=current.settings().public_url,
        )
    flash(_("The report is signed and with the aid centre. Print the reply slip and hand it to the person."), "success")
    return redirect(url_for("suspicions.suspicion", suspicion_id=suspicion_id), 303)


@bp.route("/suspicions/<int:suspicion_id>/return", methods=["GET", "POST"])
@allows(Permission.SUSPICIONS_SIGN)
def return_to_proposer(suspicion_id: int) -> ResponseReturnValue:
    """Return a report with the reason."""
    found = _detail(suspicion_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return render_template("suspicions/return.html", form=form, found=found), 422 if form.errors else 200
    with current.writing() as session:
        suspicions.return_to_proposer(session, act=current.act(), suspicion_id=suspicion_id, reason=form.reason.data)
    flash(_("The report is returned to its proposer with your reason."), "success")
    return redirect(url_for("suspicions.suspicion", suspicion_id=suspicion_id), 303)


@bp.post("/suspicions/<int:suspicion_id>/withdraw")
@allows(Permission.SUSPICIONS_PROPOSE)
def withdraw(suspicion_id: int) -> ResponseReturnValue:
    """Take a report back, as its proposer."""
    with current.writing() as session:
        suspicions.withdraw(session, act=current.act(), suspicion_id=suspicion_id)
    flash(_("The report is withdrawn."), "success")
    return redirect(url_for("suspicions.suspicion", suspicion_id=suspicion_id), 303)


@bp.route("/suspicions/<int:suspicion_id>/reply", methods=["GET", "POST"])
@allows(Permission.SUSPICIONS_REPLY)
def reply(suspicion_id: int) -> ResponseReturnValue:
    """Record what the person says."""
    found = _detail(suspicion_id)
    form = ReplyForm()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                suspicion_decisions.record_reply(
                    session,
                    act=current.act(),
                    suspicion_id=suspicion_id,
                    replied_on=form.replied_on.data,
                    text=form.text.data,
                )
        except Refused as refusal:
            form.replied_on.errors = [sentence(refusal)]
        else:
            flash(_("The reply is recorded; the aid centre sees it."), "success")
            return redirect(url_for("suspicions.suspicion", suspicion_id=suspicion_id), 303)
    return render_template("suspicions/reply.html", form=form, found=found), 422 if form.errors else 200


@bp.route("/suspicions/<int:suspicion_id>/decide", methods=["GET", "POST"])
@allows(Permission.SUSPICIONS_DECIDE)
def decide(suspicion_id: int) -> ResponseReturnValue:
    """Uphold, dismiss or send back, with reasons."""
    found = _detail(suspicion_id)
    form = DecisionForm()
    form.offer(
        SuspicionStep(step) for step in SUSPICION.steps(found.row.state, current.actor().role) if step in SuspicionStep
    )
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                suspicion_decisions.decide(
                    session,
                    act=current.act(),
                    suspicion_id=suspicion_id,
                    step=SuspicionStep(form.step.data),
                    reason=form.reason.data,
                    thresholds=_thresholds(),
                )
        except Refused as refusal:
            form.step.errors = [sentence(refusal)]
        else:
            flash(_("The decision is recorded with its reasons."), "success")
            return redirect(url_for("suspicions.suspicion", suspicion_id=suspicion_id), 303)
    return render_template("suspicions/decide.html", form=form, found=found), 422 if form.errors else 200


@bp.get("/suspicions/<int:suspicion_id>/slip.pdf")
@allows(Permission.SUSPICIONS_READ)
def slip(suspicion_id: int) -> ResponseReturnValue:
    """Send the slip: the stored file the first time, afterwards one marked as a reprint. Each time is recorded."""
    pdf, content = reads.slip(current.session(), current.actor(), current.today(), suspicion_id)
    with current.writing() as session:
        is_reprint = suspicions.record_print(session, act=current.act(), suspicion_id=suspicion_id)
    answer = Response(layout.render(content, reprint=True) if is_reprint else pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="reply-slip-{suspicion_id}.pdf"'
    answer.headers["Content-Security-Policy"] = _SEALED
    return answer


def _detail(suspicion_id: int) -> Detail:
    return reads.report(current.session(), current.actor(), current.today(), suspicion_id)


def _thresholds() -> Thresholds:
    return Thresholds(data_age_days=current.settings().data_fresh_days)


def _proposal(form: ProposalForm, borrower_id: int, found: Detail | None = None) -> ResponseReturnValue:
    today = current.today()
    borrower = borrower_to_read(current.session(), current.actor(), today, borrower_id)
    known = evidence(current.session(), borrower_id, today)
    nothing: dict[Question, Answered] = {}
    obstacles = gate(reads.gate_facts(known, today, nothing, {}), _thresholds())
    return render_template(
        "suspicions/propose.html",
        form=form,
        found=found,
        borrower_id=borrower_id,
        borrower_name=borrower.name,
        known=known,
        obstacles=[
            (sentence(Refused(one.sentence, **dict(one.values))), _mend(one, borrower_id))
            for one in obstacles
            if one.code in _ON_RECORD
        ],
    ), (422 if form.errors else 200)


def _mend(obstacle: Obstacle, borrower_id: int) -> tuple[str, str] | None:
    """Return the address where an obstacle is mended, and what is done there; none where only time helps."""
    if obstacle.code in {ObstacleCode.TOO_FEW_ATTEMPTS, ObstacleCode.TOO_FEW_METHODS}:
        return url_for("casework.log_contact", borrower_id=borrower_id), _("Log a contact")
    if obstacle.code in {ObstacleCode.NO_PROVEN_RECEIPT, ObstacleCode.OUT_OF_REACH}:
        return url_for("borrowers.borrower", borrower_id=borrower_id), _("To the borrower's papers and numbers")
    return None
