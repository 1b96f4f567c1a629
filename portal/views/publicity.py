"""Pages of publicity: what was done, one record, the form, and what each school did."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.calendar import season_of
from models.rules.permissions import Permission
from models.rules.publicity import PublicityKind
from models.rules.refusals import NotVisible, Refused
from portal import current, pages
from portal.access import allows
from portal.errors import sentence
from portal.forms.publicity import PublicityForm, VoidForm
from portal.queries import areas
from portal.queries import publicity as reads
from portal.queries.publicity import CENTRE, PublicityFilters, PublicityRow
from portal.services import publicity
from portal.sheets.export import MIME, Cell, workbook
from portal.words import choices, word

bp = Blueprint("publicity", __name__)

_LAST_PAGE = 1_000


@bp.get("/publicity")
@allows(Permission.PUBLICITY_READ)
def index() -> ResponseReturnValue:
    """List what was done; for the centre also what each school did in the season."""
    session, actor = current.session(), current.actor()
    filters = _filters()
    season = filters.season or season_of(current.today())
    page = min(_LAST_PAGE, max(1, request.args.get("page", 1, type=int)))
    schools = _schools()
    return render_template(
        "publicity/index.html",
        found=reads.events(session, actor, filters, page=page),
        filters=filters,
        chips=_chips(filters, schools),
        seasons=[(str(one), season_words(one)) for one in reads.seasons(session, actor, current.today())],
        kinds=choices(PublicityKind),
        schools=schools.items(),
        season=season_words(season),
        efforts=reads.by_school(session, actor, season) if not filters.school and page == 1 else (),
        shown=season,
    )


@bp.post("/publicity/export")
@allows(Permission.PUBLICITY_READ)
def export() -> ResponseReturnValue:
    """Send the list as a workbook, and record that it left the portal."""
    filters, act = _filters(), current.act()
    rows = reads.all_events(current.session(), current.actor(), filters)
    with current.writing() as session:
        act.record(session, "publicity:exported", subject="publicity", rows=len(rows), filters=filters.address)
    shown = "，".join(label for label, _url in _chips(filters, _schools()))
    notes = [shown] if shown else []
    notes.append(_("made by %(name)s, %(moment)s", name=current.actor().name, moment=pages.moment(act.at)))
    if len(rows) == reads.MOST_EXPORTED:
        notes.append(_("Not everything is in this list; narrow it by season."))
    sheet = workbook(_("Publicity"), _headings(), [_cells(row) for row in rows], notes=notes)
    name = f"publicity-{act.today.isoformat()}.xlsx"
    return send_file(BytesIO(sheet), mimetype=MIME, as_attachment=True, download_name=name)


@bp.route("/publicity/new", methods=["GET", "POST"])
@allows(Permission.PUBLICITY_RECORD)
def new() -> ResponseReturnValue:
    """Write down what was done."""
    reader, actor = current.session(), current.actor()
    form = PublicityForm(reads.village_choices(reader, actor), data={"held_on": current.today(), "held_by": actor.name})
    if form.validate_on_submit():
        try:
            photo = form.picture()
            with current.writing() as session:
                made = publicity.record(
                    session,
                    act=current.act(),
                    told=form.told(),
                    photo=photo,
                    late_days=current.settings().publicity_late_days,
                )
                made_id = made.id
        except Refused as refusal:
            form.form_errors = [sentence(refusal)]
        else:
            flash(_("Recorded. It counts for this season's work."), "success")
            return redirect(url_for("publicity.event", event_id=made_id), 303)
    return render_template("publicity/new.html", form=form), (422 if form.errors else 200)


@bp.get("/publicity/<int:event_id>")
@allows(Permission.PUBLICITY_READ)
def event(event_id: int) -> ResponseReturnValue:
    """Show one record."""
    found = reads.event(current.session(), current.actor(), event_id)
    may_void = found.is_own and not found.row.is_void and current.actor().may(Permission.PUBLICITY_RECORD)
    return render_template("publicity/event.html", found=found, may_void=may_void)


@bp.get("/publicity/<int:event_id>/photo")
@allows(Permission.PUBLICITY_READ)
def photo(event_id: int) -> ResponseReturnValue:
    """Send the photo of a record."""
    image = reads.photo(current.session(), current.actor(), event_id)
    return pages.download(image, "image/jpeg", f"publicity-{event_id}.jpg")


@bp.route("/publicity/<int:event_id>/void", methods=["GET", "POST"])
@allows(Permission.PUBLICITY_RECORD)
def void(event_id: int) -> ResponseReturnValue:
    """Ask why, then make a record void."""
    found = reads.event(current.session(), current.actor(), event_id)
    if not found.is_own:
        raise NotVisible
    form = VoidForm()
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                publicity.void(session, act=current.act(), event_id=event_id, reason=form.reason.data or "")
        except Refused as refusal:
            form.reason.errors = [sentence(refusal)]
        else:
            flash(_("The record is void; it stays readable."), "success")
            return redirect(url_for("publicity.event", event_id=event_id), 303)
    return render_template("publicity/void.html", form=form, found=found), (422 if form.errors else 200)


def season_words(season: int) -> str:
    """Write a season by the years it lies in."""
    return f"{season}–{season + 1}"


def _filters() -> PublicityFilters:
    """Read the filters of the address; what is not understood narrows nothing."""
    season = request.args.get("season", type=int)
    kind = request.args.get("kind", "")
    school = request.args.get("school", "")
    return PublicityFilters(
        season=season if season in reads.seasons(current.session(), current.actor(), current.today()) else None,
        kind=PublicityKind(kind) if kind in set(PublicityKind) else None,
        school=school if school in _schools() else "",
    )


def _schools() -> dict[str, str]:
    """Return names by code for the filter; a school's own people have no choice to make."""
    found = dict(areas.school_choices(current.session(), current.actor()))
    return {CENTRE: str(_("the aid centre itself"))} | found if found else {}


def _chips(filters: PublicityFilters, schools: dict[str, str]) -> list[tuple[str, str]]:
    labels = {
        "season": _("season %(years)s", years=season_words(filters.season or 0)),
        "kind": word(filters.kind),
        "school": schools.get(filters.school, ""),
    }
    chips = []
    for name in filters.address:
        rest: dict[str, Any] = {key: value for key, value in filters.address.items() if key != name}
        chips.append((str(labels[name]), url_for("publicity.index", **rest)))
    return chips


def _headings() -> tuple[str, ...]:
    return (
        _("Day"),
        _("What it was"),
        _("School"),
        _("Village"),
        _("Place"),
        _("Held by"),
        _("How many people came"),
        _("Leaflets handed out"),
        _("What was explained"),
        _("State"),
    )


def _cells(row: PublicityRow) -> tuple[Cell, ...]:
    return (
        row.held_on,
        word(row.kind),
        row.school or str(_("the aid centre itself")),
        row.village,
        row.place,
        row.held_by,
        row.people,
        row.leaflets,
        "、".join(word(topic) for topic in row.topics),
        str(_("void")) if row.is_void else "",
    )
