"""The present request: its moment, its sessions of the database, its person. The only place that reads the clock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from flask import current_app, g, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from config import COUNTY_TIME, Settings
from models.accounts import SubmitKey
from models.database import Database, transaction
from portal.actors import Act, Actor

SUBMIT_KEY_FIELD = "submit_key"


class AlreadySent(Exception):
    """The form was sent before and its act is done; ``location`` is where that led."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


def now() -> datetime:
    """Return this moment, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return today's date in the county."""
    return now().astimezone(COUNTY_TIME).date()


def settings() -> Settings:
    """Return the settings of this installation."""
    found: Settings = current_app.extensions["portal_settings"]
    return found


def database() -> Database:
    """Return the database of this installation."""
    found: Database = current_app.extensions["portal_database"]
    return found


def session() -> Session:
    """Return the reading session of this request, opened on first use and closed with the request."""
    if "reader" not in g:
        g.reader = database().reader()
    reader: Session = g.reader
    return reader


@contextmanager
def writing() -> Iterator[Session]:
    """Open a writing session for this request's one act; commit at its end, or do nothing of it.

    A form's submit key is used up in the same transaction, so a double click has one effect.

    Raises:
        AlreadySent: the same form was sent before.

    """
    with database().writer() as writer, transaction(writer):
        _use_submit_key(writer)
        yield writer


def _use_submit_key(writer: Session) -> None:
    sent = request.form.get(SUBMIT_KEY_FIELD, "")
    person = g.get("actor")
    if not sent or person is None:
        return
    key = hashlib.sha256(f"{person.user_id}:{request.path}:{sent}".encode()).hexdigest()[:40]
    used = writer.get(SubmitKey, key)
    if used is None:
        writer.add(SubmitKey(key=key, user_id=person.user_id, used_at=now(), location=""))
        try:
            writer.flush()  # a twin that is still at work makes this wait, and then fail
        except IntegrityError as error:
            raise AlreadySent("") from error
        g.submit_key = key
        return
    raise AlreadySent(used.location)


def remember_where_it_led(location: str) -> None:
    """Store where this request's act led, for a second sending of the same form."""
    key = g.pop("submit_key", None)
    if key is not None:
        with database().write() as writer:
            used = writer.get(SubmitKey, key)
            if used is not None:
                used.location = location[:300]


def actor() -> Actor:
    """Return the person of this request.

    Raises:
        LookupError: nobody is signed in; a view that declares a permission never sees this.

    """
    person: Actor | None = g.get("actor")
    if person is None:
        raise LookupError("nobody is signed in")
    return person


def act() -> Act:
    """Return this request's person and moment, as services want them."""
    return Act(actor(), now())


def close_sessions(_error: BaseException | None = None) -> None:
    """Close what this request opened."""
    reader: Session | None = g.pop("reader", None)
    if reader is not None:
        reader.close()
