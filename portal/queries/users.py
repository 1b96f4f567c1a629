"""Reads of accounts: the administrator's list, one account, one's own sessions, the demonstration's sign-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from models.accounts import User, UserSession
from models.organisation import School, Township
from models.rules.permissions import Role
from models.rules.refusals import NotVisible
from portal.queries.paging import PAGE

# What a browser calls itself, most telling first: several names stand in each other's.
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg/", "Edge"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class UserRow:
    """One account of the list; ``place`` is the school or township, ``None`` for the district."""

    id: int
    username: str
    name: str
    role: Role
    place: str | None
    is_active: bool
    must_change_password: bool
    created_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class UserFilter:
    """What the list is narrowed to; ``None`` narrows nothing."""

    role: Role | None = None
    school_id: int | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class UserPage:
    """One page of accounts by sign-in name; ``next_after`` is the id the following page starts after."""

    rows: tuple[UserRow, ...]
    total: int
    next_after: int | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One browser a person is signed in with."""

    device: str
    created_at: datetime
    last_seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One sign-in of the demonstration."""

    username: str
    role: Role
    place: str | None


def users(session: Session, wanted: UserFilter, after: int | None = None) -> UserPage:
    """Return a page of accounts, by sign-in name.

    Args:
        session: a reading session.
        wanted: what the list is narrowed to.
        after: id of the last account of the page before; an id keeps sign-in names out of addresses.

    """
    narrowed = _narrowed(wanted)
    total = session.scalars(select(func.count()).select_from(User).where(*narrowed)).one()
    query = _rows().where(*narrowed).order_by(User.username).limit(PAGE + 1)
    if after is not None:
        query = query.where(User.username > select(User.username).where(User.id == after).scalar_subquery())
    found = [UserRow(*row) for row in session.execute(query)]
    return UserPage(tuple(found[:PAGE]), total, found[PAGE - 1].id if len(found) > PAGE else None)


def user(session: Session, user_id: int) -> UserRow:
    """Return one account.

    Raises:
        NotVisible: there is none.

    """
    row = session.execute(_rows().where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotVisible
    return UserRow(*row)


def schools(session: Session) -> tuple[tuple[int, str], ...]:
    """Return (id, name) of every school, by name."""
    return tuple((row.id, row.name) for row in session.execute(select(School.id, School.name).order_by(School.name)))


def townships(session: Session) -> tuple[tuple[int, str], ...]:
    """Return (id, name) of every township, in the order of their codes."""
    query = select(Township.id, Township.name).order_by(Township.code)
    return tuple((row.id, row.name) for row in session.execute(query))


def own_sessions(
    session: Session, user_id: int, key_hash: str, now: datetime, *, idle: timedelta, longest: timedelta
) -> tuple[SessionRow, ...]:
    """Return the open sessions of a person, this browser's first, then the last used."""
    query = (
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
            UserSession.last_seen_at > now - idle,
            UserSession.created_at > now - longest,
        )
        .order_by(UserSession.last_seen_at.desc())
    )
    rows = [
        SessionRow(device(row.user_agent), row.created_at, row.last_seen_at, row.key_hash == key_hash)
        for row in session.scalars(query)
    ]
    return tuple(sorted(rows, key=lambda row: not row.is_this))


def demo_people(session: Session) -> tuple[DemoPerson, ...]:
    """Return the accounts named after their role, in the order of roles: what a visitor of the demonstration needs."""
    query = (
        select(User.username, User.role, func.coalesce(School.name, Township.name))
        .outerjoin(School, School.id == User.school_id)
        .outerjoin(Township, Township.id == User.township_id)
        .where(User.username.in_([role.value for role in Role]), User.is_active)
    )
    order = list(Role)
    return tuple(sorted((DemoPerson(*row) for row in session.execute(query)), key=lambda one: order.index(one.role)))


def device(user_agent: str) -> str:
    """Return "Chrome · Windows" for what a browser calls itself, or nothing if it names neither."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    return " · ".join(part for part in (browser, system) if part)


def _narrowed(wanted: UserFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.role is not None:
        found.append(User.role == wanted.role)
    if wanted.school_id is not None:
        found.append(User.school_id == wanted.school_id)
    if wanted.is_active is not None:
        found.append(User.is_active == wanted.is_active)
    return found


def _rows() -> Select[int, str, str, Role, str | None, bool, bool, datetime, datetime | None]:
    last_seen = (
        select(func.max(UserSession.last_seen_at))
        .where(UserSession.user_id == User.id)
        .correlate(User)
        .scalar_subquery()
    )
    return (
        select(
            User.id,
            User.username,
            User.name,
            User.role,
            func.coalesce(School.name, Township.name),
            User.is_active,
            User.must_change_password,
            User.created_at,
            last_seen,
        )
        .outerjoin(School, School.id == User.school_id)
        .outerjoin(Township, Township.id == User.township_id)
    )
