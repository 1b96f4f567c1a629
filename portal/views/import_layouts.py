"""Pages on which a clerk says what the columns of a list are, and sees what is remembered of earlier ones."""

from __future__ import annotations

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from models.rules.imports import ImportKind, ImportStep
from models.rules.permissions import Permission
from models.rules.refusals import NotVisible, Refused
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.import_layouts import LayoutForm
from portal.queries import import_layouts as queries
from portal.queries.import_layouts import LayoutPage, Wanted
from portal.services.imports import asking, layouts, remembering, waiting
from portal.sheets import headings
from portal.sheets.kinds import SINGLE
from portal.words import word

bp = Blueprint("import_layouts", __name__)

_COLUMN = re.compile(r"column-(\d{1,3})")
_KINDS = {one.value: one for one in ImportKind}


@bp.get("/imports/<int:batch_id>/layout")
@allows(Permission.IMPORTS_RUN)
def layout(batch_id: int) -> ResponseReturnValue:
    """Show what a list seems to be, to be confirmed or set right."""
    page = queries.layout_page(current.session(), batch_id, _wanted(request.args))
    if page.kind is ImportKind.ORGANISATION:
        return redirect(url_for("part_layouts.parts", batch_id=batch_id))
    return _page(page, LayoutForm(formdata=None), {line.place: line.key for line in page.columns}, 200)


@bp.post("/imports/<int:batch_id>/layout")
@allows(Permission.IMPORTS_RUN)
def confirm(batch_id: int) -> ResponseReturnValue:
    """Settle what the columns are, and let the list be compared with what we hold."""
    page = queries.layout_page(current.session(), batch_id, _wanted(request.form))
    form = LayoutForm()
    told = {
        int(found[1]): value
        for name, value in request.form.items()
        if value and (found := _COLUMN.fullmatch(name)) is not None
    }
    if not form.validate_on_submit() or page.heading is None or page.kind not in SINGLE:
        form.form_errors.append(_("Choose what the list is and which row holds its headings."))
        return _page(page, form, told, 422)
    try:
        places = _places(page, told)
        with current.writing() as session:
            batch = waiting.locked(session, batch_id)
            asking.check_idle(session, batch)
            heading = headings.told(page.heading.sheet, page.heading.number, places)
            if heading is None:
                raise NotVisible
            layouts.confirm(
                session,
                act=current.act(),
                batch=batch,
                kind=page.kind,
                heading=heading,
                remembers=form.remembers.data,
            )
            asking.ask(session, act=current.act(), batch_id=batch_id, step=ImportStep.COMPARE)
    except Refused as refusal:
        form.form_errors.append(sentence(refusal))
        return _page(page, form, told, 422)
    return redirect(url_for("imports.batch", batch_id=batch_id), 303)


@bp.get("/imports/layouts")
@allows(Permission.IMPORTS_RUN)
def index() -> ResponseReturnValue:
    """Show what is remembered about the columns of lists."""
    return render_template("import_layouts/index.html", rows=queries.remembered(current.session()))


@bp.post("/imports/layouts/<int:layout_id>/forget")
@allows(Permission.IMPORTS_RUN)
def forget(layout_id: int) -> ResponseReturnValue:
    """Forget a remembered layout."""
    with current.writing() as session:
        remembering.forget(session, act=current.act(), layout_id=layout_id)
    flash(_("It is forgotten: the next list with these headings asks again."), "success")
    return redirect(url_for("import_layouts.index"), 303)


def _wanted(fields: MultiDict[str, str]) -> Wanted:
    return Wanted(_KINDS.get(fields.get("kind", "")), fields.get("sheet", type=int), fields.get("row", type=int))


def _places(page: LayoutPage, told: dict[int, str]) -> dict[str, int]:
    """Return the place of each meaning.

    Raises:
        Refused: two columns were given the same meaning.

    """
    known = {line.place: line.heading for line in page.columns}
    places: dict[str, int] = {}
    for place, key in sorted(told.items()):
        if place not in known or page.kind is None or key not in {one.key for one in SINGLE[page.kind].columns}:
            continue
        if key in places:
            raise Refused(
                "“%(first)s” and “%(second)s” are both said to be “%(meaning)s”: choose one of them.",
                first=known[places[key]] or "—",
                second=known[place] or "—",
                meaning=SINGLE[page.kind].heading(key),
            )
        places[key] = place
    return places


def _page(page: LayoutPage, form: LayoutForm, told: dict[int, str], status: int) -> ResponseReturnValue:
    columns = SINGLE[page.kind].columns if page.kind in SINGLE else ()
    taken = set(told.values())
    return render_template(
        "import_layouts/layout.html",
        page=page,
        form=form,
        told=told,
        kinds=[(kind, word(kind)) for kind in (*SINGLE, ImportKind.ORGANISATION)],
        meanings=[(one.key, one.heading, one.is_required) for one in columns],
        missing=[one.heading for one in columns if one.is_required and one.key not in taken],
    ), status
