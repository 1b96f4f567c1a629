"""Pages of borrowers: the list, the search, one borrower."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.rules.buckets import BUCKETS
from models.rules.casework import CaseStage
from models.rules.papers import ON_PERSON, PaperKind
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from models.rules.standing import StandingState
from portal import current, last_search, pages
from portal.access import allows
from portal.errors import sentence
from portal.forms.borrowers import RevealForm, SearchForm, VerifyForm
from portal.queries import areas, borrowers, papers
from portal.queries.borrower_filters import LEAST_DAYS, Filters, Since, TaskDue
from portal.queries.borrowers import BorrowerList, BorrowerRow
from portal.queries.dossiers import Dossier, dossier
from portal.services import borrowers as services
from portal.sheets.export import MIME, Cell, workbook
from portal.wordlists import loans
from portal.wordlists.events import event_words, fact_words
from portal.wordlists.late_facts import cause_words
from portal.words import choices, word

bp = Blueprint("borrowers", __name__)
bp.add_app_template_filter(loans.bucket_word, "bucket")
bp.add_app_template_filter(loans.level, "standing_level")
bp.add_app_template_filter(event_words, "event")
bp.add_app_template_filter(fact_words, "facts")

_SINCE = {
    Since.NEVER: _l("never contacted"),
    Since.WEEK: _l("none for 7 days or more"),
    Since.MONTH: _l("none for 30 days or more"),
}


@bp.get("/borrowers")
@allows(Permission.BORROWERS_READ)
def index() -> ResponseReturnValue:
    """List the borrowers the person may see, narrowed by the filters in the address."""
    filters = Filters.of(request.args)
    found = borrowers.borrower_list(
        current.session(), current.actor(), current.today(), filters, after=request.args.get("after", "")
    )
    choice = _choices()
    return render_template(
        "borrowers/index.html",
        found=found,
        filters=filters,
        choice=choice,
        chips=_chips(filters, choice),
        is_first=not request.args.get("after"),
        search=SearchForm(),
    )


@bp.get("/borrowers/print")
@allows(Permission.BORROWERS_READ)
def print_list() -> ResponseReturnValue:
    """Show the whole of a list on one page, to be printed."""
    filters = Filters.of(request.args)
    found = borrowers.whole_list(current.session(), current.actor(), current.today(), filters)
    return render_template(
        "borrowers/print.html",
        found=found,
        filters=filters,
        chips=_chips(filters, _choices()),
        made_at=current.now(),
    )


@bp.post("/borrowers/export")
@allows(Permission.BORROWERS_READ)
def export() -> ResponseReturnValue:
    """Send the whole of a list as a workbook, masked as on the page, and record that it left the portal."""
    filters = Filters.of(request.args)
    act = current.act()
    found = borrowers.whole_list(current.session(), current.actor(), act.today, filters)
    with current.writing() as session:
        act.record(session, "borrower:exported", subject="borrowers", rows=found.total, filters=filters.address)
    chosen = "；".join(str(label) for label, _url in _chips(filters, _choices())) or _("all borrowers in reach")
    sheet = workbook(
        _("Borrowers"),
        _headings(),
        [_cells(row) for row in found.rows],
        notes=(chosen, _("made by %(name)s, %(moment)s", name=current.actor().name, moment=pages.moment(act.at))),
    )
    name = f"borrowers-{act.today.isoformat()}.xlsx"
    return send_file(BytesIO(sheet), mimetype=MIME, as_attachment=True, download_name=name)


@bp.route("/borrowers/search", methods=["GET", "POST"])
@allows(Permission.BORROWERS_READ)
def search() -> ResponseReturnValue:
    """Find borrowers; the question comes in the body, so no address holds a name, and going back asks it again."""
    form = SearchForm()
    if form.validate_on_submit():
        last_search.keep(form.q.data or "")
        return redirect(url_for("borrowers.search"), 303)
    if form.is_submitted():
        return render_template("borrowers/search.html", found=BorrowerList((), 0, ""), search=form), 422
    asked = last_search.kept()
    if not asked:
        return redirect(url_for("borrowers.index"))
    form.q.data = asked
    found = borrowers.search(current.session(), current.actor(), current.today(), asked)
    return render_template("borrowers/search.html", found=found, search=form)


@bp.get("/borrowers/<int:borrower_id>")
@allows(Permission.BORROWERS_READ)
def borrower(borrower_id: int) -> ResponseReturnValue:
    """Show one borrower: standing, money, people and numbers, papers, and all that happened."""
    before = request.args.get("before", type=int)
    found = dossier(current.session(), current.actor(), current.today(), borrower_id, before=before)
    return render_template(
        "borrowers/borrower.html",
        found=found,
        papers=papers.of_borrower(current.session(), current.actor(), current.today(), borrower_id),
        offered_papers=_offered(found),
        is_first=before is None,
        cause_url=pages.cause_url,
        cause_words=cause_words,
        has={name: name in current_app.view_functions for name in _LINKED},
    )


def _offered(found: Dossier) -> list[PaperKind]:
    """Return the papers worth offering: statements and relief in arrears, a reminder or thanks otherwise."""
    overdue = found.standing is not None and found.standing.state is StandingState.OVERDUE
    only_in_arrears = {PaperKind.ACKNOWLEDGEMENT, PaperKind.PROMISE}
    only_otherwise = {PaperKind.REMINDER, PaperKind.THANKS}
    return [kind for kind in ON_PERSON if kind not in (only_otherwise if overdue else only_in_arrears)]


# Pages of other nouns this page leads to, where they exist.
_LINKED = (
    "notices.issue_one",
    "notices.notice",
    "suspicions.propose",
    "suspicions.suspicion",
    "escalations.send",
    "escalations.escalation",
)


@bp.route("/borrowers/<int:borrower_id>/verify", methods=["GET", "POST"])
@allows(Permission.BORROWERS_VERIFY)
def verify(borrower_id: int) -> ResponseReturnValue:
    """Write down that the details were checked."""
    found = dossier(current.session(), current.actor(), current.today(), borrower_id)
    form = VerifyForm(is_out_of_touch=found.person.is_out_of_touch)
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                services.verify(
                    session,
                    act=current.act(),
                    borrower_id=borrower_id,
                    source=form.source.data,
                    is_out_of_touch=form.is_out_of_touch.data,
                )
        except Refused as refusal:
            form.source.errors = [sentence(refusal)]
        else:
            flash(_("Verified today, with your name."), "success")
            return redirect(url_for("borrowers.borrower", borrower_id=borrower_id), 303)
    return render_template("borrowers/verify.html", found=found, form=form), 422 if form.errors else 200


@bp.route("/borrowers/<int:borrower_id>/reveal/<what>", methods=["GET", "POST"])
@allows(Permission.BORROWERS_REVEAL)
def reveal(borrower_id: int, what: str) -> ResponseReturnValue:
    """Ask why, then show a number in full, once; ``what`` is "id" or the id of a contact point."""
    found = dossier(current.session(), current.actor(), current.today(), borrower_id)
    point = next((point for point in found.points if str(point.id) == what), None)
    if what != "id" and point is None:
        raise NotVisible
    form = RevealForm()
    shown = None
    if form.validate_on_submit():
        act = current.act()
        try:
            with current.writing() as session:
                if point is None:
                    shown = services.reveal_id(session, act=act, borrower_id=borrower_id, reason=form.reason.data)
                else:
                    shown = services.reveal_point(
                        session, act=act, borrower_id=borrower_id, point_id=point.id, reason=form.reason.data
                    )
        except Refused as refusal:
            form.reason.errors = [sentence(refusal)]
    page = render_template("borrowers/reveal.html", found=found, form=form, point=point, shown=shown)
    return page, 422 if form.errors else 200


def _choices() -> dict[str, list[tuple[str, object]]]:
    session, actor = current.session(), current.actor()
    return {
        "area": list(areas.area_choices(session, actor)),
        "state": choices(StandingState),
        "bucket": [(bucket.key, loans.bucket_word(bucket.key)) for bucket in BUCKETS]
        + [(key, loans.bucket_word(key)) for key in LEAST_DAYS],
        "stage": choices(CaseStage),
        "since": [(code.value, label) for code, label in _SINCE.items()],
        "school": list(areas.school_choices(session, actor)),
        "task": [(TaskDue.DUE.value, _("a task is due"))],
    }


def _chips(filters: Filters, choice: dict[str, list[tuple[str, object]]]) -> list[tuple[str, str]]:
    return [
        (str(dict(choice[name]).get(value, value)), _address("borrowers.index", filters.without(name)))
        for name, value in filters.address.items()
    ]


def chips_of(filters: Filters) -> list[tuple[str, str]]:
    """Return the filters in use, each by its name and in words."""
    choice = _choices()
    return [(name, str(dict(choice[name]).get(value, value))) for name, value in filters.address.items()]


def _address(endpoint: str, parts: dict[str, str]) -> str:
    values: dict[str, Any] = dict(parts)
    return url_for(endpoint, **values)


def _headings() -> tuple[str, ...]:
    return (
        _("Name"),
        _("Identity number"),
        _("Township"),
        _("Village"),
        _("Standing"),
        _("Overdue, yuan"),
        _("Overdue since"),
        _("Days past due"),
        _("Data as of"),
        _("Stage"),
        _("Last contact"),
        _("School"),
        _("Looked after by"),
    )


def _cells(row: BorrowerRow) -> tuple[Cell, ...]:
    return (
        row.name,
        row.masked_id,
        row.township,
        row.village,
        word(row.state),
        row.overdue_total,
        row.overdue_since,
        row.days_past_due if row.overdue_since else None,
        row.data_on,
        word(row.stage) if row.stage else "",
        pages.moment(row.last_contact_at) if row.last_contact_at else "",
        row.school,
        row.member,
    )
