"""Who may open which view. Every view declares one permission or ``@public``, or the app does not start."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from models.rules.permissions import Permission
from portal.current import SUBMIT_KEY_FIELD

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

_DECLARED = "portal_access"
_LONG = 12  # characters


class SignedOut(Exception):
    """A form was sent after its person's session had ended; ``written`` is what was typed at some length."""

    def __init__(self, written: tuple[str, ...]) -> None:
        super().__init__("the session had ended")
        self.written = written


class UndeclaredView(RuntimeError):
    """A view says nothing about who may open it."""


def allows(permission: Permission) -> Callable[[View], View]:
    """Declare the one permission a view asks for."""

    def declare(view: View) -> View:
        setattr(view, _DECLARED, permission)
        return view

    return declare


def public(view: View) -> View:
    """Declare that anybody may open a view, signed in or not."""
    setattr(view, _DECLARED, None)
    return view


def is_static(endpoint: str | None) -> bool:
    """Say whether an endpoint serves style sheets and scripts, ours or a package's."""
    return endpoint is not None and (endpoint == "static" or endpoint.endswith(".static"))


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """Return what a view asks for; ``None`` is public."""
    found: Permission | None = getattr(app.view_functions[endpoint], _DECLARED)
    return found


def guard(app: Flask) -> None:
    """Refuse to start with an undeclared view, and check each request. Called last in ``create_app``.

    Raises:
        UndeclaredView: names the views.

    """
    undeclared = sorted(
        name for name, view in app.view_functions.items() if not is_static(name) and not hasattr(view, _DECLARED)
    )
    if undeclared:
        raise UndeclaredView(f"These views declare neither @allows(…) nor @public: {', '.join(undeclared)}")
    app.before_request(_check)


def _check() -> ResponseReturnValue | None:
    view = g.get("view_function")
    if view is None or is_static(request.endpoint):
        return None  # no such page: the 404 handler answers; style sheets are for everybody
    needed: Permission | None = getattr(view, _DECLARED)
    if needed is None:
        return None
    person = g.get("actor")
    if person is None:
        written = _written()
        if written:
            raise SignedOut(written)
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("accounts.sign_in", next=wanted), 303)
    if not person.may(needed):
        abort(403)
    if g.get("must_change_password") and needed is not Permission.ACCOUNT_MANAGE:
        return redirect(url_for("accounts.account"), 303)
    return None


def _written() -> tuple[str, ...]:
    """Return the texts of a form that are too long to be typed again from memory; codes and dates are none.

    Its token was checked before: they come from a page of ours and not from elsewhere.
    """
    if request.method != "POST":
        return ()
    return tuple(
        text
        for name, texts in request.form.lists()
        for text in texts
        if len(text.strip()) >= _LONG
        and (" " in text.strip() or not text.isascii())
        and name not in {"csrf_token", SUBMIT_KEY_FIELD}
        and "password" not in name
    )
