"""Pages that open a standing to the facts and the steps of the rules that made it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from models.rules.permissions import Permission
from portal import current
from portal.access import allows
from portal.actors import Actor
from portal.queries import explanations
from portal.queries.explanations import Explained
from portal.wordlists.explanations import movement_word, said

bp = Blueprint("explanations", __name__)
bp.add_app_template_filter(said, "said")
bp.add_app_template_filter(movement_word, "movement")


@bp.get("/borrowers/<int:borrower_id>/explain")
@allows(Permission.BORROWERS_READ)
def borrower(borrower_id: int) -> ResponseReturnValue:
    """Explain where a borrower stands, contract by contract, and what they come to together."""
    return _page(explanations.of_borrower, borrower_id, None)


@bp.get("/loans/<int:loan_id>/explain")
@allows(Permission.BORROWERS_READ)
def loan(loan_id: int) -> ResponseReturnValue:
    """Explain one contract."""
    return _page(explanations.of_loan, loan_id, loan_id)


def _page(
    explained: Callable[[Session, Actor, date, int, date], Explained], key: int, loan_id: int | None
) -> ResponseReturnValue:
    today = current.today()
    as_of, trouble = _day(today)
    found = explained(current.session(), current.actor(), today, key, as_of)
    page = render_template(
        "explanations/explanation.html",
        found=found,
        loans=[found.loan(loan_id)] if loan_id is not None else found.loans,
        loan_id=loan_id,
        as_of=as_of,
        trouble=trouble,
    )
    return page, 422 if trouble else 200


def _day(today: date) -> tuple[date, str]:
    """Return the day asked about; where it cannot be one, today and why."""
    text = request.args.get("as_of", "")
    if not text:
        return today, ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today, _("This is not a day; write it as 2026-12-20. Shown is today.")
    if day > today:
        return today, _(
            "What will be on %(day)s nobody knows: payments and lists are still to come. Shown is today.", day=day
        )
    return day, ""
