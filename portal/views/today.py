"""The first page of each role: what to do now, then how things stand."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from models.rules.limitation import WATCHED_DAYS
from models.rules.permissions import Permission
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.queries import backups, escalations, rates
from portal.queries import today as desk
from portal.queries.today import Waiting

bp = Blueprint("today", __name__)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do: a sentence, where it is done, and how pressing it is."""

    text: str
    url: str
    late: int


@bp.get("/")
@allows(Permission.TODAY_READ)
def today() -> ResponseReturnValue:
    """Show what this person should do now."""
    session, actor, day = current.session(), current.actor(), current.today()
    newest = desk.newest_data_on(session)
    age = (day - newest).days if newest else None
    from_month = current.settings().publicity_from_month
    waiting = desk.waiting(session, actor, day, publicity_from_month=from_month)
    return render_template(
        "today/today.html",
        lines=[_line(one) for one in waiting if one.count],
        newest=newest,
        age=age,
        is_stale=age is None or age > current.settings().data_fresh_days,
        target=rates.target(session, actor, day) if actor.may(Permission.RATES_READ) else None,
        backups=backups.health(current.settings(), current.now()) if actor.may(Permission.BACKUPS_READ) else None,
        reason=sentence,
        escalations=escalations.waiting(session, actor, day) if actor.may(Permission.ESCALATIONS_ANSWER) else (),
    )


def _line(one: Waiting) -> Line:
    text, url = {
        "to_sign": (
            ngettext(
                "%(num)d suspicion waits for your signature", "%(num)d suspicions wait for your signature", one.count
            ),
            url_for("suspicions.index", state="proposed"),
        ),
        "to_decide": (
            ngettext("%(num)d suspicion waits for a decision", "%(num)d suspicions wait for a decision", one.count),
            url_for("suspicions.index", state="signed"),
        ),
        "returned": (
            ngettext(
                "%(num)d suspicion was returned for mending", "%(num)d suspicions were returned for mending", one.count
            ),
            url_for("suspicions.index", state="returned"),
        ),
        "to_answer": (
            ngettext("%(num)d request for help is open", "%(num)d requests for help are open", one.count),
            url_for("escalations.index"),
        ),
        "sent_back": (
            ngettext("%(num)d request for help came back", "%(num)d requests for help came back", one.count),
            url_for("escalations.index", state="returned"),
        ),
        "reported": (
            ngettext(
                "%(num)d request for help was answered: read what was found",
                "%(num)d requests for help were answered: read what was found",
                one.count,
            ),
            url_for("escalations.index", state="reported"),
        ),
        "late_requests": (
            ngettext(
                "%(num)d request for help was not answered by its day: ask again, or try another way",
                "%(num)d requests for help were not answered by their day: ask again, or try another way",
                one.count,
            ),
            url_for("escalations.index", state="late"),
        ),
        "imports": (
            ngettext("%(num)d list waits to be confirmed", "%(num)d lists wait to be confirmed", one.count),
            url_for("imports.index", state="staged"),
        ),
        "columns": (
            ngettext(
                "%(num)d list waits to be told what its columns are",
                "%(num)d lists wait to be told what their columns are",
                one.count,
            ),
            url_for("imports.index", state="received"),
        ),
        "differences": (
            ngettext(
                "%(num)d difference between the bank's newest list and our ledger is not explained",
                "%(num)d differences between the bank's newest lists and our ledger are not explained",
                one.count,
            ),
            url_for("reconciliations.index"),
        ),
        "wordings": (
            ngettext(
                "%(num)d new wording of papers waits for your approval",
                "%(num)d new wordings of papers wait for your approval",
                one.count,
            ),
            url_for("wordings.index"),
        ),
        "destructions": (
            ngettext(
                "the destruction of %(num)d list was asked for; a second person carries it out",
                "the destruction of %(num)d lists was asked for; a second person carries it out",
                one.count,
            ),
            url_for("retention.index"),
        ),
        "statements": (
            ngettext(
                "%(num)d monthly statement waits for your signature",
                "%(num)d monthly statements wait for your signature",
                one.count,
            ),
            url_for("monthly_statements.index"),
        ),
        "to_countersign": (
            ngettext(
                "%(num)d monthly statement is to be countersigned",
                "%(num)d monthly statements are to be countersigned",
                one.count,
            ),
            url_for("monthly_statements.index"),
        ),
        "handovers": (
            ngettext(
                "%(num)d village was handed to you: read what is open and accept",
                "%(num)d villages were handed to you: read what is open and accept",
                one.count,
            ),
            url_for("handovers.index"),
        ),
        "handovers_late": (
            ngettext(
                "%(num)d handover of a village was not accepted in time",
                "%(num)d handovers of villages were not accepted in time",
                one.count,
            ),
            url_for("handovers.index"),
        ),
        "limitation": (
            ngettext(
                "%(num)d contract becomes too old to claim within %(days)d days",
                "%(num)d contracts become too old to claim within %(days)d days",
                one.count,
                days=WATCHED_DAYS,
            ),
            url_for("limitation.index"),
        ),
        "notices": (
            ngettext("%(num)d notice is still to be served", "%(num)d notices are still to be served", one.count),
            url_for("notices.index"),
        ),
        "promises": (
            ngettext("%(num)d promise falls due", "%(num)d promises fall due", one.count),
            url_for("casework.promises"),
        ),
        "cases": (
            ngettext("%(num)d new case has had no contact", "%(num)d new cases have had no contact", one.count),
            url_for("borrowers.index", state="overdue", stage="new"),
        ),
        "tasks": (
            ngettext("%(num)d task is due", "%(num)d tasks are due", one.count),
            url_for("casework.due_tasks"),
        ),
        "matches": (
            ngettext(
                "%(num)d former pupil on a school's roster may be a borrower",
                "%(num)d former pupils on schools' rosters may be borrowers",
                one.count,
            ),
            url_for("roster_matches.index"),
        ),
        "publicity": (
            gettext("your school has recorded no publicity this season"),
            url_for("publicity.new"),
        ),
        "villages": (
            ngettext(
                "%(num)d village is looked after by nobody", "%(num)d villages are looked after by nobody", one.count
            ),
            url_for("areas.area"),
        ),
    }[one.key]
    return Line(text, url, one.late)
