"""Signed-in browsers: an own table behind Flask-Login's cookie, with idle and absolute time-outs."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from flask import Flask, current_app, g, request
from flask import session as cookie
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from models.accounts import User, UserSession
from portal import current
from portal.actors import Actor

_SEEN_EVERY = timedelta(minutes=1)


class SignedIn:
    """What Flask-Login carries: the session's key and its person. Knows no password and no table."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, key: str, actor: Actor, *, must_change_password: bool, language: str | None) -> None:
        self.key = key
        self.actor = actor
        self.must_change_password = must_change_password
        self.language = language

    def get_id(self) -> str:
        """Return the session's key: ending the session ends it everywhere."""
        return self.key


def install(app: Flask) -> None:
    """Load the person of each request."""
    manager = LoginManager()
    manager.session_protection = None  # it trusts a header the client writes, and phones change address
    manager.init_app(app)
    manager.user_loader(_load)
    app.before_request(_open)


def begin(session: Session, user: User, at: datetime) -> SignedIn:
    """Make a new session for a user whose password was right; the old cookie is worth nothing afterwards."""
    key = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            key_hash=key_hash(key),
            user_id=user.id,
            created_at=at,
            last_seen_at=at,
            user_agent=(request.user_agent.string or "")[:200],
        )
    )
    return _signed_in(key, user)


def enter(signed_in: SignedIn) -> None:
    """Give the browser its cookie, after the session is committed."""
    language = cookie.get("language")
    cookie.clear()
    if language:
        cookie["language"] = language
    login_user(signed_in)


def leave(session: Session, at: datetime) -> None:
    """End the present session on the server and forget the cookie."""
    if current_user.is_authenticated:
        row = session.scalar(select(UserSession).where(UserSession.key_hash == key_hash(current_user.key)))
        if row is not None:
            row.ended_at = at
    logout_user()
    cookie.clear()


def _open() -> None:
    g.view_function = current_app.view_functions.get(request.endpoint or "")
    if request.endpoint and request.endpoint.endswith("static"):
        return
    if current_user.is_authenticated:
        g.actor = current_user.actor
        g.must_change_password = current_user.must_change_password
        g.language = current_user.language


def _load(key: str) -> SignedIn | None:
    at = current.now()
    limits = current.settings()
    reader = current.session()
    found = reader.execute(
        select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.key_hash == key_hash(key))
    ).one_or_none()
    if found is None:
        return None
    row, user = found
    if (
        row.ended_at is not None
        or not user.is_active
        or at - row.last_seen_at > timedelta(minutes=limits.idle_minutes)
        or at - row.created_at > timedelta(hours=limits.session_hours)
    ):
        return None
    if at - row.last_seen_at > _SEEN_EVERY:
        seen = update(UserSession).where(UserSession.id == row.id).values(last_seen_at=at)
        current.database().write_if_free(lambda writer: _run(writer, seen))  # a page waits for no import
    return _signed_in(key, user)


def _run(session: Session, statement: Update) -> None:
    session.execute(statement)


def _signed_in(key: str, user: User) -> SignedIn:
    actor = Actor(user.id, user.name, user.role, user.school_id, user.township_id)
    return SignedIn(key, actor, must_change_password=user.must_change_password, language=user.language)


def key_hash(key: str) -> str:
    """Return what is stored of a session key."""
    return hashlib.sha256(key.encode()).hexdigest()
