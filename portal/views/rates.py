"""The target page: the default rate by heads and by money against 5 %, and who is behind each figure."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.default_rate import DEFINITIONS, OFFICIAL, TARGET_PCT, RateDefinition
from models.rules.money import from_fen
from models.rules.permissions import Permission
from portal import current, pages
from portal.access import allows
from portal.charts import Bar, bullet
from portal.queries import rate_corrections, rates
from portal.queries.area_figures import AreaFigures
from portal.queries.borrower_filters import LEAST_DAYS
from portal.queries.rate_corrections import Correction
from portal.sheets.export import MIME, Cell, Table, workbook
from portal.wordlists.late_facts import cause_words

bp = Blueprint("rates", __name__)


@bp.get("/target")
@allows(Permission.RATES_READ)
def target() -> ResponseReturnValue:
    """Show the rates against the target, with the cures needed."""
    found = rates.target(current.session(), current.actor(), current.today(), _definition())
    bars = [Bar(row.name, row.heads, people_url(row, found.definition)) for row in found.schools]
    return render_template(
        "rates/target.html",
        found=found,
        chart=bullet(
            bars,
            title=_finding(found),
            axis=_("borrowers in default, per cent of those with anything due"),
            target_label=_("target %(percent)s %%", percent=TARGET_PCT),
        )
        if bars
        else None,
        people_url=people_url,
        definition_words=definition_words,
        definition_names=definition_names,
        from_fen=from_fen,
        definitions=DEFINITIONS,
        target_percent=TARGET_PCT,
        corrections=rate_corrections.corrections(current.session(), current.actor(), found.definition),
        cause_url=pages.cause_url,
        cause_words=cause_words,
    )


@bp.get("/target.xlsx")
@allows(Permission.RATES_EXPORT)
def export() -> ResponseReturnValue:
    """Send the tables of the target page as a workbook."""
    found = rates.target(current.session(), current.actor(), current.today(), _definition())
    areas = [*([found.district] if found.district else []), *found.townships, *found.schools]
    headings = (
        _("Area"),
        _("Code"),
        _("Borrowers"),
        _("In default"),
        _("With anything due"),
        _("Rate by heads, %"),
        _("Overdue, yuan"),
        _("Due, yuan"),
        _("Rate by money, %"),
        _("Above the target"),
        _("Cures needed"),
        _("Yuan needed"),
    )
    rows = [
        (
            area.name,
            area.code,
            area.borrowers,
            area.in_default,
            area.has_due,
            area.heads.shown,
            area.overdue,
            area.due,
            area.money.shown,
            _("yes") if area.heads.exceeds() or area.money.exceeds() else _("no"),
            area.heads.cures_needed(),
            from_fen(area.money.cures_needed()),
        )
        for area in areas
    ]
    title = _("Default rate")
    notes = (
        _("As of %(day)s; figures are truncated, not rounded.", day=found.as_of.isoformat()),
        _("Definition: %(name)s", name=definition_words(found.definition)),
    )
    book = workbook(title, headings, rows, notes=notes, more=(_corrections(found.definition),))
    name = f"default-rate-{found.as_of.isoformat()}.xlsx"
    return send_file(BytesIO(book), mimetype=MIME, as_attachment=True, download_name=name)


def people_url(area: AreaFigures, definition: RateDefinition = DEFINITIONS[OFFICIAL]) -> str:
    """Return the address of the borrowers in default behind an area's figure, as the definition counts them."""
    key = next((key for key, days in LEAST_DAYS.items() if days == definition.least_days), None)
    where: dict[str, Any] = {"area" if area.code.isdigit() else "school": area.code} | ({"bucket": key} if key else {})
    return url_for("borrowers.index", state="overdue", **where)


def definition_words(definition: RateDefinition) -> str:
    """Return what a definition counts, as a sentence."""
    words: dict[str, str] = {
        "season": _(
            "by heads, borrowers at least 1 day past due of those with anything due; "
            "by money, overdue of what fell due since the last 20 December; penalty not counted"
        ),
        "cumulative": _(
            "by heads, borrowers at least 1 day past due of those with anything due; "
            "by money, all overdue principal and interest of all ever fallen due; penalty not counted"
        ),
        "over-90-days": _(
            "by heads, borrowers more than 90 days past due of those with anything due; "
            "by money, their overdue principal and interest of all ever fallen due; penalty not counted"
        ),
    }
    return words[definition.key]


def definition_names() -> dict[str, str]:
    """Return the definitions' short names."""
    return {
        "season": _("this season's due"),
        "cumulative": _("all ever due"),
        "over-90-days": _("more than 90 days"),
    }


def _corrections(definition: RateDefinition) -> Table:
    """Return the sheet of corrections, villages and all."""
    found = rate_corrections.corrections(
        current.session(), current.actor(), definition, limit=rate_corrections.MOST_EXPORTED
    )
    return Table(
        title=_("Corrections"),
        headings=(
            _("Area"),
            _("Code"),
            _("Published for"),
            _("Published: in default"),
            _("Published: with anything due"),
            _("Published: overdue, yuan"),
            _("Published: due, yuan"),
            _("Known now: in default"),
            _("Known now: with anything due"),
            _("Known now: overdue, yuan"),
            _("Known now: due, yuan"),
            _("Because of"),
            _("Found on"),
        ),
        rows=[_correction_cells(one) for one in found],
    )


def _correction_cells(one: Correction) -> tuple[Cell, ...]:
    return (
        one.area,
        one.area_code,
        one.as_of,
        one.heads.bad,
        one.heads.all,
        from_fen(one.money.bad),
        from_fen(one.money.all),
        one.heads_now.bad,
        one.heads_now.all,
        from_fen(one.money_now.bad),
        from_fen(one.money_now.all),
        "；".join(cause_words(cause) for cause in one.causes),
        one.found_on,
    )


def _definition() -> RateDefinition:
    return DEFINITIONS.get(request.args.get("definition", OFFICIAL), DEFINITIONS[OFFICIAL])


def _finding(found: rates.Target) -> str:
    above = sum(row.heads.exceeds() for row in found.schools)
    if not above:
        return str(_("No school is above the target"))
    return str(_("%(above)s of %(all)s schools are above the target", above=above, all=len(found.schools)))
