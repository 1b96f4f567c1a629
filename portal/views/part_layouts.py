"""The page on which a clerk says what the sheets of an organisation's workbook hold."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from models.rules.imports import ImportStep
from models.rules.permissions import Permission
from models.rules.refusals import Refused
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.import_layouts import PartsForm
from portal.queries import part_layouts as queries
from portal.queries.part_layouts import PartLine, PartsPage, Wanted
from portal.services.imports import asking, part_layouts, waiting
from portal.sheets.parts import PARTS, Part

bp = Blueprint("part_layouts", __name__)

_PART = re.compile(r"part-(\d{1,3})")
Told = dict[int, dict[int, str]]
"""Of each sheet, by its place: what each column, by its place, is said to be."""


@bp.get("/imports/<int:batch_id>/parts")
@allows(Permission.IMPORTS_RUN)
def parts(batch_id: int) -> ResponseReturnValue:
    """Show what each sheet seems to hold, to be confirmed or set right."""
    page = queries.parts_page(current.session(), batch_id, _wanted(request.args))
    told = {at: {one.place: one.key for one in line.columns} for at, line in enumerate(page.sheets)}
    return _page(page, PartsForm(formdata=None), told, 200)


@bp.post("/imports/<int:batch_id>/parts")
@allows(Permission.IMPORTS_RUN)
def confirm(batch_id: int) -> ResponseReturnValue:
    """Settle what the sheets hold, and let the workbook be compared with what we hold."""
    page = queries.parts_page(current.session(), batch_id, _wanted(request.form))
    form = PartsForm()
    told = {at: _told(at, line) for at, line in enumerate(page.sheets)}
    if not form.validate_on_submit():
        return _page(page, form, told, 422)
    try:
        found = [_as_told(line, told[at]) for at, line in enumerate(page.sheets)]
        with current.writing() as session:
            batch = waiting.locked(session, batch_id)
            asking.check_idle(session, batch)
            part_layouts.confirm(session, act=current.act(), batch=batch, found=found, remembers=form.remembers.data)
            asking.ask(session, act=current.act(), batch_id=batch_id, step=ImportStep.COMPARE)
    except Refused as refusal:
        form.form_errors.append(sentence(refusal))
        return _page(page, form, told, 422)
    return redirect(url_for("imports.batch", batch_id=batch_id), 303)


def _wanted(fields: MultiDict[str, str]) -> Wanted:
    return {
        int(found[1]): (part, fields.get(f"row-{found[1]}", type=int))
        for name, part in fields.items()
        if (found := _PART.fullmatch(name)) is not None
    }


def _told(at: int, line: PartLine) -> dict[int, str]:
    known = {key for key, _heading, _needed in line.meanings}
    told = ((one.place, request.form.get(f"column-{at}-{one.place}", "")) for one in line.columns)
    return {place: key for place, key in told if key in known}


def _as_told(line: PartLine, told: Mapping[int, str]) -> Part:
    """Return a sheet with its columns where they are said to be.

    Raises:
        Refused: two columns were given the same meaning.

    """
    headings = {one.place: one.heading for one in line.columns}
    places: dict[str, int] = {}
    for place, key in sorted(told.items()):
        if key in places:
            raise Refused(
                "“%(first)s” and “%(second)s” are both said to be “%(meaning)s”: choose one of them.",
                first=headings[places[key]] or "—",
                second=headings[place] or "—",
                meaning=PARTS[line.found.part].heading(key),
            )
        places[key] = place
    return queries.with_places(line.found, places)


def _page(page: PartsPage, form: PartsForm, told: Told, status: int) -> ResponseReturnValue:
    missing = {
        at: [heading for key, heading, needed in line.meanings if needed and key not in told[at].values()]
        for at, line in enumerate(page.sheets)
    }
    return render_template(
        "part_layouts/parts.html",
        page=page,
        form=form,
        told=told,
        missing=missing,
        parts=[(part, layout.names[0]) for part, layout in PARTS.items()],
    ), status
