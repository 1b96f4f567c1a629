"""Signing in and out, one's own password, the language of the pages."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from models.rules.permissions import Permission
from models.rules.refusals import Refused
from portal import current, sessions
from portal.access import allows, public
from portal.actors import Act
from portal.errors import sentence
from portal.forms.accounts import PasswordForm, SignInForm
from portal.locales import LANGUAGES
from portal.queries import users
from portal.services import accounts

bp = Blueprint("accounts", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask for name and password; lead on to the page that was wanted."""
    wanted = same_site(request.values.get("next"))
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(wanted, 303)
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form, wanted), 422 if form.errors else 200
    act = Act(None, current.now())
    signed_in = None
    refusal = _("The sign-in name or the password is not right.")
    with current.writing() as session:
        try:
            user = accounts.check_credentials(
                session,
                act=act,
                username=form.username.data,
                password=form.password.data,
                source=request.remote_addr or "",
            )
        except accounts.TooManyFailures as slowed:
            user, refusal = None, sentence(slowed)
        if user is not None:
            signed_in = sessions.begin(session, user, act.at)
            Act(signed_in.actor, act.at).record(session, "account:signed_in", subject=f"user/{user.id}")
    if signed_in is None:
        form.password.errors = [refusal]
        return _sign_in_page(form, wanted), 422
    sessions.enter(signed_in)
    return redirect(wanted, 303)


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the session on the server."""
    with current.writing() as session:
        sessions.leave(session, current.now())
    answer = redirect(url_for("accounts.sign_in"), 303)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@bp.route("/account", methods=["GET", "POST"])
@allows(Permission.ACCOUNT_MANAGE)
def account() -> ResponseReturnValue:
    """Change one's own password; see where one is signed in."""
    form = PasswordForm()
    if not form.validate_on_submit():
        return _account_page(form), 422 if form.errors else 200
    try:
        with current.writing() as session:
            accounts.change_password(
                session,
                act=current.act(),
                current=form.current.data,
                new=form.new.data,
                keep_key_hash=sessions.key_hash(current_user.key),
            )
    except Refused as refusal:
        form.current.errors = [sentence(refusal)]
        return _account_page(form), 422
    flash(_("Your password is changed; your other devices are signed out."), "success")
    return redirect(url_for("today.today"), 303)


@bp.post("/account/sessions")
@allows(Permission.ACCOUNT_MANAGE)
def end_other_sessions() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    with current.writing() as session:
        ended = accounts.end_other_sessions(
            session, act=current.act(), keep_key_hash=sessions.key_hash(current_user.key)
        )
    flash(ngettext("%(num)d other session is ended.", "%(num)d other sessions are ended.", ended), "success")
    return redirect(url_for("accounts.account"), 303)


@bp.post("/language")
@public
def language() -> ResponseReturnValue:
    """Choose the language of the pages in this browser."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        cookie["language"] = chosen
    return redirect(same_site(request.form.get("back")), 303)


def _sign_in_page(form: SignInForm, wanted: str) -> str:
    people = users.demo_people(current.session()) if current.settings().is_demo else ()
    return render_template("accounts/sign_in.html", form=form, wanted=wanted, demo_people=people)


def _account_page(form: PasswordForm) -> str:
    limits = current.settings()
    found = users.own_sessions(
        current.session(),
        current.actor().user_id,
        sessions.key_hash(current_user.key),
        current.now(),
        idle=timedelta(minutes=limits.idle_minutes),
        longest=timedelta(hours=limits.session_hours),
    )
    return render_template(
        "accounts/account.html", form=form, sessions=found, must_change=current_user.must_change_password
    )


def same_site(target: str | None) -> str:
    """Return the target if it is the address of a page of this portal, else the first page."""
    home = url_for("today.today")
    if not target or not target.startswith("/") or target.startswith("//"):
        return home
    if "\\" in target or any(ord(character) <= ord(" ") for character in target):
        return home
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return home
    try:
        current_app.url_map.bind("").match(parts.path, method="GET")
    except HTTPException:
        return home
    return target.rstrip("?")
