"""Pages of casework: logging a contact, contact points, questions, tasks, promises."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.borrowers import ContactKind, ContactOwner, ContactSource
from models.rules.casework import TaskKind
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.casework import ContactForm, EndPointForm, PointForm, QuestionForm, ReplaceForm
from portal.queries import casework as queries
from portal.queries import tasks as reads
from portal.queries.dossiers import Dossier, dossier
from portal.services import casework, contact_points, contacts, tasks
from portal.services.contacts import LimitsBroken
from portal.words import word

bp = Blueprint("casework", __name__)


@bp.route("/borrowers/<int:borrower_id>/contacts/new", methods=["GET", "POST"])
@allows(Permission.CONTACTS_LOG)
def log_contact(borrower_id: int) -> ResponseReturnValue:
    """Write down a call, visit, message or letter with what came of it."""
    found = _dossier(borrower_id)
    form = ContactForm()
    form.offer(found.points, now=current.now(), chosen=request.args.get("point", type=int))
    breaches: list[str] = []
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                contacts.log(session, act=current.act(), borrower_id=borrower_id, facts=form.facts)
        except LimitsBroken as broken:
            breaches = [sentence(Refused(one.sentence, **dict(one.values))) for one in broken.breaches]
            form.breach_reason.errors = breaches
        except Refused as refusal:
            form.form_errors.append(sentence(refusal))
        else:
            flash(_("The contact is written down."), "success")
            return _back(borrower_id)
    asks_reason = bool(breaches or form.breach_reason.data)
    page = render_template("casework/contact.html", found=found, form=form, asks_reason=asks_reason)
    return page, 422 if form.errors else 200


@bp.route("/borrowers/<int:borrower_id>/points/new", methods=["GET", "POST"])
@allows(Permission.CONTACT_POINTS_CORRECT)
def add_point(borrower_id: int) -> ResponseReturnValue:
    """Add a number or address."""
    found = _dossier(borrower_id)
    form = PointForm()
    form.offer()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                contact_points.add(
                    session,
                    act=current.act(),
                    borrower_id=borrower_id,
                    kind=ContactKind(form.kind.data),
                    text=form.text.data,
                    owner=ContactOwner(form.owner.data),
                    source=ContactSource(form.source.data),
                )
        except Refused as refusal:
            form.text.errors = [sentence(refusal)]
        else:
            flash(_("The number or address is added."), "success")
            return _back(borrower_id)
    page = render_template("casework/point.html", found=found, form=form)
    return page, 422 if form.errors else 200


@bp.route("/borrowers/<int:borrower_id>/points/<int:point_id>/replace", methods=["GET", "POST"])
@allows(Permission.CONTACT_POINTS_CORRECT)
def replace_point(borrower_id: int, point_id: int) -> ResponseReturnValue:
    """Put a new value in the place of a contact point."""
    found = _dossier(borrower_id)
    point = _point(found, point_id)
    form = ReplaceForm()
    form.offer()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                contact_points.replace(
                    session,
                    act=current.act(),
                    borrower_id=borrower_id,
                    point_id=point_id,
                    text=form.text.data,
                    source=ContactSource(form.source.data),
                    reason=form.reason.data,
                )
        except Refused as refusal:
            form.text.errors = [sentence(refusal)]
        else:
            flash(_("The number or address is replaced."), "success")
            return _back(borrower_id)
    page = render_template("casework/replace_point.html", found=found, form=form, point=point)
    return page, 422 if form.errors else 200


@bp.route("/borrowers/<int:borrower_id>/points/<int:point_id>/end", methods=["GET", "POST"])
@allows(Permission.CONTACT_POINTS_CORRECT)
def end_point(borrower_id: int, point_id: int) -> ResponseReturnValue:
    """End a contact point: wrong person, or no longer in use."""
    found = _dossier(borrower_id)
    point = _point(found, point_id)
    form = EndPointForm()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                contact_points.end(
                    session,
                    act=current.act(),
                    borrower_id=borrower_id,
                    point_id=point_id,
                    reason=form.reason.data,
                )
        except Refused as refusal:
            form.reason.errors = [sentence(refusal)]
        else:
            flash(_("It will not be used or printed again."), "success")
            return _back(borrower_id)
    page = render_template("casework/end_point.html", found=found, form=form, point=point)
    return page, 422 if form.errors else 200


@bp.route("/borrowers/<int:borrower_id>/questions/new", methods=["GET", "POST"])
@allows(Permission.CONTACTS_LOG)
def ask_question(borrower_id: int) -> ResponseReturnValue:
    """Write down a question."""
    found = _dossier(borrower_id)
    form = QuestionForm()
    if form.validate_on_submit():
        with current.writing() as session:
            casework.ask_question(session, act=current.act(), borrower_id=borrower_id, text=form.text.data)
        flash(_("The question is written down; it stays on the page until it is answered."), "success")
        return _back(borrower_id)
    page = render_template("casework/question.html", found=found, form=form, question=None)
    return page, 422 if form.errors else 200


@bp.route("/borrowers/<int:borrower_id>/questions/<int:question_id>", methods=["GET", "POST"])
@allows(Permission.CONTACTS_LOG)
def answer_question(borrower_id: int, question_id: int) -> ResponseReturnValue:
    """Write down what was answered."""
    found = _dossier(borrower_id)
    question = next((one for one in found.questions if one.id == question_id), None)
    if question is None:
        raise NotVisible
    form = QuestionForm()
    if form.validate_on_submit():
        with current.writing() as session:
            casework.answer_question(session, act=current.act(), question_id=question_id, text=form.text.data)
        flash(_("The answer is written down."), "success")
        return _back(borrower_id)
    page = render_template("casework/question.html", found=found, form=form, question=question)
    return page, 422 if form.errors else 200


@bp.post("/tasks/<int:task_id>/done")
@allows(Permission.CONTACTS_LOG)
def finish_task(task_id: int) -> ResponseReturnValue:
    """Mark a task as done."""
    with current.writing() as session:
        task = tasks.finish(session, act=current.act(), task_id=task_id)
        borrower_id = task.borrower_id
    flash(_("Done."), "success")
    return _back(borrower_id)


@bp.get("/tasks")
@allows(Permission.BORROWERS_READ)
def due_tasks() -> ResponseReturnValue:
    """List the tasks that are due, each with what is to be done; a kind in the address narrows them."""
    session, actor, today = current.session(), current.actor(), current.today()
    kind = next((one for one in TaskKind if one.value == request.args.get("kind")), None)
    found = reads.due_tasks(session, actor, today, kind=kind, page=max(1, request.args.get("page", 1, type=int)))
    counted = reads.due_kinds(session, actor, today)
    return render_template(
        "casework/tasks.html",
        found=found,
        kind=kind,
        kinds=[(one.value, f"{word(one)}（{count}）") for one, count in counted.items()],
    )


@bp.get("/promises")
@allows(Permission.BORROWERS_READ)
def promises() -> ResponseReturnValue:
    """List the promises that fall due, and those that were not kept."""
    start = max(0, request.args.get("from", 0, type=int))
    rows = queries.promises(current.session(), current.actor(), current.today(), after=start)
    more = len(rows) > queries.PAGE_ROWS
    return render_template(
        "casework/promises.html",
        rows=rows[: queries.PAGE_ROWS],
        start=start,
        next_from=start + queries.PAGE_ROWS if more else None,
    )


def _dossier(borrower_id: int) -> Dossier:
    return dossier(current.session(), current.actor(), current.today(), borrower_id)


def _point(found: Dossier, point_id: int) -> object:
    point = next((one for one in found.points if one.id == point_id), None)
    if point is None:
        raise NotVisible
    return point


def _back(borrower_id: int) -> ResponseReturnValue:
    return redirect(url_for("borrowers.borrower", borrower_id=borrower_id), 303)
