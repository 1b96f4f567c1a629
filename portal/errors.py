"""Answers that are not pages: each kind of refusal handled once, in words, without touching the database."""

from __future__ import annotations

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from models.database import is_busy, is_out_of_room
from models.rules.refusals import NotVisible, Refused
from portal.access import SignedOut
from portal.current import AlreadySent
from portal.sheets.limits import MEGABYTE


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(NotVisible, _not_visible)
    app.register_error_handler(AlreadySent, _already_sent)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(SignedOut, _signed_out)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(HTTPException, _http)


def sentence(refusal: Refused) -> str:
    """Return a refusal's sentence in the reader's language."""
    text = str(_(refusal.sentence))
    values = {name: sentence(value) if isinstance(value, Refused) else value for name, value in refusal.values.items()}
    return text % values if values else text


def _page(status: int, title: str, text: str, *, back: str | None = None) -> ResponseReturnValue:
    return render_template("error.html", status=status, title=title, text=text, back=back), status


def _refused(refusal: Refused) -> ResponseReturnValue:
    back = request.referrer if request.referrer and request.referrer.startswith(request.host_url) else None
    return _page(409, _("This cannot be done now"), sentence(refusal), back=back)


def _not_visible(_error: NotVisible) -> ResponseReturnValue:
    return _page(404, _("There is no such page"), _missing())


def _already_sent(error: AlreadySent) -> ResponseReturnValue:
    flash(_("This form had already been sent; it was done once."), "info")
    return redirect(error.location or url_for("today.today"), 303)


def _form_expired(_error: CSRFError) -> ResponseReturnValue:
    return _page(
        400,
        _("This form is no longer valid"),
        _("The page was open for too long, or you signed in again. Go back, reload the page and send it again."),
    )


def _signed_out(error: SignedOut) -> ResponseReturnValue:
    return render_template("signed_out.html", written=error.written, again=request.path), 403


def _database(fault: OperationalError) -> ResponseReturnValue:
    if is_busy(fault):
        return _page(
            503,
            _("The portal is busy"),
            _("Nothing was changed: a large piece of work is being written just now. Go back and send it once more."),
        )
    if is_out_of_room(fault):
        return _page(
            503,
            _("The disk is full"),
            _("Nothing was changed. Ask your administrator to make room on the disk of the portal, then try again."),
        )
    raise fault


def _http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, InternalServerError):
        return _page(
            500,
            _("Something went wrong on our side"),
            _("Nothing was changed. Try again in a minute; if it happens again, tell the aid centre what you did."),
        )
    words = {
        400: (
            _("The request could not be understood"),
            _("Go back, check what was entered and send it again."),
        ),
        403: (_("This page is not for your role"), _("Ask your administrator if you think it should be.")),
        404: (_("There is no such page"), _missing()),
        405: (_("The request could not be understood"), _("Open the page from the menu instead.")),
        413: (
            _("The file is too large"),
            _(
                "No more than %(limit)s MB can be sent here at once. Split the file, or save it as .xlsx.",
                limit=(request.max_content_length or 0) // MEGABYTE,
            ),
        ),
        429: (_("Too many tries"), _("Wait a few minutes, then try again.")),
    }
    code = error.code or 500
    title, text = words.get(code, (_("The request could not be answered"), _("Open the page from the menu instead.")))
    if error.response is not None:
        return error.response
    return _page(code, title, text)


def _missing() -> str:
    return str(_("It does not exist, or it is not among what you look after. Open it from your list."))
