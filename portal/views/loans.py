"""Pages of one contract: what it asks for and what came of it, and the facts written down by hand.

Each act is done in two steps: the first says in numbers what it would do and writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from models.rules.facts import PauseCause, ReliefKind, ReliefScope
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.loans import (
    ContractDayForm,
    CorrectReliefForm,
    ReasonForm,
    ReliefForm,
    ReversalForm,
    StudyForm,
)
from portal.queries.dossiers import Dossier, dossier
from portal.queries.loan_pages import LoanPage, loan_page
from portal.queries.previews import Preview
from portal.services import contract_changes, reliefs, repayments
from portal.wordlists import loans as words

bp = Blueprint("loans", __name__)
bp.add_app_template_filter(words.line_level, "line_level")

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class _Deed:
    """An act of two steps: ``show`` says what it would do, ``do`` does it; both take ``facts()``, read when valid."""

    title: str
    lead: str
    show: Callable[..., Preview]
    do: Callable[..., object]
    facts: Callable[[], dict[str, Any]]


@bp.get("/loans/<int:loan_id>")
@allows(Permission.BORROWERS_READ)
def loan(loan_id: int) -> ResponseReturnValue:
    """Show one contract."""
    page = _page(loan_id)
    act = current.act()
    correctable = {one.id for one in page.reliefs if not one.is_void and reliefs.may_correct(act, one.kind, one.by_id)}
    return render_template(
        "loans/loan.html",
        page=page,
        found=_found(page),
        correctable=correctable,
        explained="explanations.loan" in current_app.view_functions,
    )


@bp.route("/loans/<int:loan_id>/reliefs/new", methods=["GET", "POST"])
@allows(Permission.PAUSES_ENTER)
def enter_relief(loan_id: int) -> ResponseReturnValue:
    """Write down a waiver, deferral or pause."""
    page = _page(loan_id)
    form = ReliefForm()
    may_relieve = current.actor().may(Permission.RELIEFS_RECORD)
    form.offer(only_pauses=not may_relieve, kind=request.args.get("kind"), cause=request.args.get("cause"))

    def facts() -> dict[str, Any]:
        kind = ReliefKind(form.kind.data)
        return {
            "loan_id": page.id,
            "kind": kind,
            "scope": ReliefScope.ALL if kind is ReliefKind.PAUSE else ReliefScope(form.scope.data),
            "from_on": form.from_on.data,
            "to_on": form.to_on.data,
            "cause": PauseCause(form.cause.data) if form.cause.data else None,
        }

    if may_relieve:
        title = _("Enter a relief")
        lead = _("A waiver takes away what falls due in it, a deferral moves it to its end, a pause stops the days.")
    else:
        title = _("Enter a pause")
        lead = _("A pause stops the count of days and takes nothing off what is owed.")
    return _two_steps(page, form, _Deed(title, lead, reliefs.preview_enter, reliefs.enter, facts))


@bp.route("/loans/<int:loan_id>/reliefs/<int:relief_id>/correct", methods=["GET", "POST"])
@allows(Permission.PAUSES_ENTER)
def correct_relief(loan_id: int, relief_id: int) -> ResponseReturnValue:
    """Write down what a relief should have said."""
    page = _page(loan_id)
    from_on, to_on = _there(page.relief(relief_id)).days
    form = CorrectReliefForm(from_on=from_on, to_on=to_on)

    def facts() -> dict[str, Any]:
        return {"relief_id": relief_id, "from_on": form.from_on.data, "to_on": form.to_on.data}

    lead = _("What was entered stays to be seen; the newest correction holds. A pause is ended by its last day.")
    return _two_steps(page, form, _Deed(_("Correct a relief"), lead, reliefs.preview_correct, reliefs.correct, facts))


@bp.route("/loans/<int:loan_id>/reliefs/<int:relief_id>/void", methods=["GET", "POST"])
@allows(Permission.PAUSES_ENTER)
def void_relief(loan_id: int, relief_id: int) -> ResponseReturnValue:
    """Take a relief back that should never have been entered."""
    page = _page(loan_id)
    _there(page.relief(relief_id))
    lead = _("It stays to be seen, struck through, and holds on no day.")
    deed = _Deed(_("Take a relief back"), lead, reliefs.preview_void, reliefs.void, lambda: {"relief_id": relief_id})
    return _two_steps(page, ReasonForm(), deed)


@bp.route("/loans/<int:loan_id>/call-due", methods=["GET", "POST"])
@allows(Permission.CONTRACTS_CHANGE)
def call_due(loan_id: int) -> ResponseReturnValue:
    """Write down that the lender called the whole contract due."""
    page = _page(loan_id)
    form = ContractDayForm()
    deed = _Deed(
        _("The lender called the contract due"),
        _("All principal still to come falls due that day, with the interest run up until then."),
        contract_changes.preview_accelerate,
        contract_changes.accelerate,
        lambda: {"loan_id": page.id, "effective_on": form.effective_on.data},
    )
    return _two_steps(page, form, deed)


@bp.route("/loans/<int:loan_id>/write-off", methods=["GET", "POST"])
@allows(Permission.CONTRACTS_CHANGE)
def write_off(loan_id: int) -> ResponseReturnValue:
    """Write down that the lender wrote the contract off in its books."""
    page = _page(loan_id)
    form = ContractDayForm()
    deed = _Deed(
        _("The lender wrote the contract off"),
        _("A write-off is the lender's own bookkeeping: the debt stands and is still collected."),
        contract_changes.preview_write_off,
        contract_changes.write_off,
        lambda: {"loan_id": page.id, "effective_on": form.effective_on.data},
    )
    return _two_steps(page, form, deed)


@bp.route("/loans/<int:loan_id>/study", methods=["GET", "POST"])
@allows(Permission.CONTRACTS_CHANGE)
def extend_study(loan_id: int) -> ResponseReturnValue:
    """Write down further study: the subsidy goes on and the plan moves."""
    page = _page(loan_id)
    form = StudyForm(matures_on=page.matures_on)

    def facts() -> dict[str, Any]:
        return {
            "loan_id": page.id,
            "subsidy_ends_on": form.subsidy_ends_on.data,
            "graduation_year": form.graduation_year.data,
            "matures_on": form.matures_on.data,
        }

    lead = _("What has not fallen due is planned anew. The lender's own plan governs: its next roster replaces this.")
    show, do = contract_changes.preview_extend_study, contract_changes.extend_study
    return _two_steps(page, form, _Deed(_("Study goes on"), lead, show, do, facts))


@bp.route("/loans/<int:loan_id>/changes/<int:change_id>/void", methods=["GET", "POST"])
@allows(Permission.CONTRACTS_CHANGE)
def void_change(loan_id: int, change_id: int) -> ResponseReturnValue:
    """Take a change of the contract back."""
    page = _page(loan_id)
    _there(page.change(change_id))
    deed = _Deed(
        _("Take a change back"),
        _("Terms and plan become what they were before it; the change stays to be seen, struck through."),
        contract_changes.preview_void,
        contract_changes.void,
        lambda: {"change_id": change_id},
    )
    return _two_steps(page, ReasonForm(), deed)


@bp.route("/loans/<int:loan_id>/repayments/<int:repayment_id>/reverse", methods=["GET", "POST"])
@allows(Permission.CONTRACTS_CHANGE)
def reverse_repayment(loan_id: int, repayment_id: int) -> ResponseReturnValue:
    """Write down that the bank took a payment back."""
    page = _page(loan_id)
    _there(page.repayment(repayment_id))
    form = ReversalForm()
    deed = _Deed(
        _("The bank took a payment back"),
        _("Only when the bank has said so. It cannot be undone: a payment made again is a new payment."),
        repayments.preview_reverse,
        repayments.reverse,
        lambda: {"repayment_id": repayment_id, "reversed_on": form.reversed_on.data},
    )
    return _two_steps(page, form, deed)


def _two_steps(page: LoanPage, form: FlaskForm, deed: _Deed) -> ResponseReturnValue:
    """Show what an act would do; do it when that very act was shown and confirmed."""
    shown = None
    if form.validate_on_submit():
        facts, act = deed.facts(), current.act()
        try:
            if request.form.get("step") == "do" and request.form.get("seen") == _digest(facts):
                with current.writing() as session:
                    deed.do(session, act=act, reason=form.reason.data or "", **facts)
                flash(_("It is written down, and the borrower's standing is worked out anew."), "success")
                return redirect(url_for("loans.loan", loan_id=page.id), 303)
            shown = deed.show(current.session(), act=act, **facts)
        except Refused as refusal:
            form.form_errors.append(sentence(refusal))
    html = render_template(
        "loans/act.html",
        page=page,
        found=_found(page),
        form=form,
        deed=deed,
        shown=shown,
        seen=_digest(deed.facts()) if shown else "",
    )
    return html, 422 if form.errors else 200


def _digest(facts: dict[str, Any]) -> str:
    """Bind a confirmation to what was shown: an act changed in between is shown again first."""
    return hashlib.sha256("\n".join(f"{name}={value}" for name, value in facts.items()).encode()).hexdigest()[:16]


def _page(loan_id: int) -> LoanPage:
    return loan_page(current.session(), current.actor(), current.today(), loan_id)


def _found(page: LoanPage) -> Dossier:
    return dossier(current.session(), current.actor(), current.today(), page.borrower_id)


def _there(row: Row | None) -> Row:
    if row is None:
        raise NotVisible
    return row
