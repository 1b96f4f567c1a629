"""What every template may use: how money, days and words for codes are written, and the frame around each page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from flask import Flask, Response, g, url_for
from flask_babel import gettext, ngettext

from config import COUNTY_TIME
from models.rules import money
from models.rules.permissions import Permission
from portal import current, locales
from portal.queries.data_ages import LenderAge, lender_ages
from portal.queries.late_facts import Cause
from portal.words import word

_SEALED = "sandbox; default-src 'none'"  # a downloaded file opens as nothing but itself


def install(app: Flask) -> None:
    """Register filters and globals."""
    app.jinja_env.filters.update(yuan=yuan, day=day, moment=moment, days_since=days_since, word=word)
    app.jinja_env.filters["translated"] = translated
    app.jinja_env.globals.update(
        Permission=Permission,
        may=may,
        person=lambda: g.get("actor"),
        settings=current.settings,
        today=current.today,
        data_ages=data_ages,
        new_submit_key=lambda: secrets.token_urlsafe(18),
        html_language=locales.html_language,
        LANGUAGES=locales.LANGUAGES,
    )


def data_ages() -> tuple[LenderAge, ...]:
    """Return how old each lender's data is today, looked up once for a page."""
    if "data_ages" not in g:
        g.data_ages = lender_ages(current.session(), current.today(), current.settings().data_fresh_days)
    return g.data_ages  # type: ignore[no-any-return]  # Flask's g is untyped


def may(permission: Permission) -> bool:
    """Say whether the person of this request holds the permission."""
    person = g.get("actor")
    return person is not None and person.may(permission)


def translated(sentence: str, values: Mapping[str, object] | None = None) -> str:
    """Translate a stored sentence and fill its slots, as plain text that the template escapes.

    ``_()`` in a template returns markup, so it is for sentences written in templates only: a test looks for others.
    """
    text = str(gettext(sentence))
    return text % values if values else text


def yuan(amount: Decimal | None) -> str:
    """Write an amount: ``¥1,234.50``; a dash where there is none."""
    return "—" if amount is None else f"¥{money.shown(amount)}"


def day(value: date | None) -> str:
    """Write a day: ``2026-12-20``."""
    return "—" if value is None else value.isoformat()


def moment(value: datetime | None) -> str:
    """Write a moment in the county's time: ``2026-12-20 09:05``."""
    return "—" if value is None else value.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M")


def days_since(value: date | None) -> str:
    """Write how long ago a day was: "34 days"."""
    if value is None:
        return ""
    days = (current.today() - value).days
    return str(gettext("today") if days == 0 else ngettext("%(num)d day", "%(num)d days", days))


def download(body: bytes, kind: str, name: str) -> Response:
    """Send a file to be saved, under a name that tells nothing of a person."""
    answer = Response(body, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = _SEALED
    return answer


def cause_url(cause: Cause) -> str | None:
    """Return where a fact learnt late is to be seen, for who may."""
    if cause.noun == "import" and cause.number.isdigit() and current.actor().may(Permission.IMPORTS_READ):
        return url_for("imports.batch", batch_id=int(cause.number))
    return None
