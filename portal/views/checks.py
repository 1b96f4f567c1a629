"""The public page on which anybody asks whether a notice is genuine. It knows no account and changes nothing."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.rules import verification
from models.rules.permissions import Permission
from portal import current
from portal.access import allows, public
from portal.forms.notices import CodeForm
from portal.queries import checks
from portal.services.check_misses import Misses

bp = Blueprint("checks", __name__)

_misses = Misses()


@bp.get("/check")
@public
def check() -> ResponseReturnValue:
    """Ask for the code; a code in the query, as the form sends it, leads to its answer."""
    form = CodeForm(formdata=request.args or None, meta={"csrf": False})
    if "code" in request.args and form.validate():
        return redirect(url_for("checks.answer", code=verification.normalise(form.code.data)[:40] or "-"), 303)
    centre, landline = checks.landline(current.session())
    return render_template("checks/check.html", form=form, centre=centre, landline=landline), (
        422 if form.errors else 200
    )


@bp.get("/check/<code>")
@public
def answer(code: str) -> ResponseReturnValue:
    """Say genuine, called back, or not ours: the same words for every code that is not ours.

    After a restore a code that can be one of ours and is not known has other words: its paper may be one of the lost.
    """
    source = request.remote_addr or ""
    at = current.now()
    centre, landline = checks.landline(current.session())
    if _misses.too_many(source, at):
        return render_template("checks/too_many.html", centre=centre, landline=landline), 429
    found = checks.check(current.session(), code[:40])
    if found is None:
        _misses.add(source, at)
        gaps = checks.missing(current.session(), code[:40])
        return render_template("checks/unknown.html", gaps=gaps, centre=centre, landline=landline), 404
    return render_template("checks/genuine.html", found=found, code=verification.normalise(code))


@bp.route("/notices/telephone", methods=["GET", "POST"])
@allows(Permission.NOTICES_READ)
def telephone() -> ResponseReturnValue:
    """Answer a caller who reads a code out: what the public page would say, and not a word more.

    The code comes in the body and is not kept; nobody signed in is slowed down.
    """
    form = CodeForm()
    asked = form.validate_on_submit()
    typed = form.code.data or ""
    found = checks.check(current.session(), typed) if asked else None
    centre, landline = checks.landline(current.session())
    return render_template(
        "checks/telephone.html",
        form=form,
        asked=asked,
        found=found,
        is_mistyped=asked and not verification.is_well_formed(typed),
        gaps=checks.missing(current.session(), typed) if asked and found is None else (),
        centre=centre,
        landline=landline,
    ), (422 if form.errors else 200)
