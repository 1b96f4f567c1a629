"""Pages of accounts, for the administrator."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.permissions import Permission, Role
from models.rules.refusals import Refused
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.users import RenameForm, UserForm
from portal.queries import users as queries
from portal.services import accounts
from portal.words import choices, word

bp = Blueprint("users", __name__)

_ACTIVE = {"yes": True, "no": False}


@bp.get("/users")
@allows(Permission.USERS_MANAGE)
def index() -> ResponseReturnValue:
    """List the accounts; filters stand in the address."""
    session = current.session()
    schools = queries.schools(session)
    chosen = {
        "role": request.args.get("role", ""),
        "school": request.args.get("school", ""),
        "active": request.args.get("active", ""),
    }
    wanted = queries.UserFilter(
        role=Role(chosen["role"]) if chosen["role"] in set(Role) else None,
        school_id=request.args.get("school", type=int),
        is_active=_ACTIVE.get(chosen["active"]),
    )
    after = request.args.get("after", type=int)
    page = queries.users(session, wanted, after)
    used: dict[str, Any] = {
        name: value
        for name, value, is_used in (
            ("role", chosen["role"], wanted.role is not None),
            ("school", chosen["school"], wanted.school_id is not None),
            ("active", chosen["active"], wanted.is_active is not None),
        )
        if is_used
    }
    return render_template(
        "users/index.html",
        page=page,
        chosen=used,
        chips=_chips(wanted, used, schools),
        schools=schools,
        roles=choices(Role),
        first_url=url_for("users.index", **used) if after else None,
        next_url=url_for("users.index", **used, after=page.next_after) if page.next_after else None,
    )


@bp.route("/users/new", methods=["GET", "POST"])
@allows(Permission.USERS_MANAGE)
def new() -> ResponseReturnValue:
    """Make an account and show its first password once."""
    form = UserForm()
    session = current.session()
    form.school.choices = [("", _("none")), *((str(key), name) for key, name in queries.schools(session))]
    form.township.choices = [("", _("none")), *((str(key), name) for key, name in queries.townships(session))]
    if not form.validate_on_submit():
        return render_template("users/new.html", form=form), 422 if form.errors else 200
    password = accounts.first_password()
    school_id, township_id = form.place()
    try:
        with current.writing() as writer:
            made = accounts.add_user(
                writer,
                act=current.act(),
                username=form.username.data,
                name=form.name.data,
                role=Role(form.role.data),
                password=password,
                school_id=school_id,
                township_id=township_id,
            )
            row = queries.user(writer, made.id)  # the reading session began before and does not see it
    except Refused as refusal:
        form.username.errors = [sentence(refusal)]
        return render_template("users/new.html", form=form), 422
    return render_template("users/first_password.html", user=row, password=password, is_new=True)


@bp.get("/users/<int:user_id>")
@allows(Permission.USERS_MANAGE)
def user(user_id: int) -> ResponseReturnValue:
    """Show one account and what can be done with it."""
    return render_template("users/user.html", user=queries.user(current.session(), user_id))


@bp.route("/users/<int:user_id>/name", methods=["GET", "POST"])
@allows(Permission.USERS_MANAGE)
def rename(user_id: int) -> ResponseReturnValue:
    """Correct a misspelt name, with the reason."""
    found = queries.user(current.session(), user_id)
    form = RenameForm(data={"name": found.name})
    if form.validate_on_submit():
        try:
            with current.writing() as session:
                accounts.rename(
                    session, act=current.act(), user_id=user_id, name=form.name.data, reason=form.reason.data
                )
        except Refused as refusal:
            form.name.errors = [sentence(refusal)]
        else:
            flash(_("The name is corrected."), "success")
            return redirect(url_for("users.user", user_id=user_id), 303)
    return render_template("users/rename.html", form=form, user=found), 422 if form.errors else 200


@bp.post("/users/<int:user_id>/password")
@allows(Permission.USERS_MANAGE)
def reset_password(user_id: int) -> ResponseReturnValue:
    """Give an account a new first password, shown once on the answer: never in an address, a message or a log."""
    password = accounts.first_password()
    with current.writing() as session:
        accounts.reset_password(session, act=current.act(), user_id=user_id, password=password)
        row = queries.user(session, user_id)
    return render_template("users/first_password.html", user=row, password=password, is_new=False)


@bp.post("/users/<int:user_id>/stop")
@allows(Permission.USERS_MANAGE)
def stop(user_id: int) -> ResponseReturnValue:
    """Stop an account; its sessions end at once."""
    with current.writing() as session:
        accounts.set_active(session, act=current.act(), user_id=user_id, is_active=False)
    flash(_("The account is stopped and signed out everywhere."), "success")
    return redirect(url_for("users.user", user_id=user_id), 303)


@bp.post("/users/<int:user_id>/reopen")
@allows(Permission.USERS_MANAGE)
def reopen(user_id: int) -> ResponseReturnValue:
    """Open a stopped account again."""
    with current.writing() as session:
        accounts.set_active(session, act=current.act(), user_id=user_id, is_active=True)
    flash(_("The account is open again."), "success")
    return redirect(url_for("users.user", user_id=user_id), 303)


def _chips(
    wanted: queries.UserFilter, used: dict[str, Any], schools: tuple[tuple[int, str], ...]
) -> list[tuple[str, str]]:
    """Return (what the list is narrowed to, the address without it)."""
    labels = {}
    if wanted.role is not None:
        labels["role"] = word(wanted.role)
    if wanted.school_id is not None:
        labels["school"] = dict(schools).get(wanted.school_id, _("unknown school"))
    if wanted.is_active is not None:
        labels["active"] = _("open accounts") if wanted.is_active else _("stopped accounts")
    return [
        (label, url_for("users.index", **{key: value for key, value in used.items() if key != name}))
        for name, label in labels.items()
    ]
